/** The shapes of the drive's routes. */
import { z } from "zod";
import { findHidden } from "../../core/drive/hidden.ts";
import { maxTags } from "../../core/drive/node.ts";

const bytes = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
const instant = z.iso.datetime();
const id = z.string().max(100);
const ids = z.array(id).min(1).max(1_000);
const name = z.string().max(1024);
const path = z.string().max(16_384);

const policySchema = z.enum(["fail", "keep-both", "replace"]);
const limit = z.coerce.number().int().min(1).max(1000).default(100);
const cursor = z.string().max(2000).optional();
export const pageQuery = z.strictObject({ limit, cursor });

export const nodeIdParams = z.object({ id });
export const versionParams = z.object({ id, number: z.coerce.number().int().min(1) });

export const childrenQuery = pageQuery.extend({
  sort: z.enum(["name", "modified", "size"]).default("name"),
  order: z.enum(["asc", "desc"]).default("asc"),
  kind: z.enum(["file", "folder"]).optional(),
});
export const pathQuery = z.strictObject({
  path,
  from: id.default("root").describe("The folder that the path starts from"),
});
export const searchQuery = pageQuery.extend({
  q: z.string().min(1).max(255).describe("Any part of a name"),
  kind: z.enum(["file", "folder"]).optional(),
  in: id.optional().describe("Below this folder, however deep; one that is shared with one too"),
  scope: z
    .enum(["own", "shared", "all"])
    .optional()
    .describe("Without a folder: one's own drive, what others share with one, or both"),
});
export const taggedQuery = pageQuery.extend({ tag: z.string().min(1).max(100) });
export const deleteQuery = z.strictObject({
  permanent: z.enum(["0", "1"]).optional().describe("1: for good, not to the trash"),
});

export const makeFolderBody = z.strictObject({
  parentId: id.default("root"),
  path: path.describe("A name, or several between slashes: what is missing is made"),
  onConflict: z.enum(["fail", "keep-both", "reuse"]).optional(),
});
/** As in names: no controls, no half of a character, nothing that reorders or hides text. */
const PLAIN = /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}\ufff9-\ufffb\ufffd]*$/u;
const tag = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(PLAIN, "not plain text")
  .refine((text) => findHidden(text) === undefined, "has a character that cannot be seen");

export const changeNodeBody = z.strictObject({
  name: name.optional(),
  parentId: id.optional(),
  onConflict: policySchema.optional(),
  starred: z.boolean().optional(),
  tags: z.array(tag).max(maxTags).optional(),
});
export const moveBody = z.strictObject({ ids, parentId: id, onConflict: policySchema.optional() });
export const copyBody = z.strictObject({ ids, parentId: id, onConflict: policySchema.optional() });
export const copyOneBody = z.strictObject({
  parentId: id,
  name: name.optional(),
  onConflict: policySchema.optional(),
});
export const idsBody = z.strictObject({ ids });
export const starBody = z.strictObject({ ids, starred: z.boolean() });
export const restoreBody = z.strictObject({
  ids,
  parentId: id.optional(),
  onConflict: policySchema.optional(),
});

const digests = z.object({
  sha256: z.string().optional(),
  sha1: z.string().optional(),
  md5: z.string().optional(),
});

const nodeShape = {
  id: z.string(),
  kind: z.enum(["file", "folder"]),
  ownerId: z.string().describe("In whose drive it is"),
  parentId: z.string().nullable(),
  name: z.string(),
  createdAt: instant,
  modifiedAt: instant,
  starred: z.boolean(),
  tags: z.array(z.string()),
  size: bytes.optional().describe("Files only, as are the next three"),
  mediaType: z.string().nullable().optional(),
  digests: digests.optional(),
  version: z.int().optional(),
};
export const nodeSchema = z.object(nodeShape).meta({ id: "Node" });
export const nodePageSchema = z.object({
  items: z.array(nodeSchema),
  nextCursor: z.string().nullable(),
});
export const nodeInPlaceSchema = z
  .object({
    ...nodeShape,
    path: z
      .array(z.object({ id: z.string(), name: z.string() }))
      .describe("The folders above, from the root (whose name is empty) down"),
    trashedAt: instant.nullable().describe("Since when it, or a folder above it, is in the trash"),
  })
  .meta({ id: "NodeInPlace" });
export const trashPageSchema = z.object({
  items: z.array(
    z.object({ ...nodeShape, trashedAt: instant, fromParentId: z.string() }).meta({
      id: "TrashEntry",
    }),
  ),
  nextCursor: z.string().nullable(),
});
export const versionListSchema = z.object({
  items: z.array(
    z
      .object({
        number: z.int(),
        size: bytes,
        mediaType: z.string().nullable(),
        digests,
        createdAt: instant,
        isCurrent: z.boolean(),
      })
      .meta({ id: "Version" }),
  ),
});
export const tagListSchema = z.object({
  items: z.array(z.object({ tag: z.string(), nodes: z.int() })),
});
export const jobSchema = z
  .object({
    id: z.string(),
    kind: z.enum(["copy", "delete"]),
    state: z.enum(["waiting", "running", "done", "failed", "cancelled"]),
    doneNodes: z.int(),
    totalNodes: z.int(),
    failure: z.string().nullable(),
    ids: z.array(z.string()).describe("Of what it made, once done"),
    createdAt: instant,
    updatedAt: instant,
  })
  .meta({ id: "Job" });
export const jobPageSchema = z.object({
  items: z.array(jobSchema),
  nextCursor: z.string().nullable(),
});
export const doneSchema = z.object({ ids: z.array(z.string()) });
export const begunSchema = z.object({ job: jobSchema });
