/** The shapes of sharing: for owners, and for visitors, who are told less. */
import { z } from "zod";
import { nodeSchema, pageQuery } from "./node-schemas.ts";
import { createUploadBody, uploadSchema } from "./upload-schemas.ts";

const bytes = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
const instant = z.iso.datetime();
const id = z.string().max(100);
const right = z.enum(["view", "edit"]);
const password = z.string().min(6).max(1024);
const maxDownloads = z.int().min(1).max(1_000_000_000);

export const shareIdParams = z.object({ id });
export const listSharesQuery = pageQuery.extend({ nodeId: id.optional() });

const common = {
  nodeId: id,
  expiresAt: instant.nullish().describe("From then on there is nothing at the link"),
};

export const createShareBody = z.discriminatedUnion("kind", [
  z.strictObject({
    ...common,
    kind: z.literal("link"),
    password: password.optional(),
    maxDownloads: maxDownloads.nullish(),
    previewOnly: z.boolean().optional().describe("Thumbnails and excerpts, but no content"),
  }),
  z.strictObject({
    ...common,
    kind: z.literal("request"),
    password: password.optional(),
    maxBytes: bytes.nullish().describe("Of all files together"),
  }),
  z.strictObject({
    ...common,
    kind: z.literal("user"),
    name: z.string().min(1).max(255).describe("Of the account"),
    right: right.optional(),
  }),
]);

export const changeShareBody = z.strictObject({
  password: password.nullish().describe("null takes it away"),
  expiresAt: instant.nullish(),
  maxDownloads: maxDownloads.nullish(),
  previewOnly: z.boolean().optional(),
  maxBytes: bytes.nullish(),
  right: right.optional(),
});

const sharedNode = z.object({ id, name: z.string(), kind: z.enum(["file", "folder"]) });

export const shareSchema = z
  .object({
    id,
    kind: z.enum(["link", "request", "user"]),
    node: sharedNode.nullable().describe("null while it is in the trash, or when it is gone"),
    url: z.string().nullable().describe("Of links and requests"),
    hasPassword: z.boolean(),
    expiresAt: instant.nullable(),
    maxDownloads: z.int().nullable(),
    downloads: z.int(),
    previewOnly: z.boolean(),
    maxBytes: bytes.nullable(),
    receivedBytes: bytes,
    granteeId: id.nullable(),
    granteeName: z.string().nullable(),
    right: right.nullable(),
    createdAt: instant,
    updatedAt: instant,
  })
  .meta({ id: "Share" });
export const sharePageSchema = z.object({
  items: z.array(shareSchema),
  nextCursor: z.string().nullable(),
});
export const grantPageSchema = z.object({
  items: z.array(
    z.object({
      id: id.describe("Of the share, to leave it by"),
      ownerId: id,
      ownerName: z.string(),
      right,
      sharedAt: instant,
      expiresAt: instant.nullable(),
      node: nodeSchema,
    }),
  ),
  nextCursor: z.string().nullable(),
});
export const shareLogSchema = z.object({
  items: z.array(
    z.object({
      kind: z.string(),
      actor: z.object({ accountId: z.string().nullable(), address: z.string().nullable() }),
      data: z.record(z.string(), z.unknown()),
      at: instant,
    }),
  ),
  nextCursor: z.string().nullable(),
});

const token = z.string().max(100).describe("The part of the link after /s/");
export const linkParams = z.object({ token });
export const linkNodeParams = z.object({ token, id });
export const linkFileParams = z.object({ token, name: z.string().max(1024) });
export const linkUploadParams = z.object({ token, id });
export const linkPartParams = linkUploadParams.extend({
  number: z.string().max(20).describe("0-based part number"),
});
export const createLinkUploadBody = createUploadBody
  .pick({ digests: true, mediaType: true, partSize: true })
  .extend({ name: z.string().max(1024), size: bytes });
export const linkUploadSchema = uploadSchema
  .pick({
    id: true,
    name: true,
    partSize: true,
    state: true,
    offset: true,
    receivedBytes: true,
    missing: true,
    expiresAt: true,
  })
  .extend({ size: bytes })
  .meta({ id: "LinkUpload" });
export const unlockBody = z.strictObject({ password: z.string().max(1024) });
export const saveBody = z.strictObject({
  ids: z.array(id).min(1).max(1_000).optional().describe("Everything that is shared, unless said"),
  parentId: id.default("root"),
});
export const linkChildrenQuery = pageQuery.extend({
  id: id.optional().describe("A folder below what is shared; that itself unless said"),
  sort: z.enum(["name", "modified", "size"]).default("name"),
  order: z.enum(["asc", "desc"]).default("asc"),
});
export const linkZipQuery = z.strictObject({
  ids: z.string().min(1).max(15_000).optional().describe("Of what is shared, with commas"),
});

const linkNodeSchema = z
  .object({
    id,
    kind: z.enum(["file", "folder"]),
    name: z.string(),
    modifiedAt: instant,
    size: bytes.optional(),
    mediaType: z.string().nullable().optional(),
    version: z.int().optional(),
  })
  .meta({ id: "LinkNode" });
export const linkSchema = z
  .object({
    kind: z.enum(["link", "request"]),
    ownerName: z.string(),
    expiresAt: instant.nullable(),
    node: linkNodeSchema.optional().describe("Of a link to read"),
    previewOnly: z.boolean().optional(),
    downloadsLeft: z.int().nullable().optional(),
    folderName: z.string().optional().describe("Of a file request"),
    bytesLeft: bytes.nullable().optional(),
  })
  .meta({ id: "Link" });
export const linkPageSchema = z.object({
  path: z.array(z.object({ id, name: z.string() })).describe("From what is shared to this folder"),
  items: z.array(linkNodeSchema),
  nextCursor: z.string().nullable(),
});
export const unlockedSchema = z.object({ credential: z.string(), expiresAt: instant });
export const receivedSchema = z.object({ name: z.string(), size: bytes });
