/** The shapes of offline downloads. */
import { z } from "zod";

const bytes = z.int().min(0);

export const createFetchBody = z.strictObject({
  url: z.string().min(1).max(8_192).describe("http or https, without credentials"),
  name: z.string().max(1_024).optional().describe("Default: what the remote calls it"),
  parentId: z
    .string()
    .max(100)
    .nullish()
    .describe("The folder that receives the file; null: the root"),
});

export const listFetchesQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().max(200).optional(),
});

export const fetchSchema = z
  .object({
    id: z.string(),
    url: z.string(),
    name: z.string().nullable().describe("Null until the remote has answered"),
    parentId: z
      .string()
      .nullable()
      .describe("Null is the root, also for a file whose folder was gone"),
    state: z.enum(["queued", "fetching", "complete", "failed", "cancelled"]),
    receivedBytes: bytes.describe("Bytes durably held"),
    totalBytes: bytes.nullable(),
    attempts: z.int().describe("Tries since the last that made progress"),
    failure: z
      .object({ code: z.string(), detail: z.string() })
      .optional()
      .describe("Why it failed, or why it is tried again"),
    uploadId: z.string().nullable(),
    fileId: z.string().nullable(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: "Fetch" });

export const fetchPageSchema = z.object({
  items: z.array(fetchSchema),
  nextCursor: z.string().nullable(),
});
