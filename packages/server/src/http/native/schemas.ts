/** The shapes of the native API. They validate what comes in and make the OpenAPI document. */
import { z } from "zod";

const maxBytes = Number.MAX_SAFE_INTEGER;
export const bytes = z.int().min(0).max(maxBytes);
const hex = (length: number) =>
  z
    .string()
    .regex(new RegExp(`^[0-9a-fA-F]{${length}}$`), `not ${length} hex digits`)
    .transform((text) => text.toLowerCase());

export const sha256Schema = hex(64);

export const digestsSchema = z
  .strictObject({ sha256: hex(64).optional(), sha1: hex(40).optional(), md5: hex(32).optional() })
  .describe("Digests of the whole content, in hex");

export const conflictSchema = z
  .enum(["fail", "keep-both", "replace"])
  .describe("What to do when the name is taken, decided at completion");

export const idParams = z.object({ id: z.string().max(100) });
export const nameParams = z.object({ name: z.string().max(1024) });

export const parentSchema = z.string().max(100).describe("The folder; the root unless said");

export const listFilesQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().max(2000).optional(),
  parentId: parentSchema.optional(),
  prefix: z.string().max(1024).optional(),
  name: z.string().max(1024).optional(),
});

export const placeQuery = z.strictObject({
  onConflict: conflictSchema.optional(),
  parentId: parentSchema.optional(),
});
export const contentQuery = z.strictObject({
  download: z.enum(["0", "1"]).optional().describe("0 asks for inline, where that is safe"),
});

export const followQuery = z.strictObject({
  after: z
    .string()
    .regex(/^(0|[1-9][0-9]{0,14})$/, "not an event's id")
    .transform(Number)
    .optional()
    .describe("The id of the last event seen, for clients that cannot send Last-Event-ID"),
});

/** Epoch milliseconds from RFC 3339. */
export const instantIn = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

export const auditQuery = z.strictObject({
  kind: z.string().max(64).optional(),
  actor: z.string().max(64).optional().describe("The account that caused it"),
  account: z.string().max(64).optional().describe("The account that it concerns"),
  subject: z.string().max(64).optional().describe("The id of what it is about"),
  from: instantIn.optional().describe("Inclusive"),
  to: instantIn.optional().describe("Exclusive"),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().max(200).optional(),
});

export const instant = z.iso.datetime();
export const digestsOut = z.object({
  sha256: z.string().optional(),
  sha1: z.string().optional(),
  md5: z.string().optional(),
});

export const fileSchema = z
  .object({
    id: z.string(),
    parentId: z.string().nullable(),
    name: z.string(),
    size: bytes,
    mediaType: z.string().nullable(),
    digests: digestsOut,
    version: z.int(),
    createdAt: instant,
    modifiedAt: instant,
  })
  .meta({ id: "File" });

export const problemSchema = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    detail: z.string().optional(),
  })
  .meta({ id: "Problem" });

export const auditPageSchema = z.object({
  items: z.array(
    z
      .object({
        seq: z.int(),
        kind: z.string(),
        accountId: z.string().describe("Whom it concerns"),
        actor: z
          .object({ accountId: z.string().nullable(), address: z.string().nullable() })
          .describe("Who caused it, and from where; both null for the server itself"),
        subjectId: z.string().nullable(),
        data: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
        at: instant,
      })
      .meta({ id: "AuditEvent" }),
  ),
  nextCursor: z
    .string()
    .nullable()
    .describe("Null at the end; before it, a page may hold fewer than limit, or none"),
});

export const filePageSchema = z.object({
  items: z.array(fileSchema),
  nextCursor: z.string().nullable(),
});

export const batchSchema = z.object({
  results: z.array(
    z.union([
      z.object({ status: z.literal(201), file: fileSchema }),
      z.object({ status: z.int(), problem: problemSchema }),
    ]),
  ),
});

export const checkSchema = z
  .object({
    id: z.string(),
    state: z.enum(["running", "done", "failed"]),
    checkedBlobs: z.int(),
    checkedBytes: bytes,
    totalBlobs: z.int(),
    problems: z.array(z.object({ blob: z.string(), problem: z.string() })),
  })
  .meta({ id: "Check" });

export const healthSchema = z.object({
  status: z.enum(["ok", "degraded"]),
  checks: z.record(
    z.string(),
    z.object({ status: z.enum(["ok", "degraded"]), detail: z.string().optional() }),
  ),
});

export const serverSchema = z.object({
  version: z.string(),
  durability: z.enum(["strict", "balanced", "relaxed"]),
  instant: z
    .enum(["site", "user", "off"])
    .describe("Whose content may become a file without its bytes being sent again"),
  limits: z.object({
    maxFileBytes: bytes,
    maxPartBytes: bytes,
    maxParts: z.int(),
    defaultPartBytes: bytes,
    maxBatchFiles: z.int(),
    maxBatchBytes: bytes,
    maxBatchFileBytes: bytes,
  }),
  offlineDownloads: z
    .object({ isAllowed: z.boolean(), setting: z.string() })
    .describe("Whether this account may have the server fetch a URL, and what the setting is"),
  account: z.object({ quotaBytes: bytes.nullable(), usedBytes: bytes, reservedBytes: bytes }),
});
