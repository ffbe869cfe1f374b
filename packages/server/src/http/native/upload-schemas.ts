/** The shapes of uploads, in and out. */
import { z } from "zod";
import { endedStates, openStates, type UploadState } from "../../core/uploads/upload.ts";
import { mediaTypePattern } from "../shared/media-type.ts";
import {
  bytes,
  conflictSchema,
  digestsOut,
  digestsSchema,
  fileSchema,
  idParams,
  instant,
  instantIn,
  parentSchema,
  problemSchema,
} from "./schemas.ts";

export const partParams = idParams.extend({
  number: z.string().max(20).describe("0-based part number"),
});
export const createUploadBody = z.strictObject({
  name: z.string().max(1024).optional(),
  path: z
    .string()
    .max(16_384)
    .optional()
    .describe("In place of the name: folders on the way, made as needed, and the name"),
  parentId: parentSchema.optional(),
  size: bytes.optional().describe("Bytes; absent while unknown"),
  digests: digestsSchema.optional(),
  partSize: z
    .int()
    .min(4096)
    .max(5 * 1024 ** 4)
    .optional(),
  mediaType: z.string().max(255).regex(mediaTypePattern(), "not a media type").optional(),
  resumeKey: z.string().min(1).max(200).optional(),
  onConflict: conflictSchema.optional(),
  durability: z.enum(["strict", "balanced", "relaxed"]).optional(),
});

export const completeBody = z
  .strictObject({
    digests: digestsSchema.optional(),
    size: bytes.optional(),
    parentId: z.string().max(100).optional().describe("Another folder than was said at creation"),
    name: z.string().max(1024).optional(),
    onConflict: conflictSchema.optional(),
  })
  .nullish();

const states = [...openStates, ...endedStates] as const satisfies UploadState[];
const uploadState = z.enum(states);
const groups = new Map<string, readonly UploadState[]>([
  ["open", openStates],
  ["ended", endedStates],
  ["all", states],
]);
const stateWords = [...states, ...groups.keys()];

const ownerSchema = z
  .string()
  .min(1)
  .max(100)
  .describe("Another account's id, or `all`: for administrators. Without it: one's own");

const statesIn = z
  .string()
  .max(200)
  .regex(
    new RegExp(`^(${stateWords.join("|")})(,(${stateWords.join("|")}))*$`),
    `not of ${stateWords.join(", ")}`,
  )
  .transform((text): UploadState[] => {
    const named = text.split(",").flatMap((word) => groups.get(word) ?? [word as UploadState]);
    return [...new Set(named)];
  })
  .describe("States, or open, ended, all, with commas between; the open ones unless said");

export const listUploadsQuery = z.strictObject({
  state: statesIn.optional(),
  dialect: z.string().min(1).max(32).optional().describe("Through which protocol it was begun"),
  owner: ownerSchema.optional(),
  name: z.string().min(1).max(1024).optional().describe("A part of the name, in any case"),
  from: instantIn.optional().describe("Begun then or later"),
  to: instantIn.optional().describe("Begun before"),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().max(200).optional(),
});

export const batchActions = ["pause", "resume", "abort"] as const;

export const uploadBatchBody = z.strictObject({
  action: z.enum(batchActions),
  ids: z.array(z.string().min(1).max(100)).min(1).max(1000),
});

export const cleanUpBody = z
  .strictObject({
    states: z
      .array(z.enum(endedStates))
      .min(1)
      .max(10)
      .optional()
      .describe("Failed, expired and aborted ones unless said"),
    before: instantIn.optional().describe("Only those that ended before"),
    owner: ownerSchema.optional(),
  })
  .nullish();

export const cleanedSchema = z.object({
  removed: z.int(),
  hasMore: z.boolean().describe("So many go in one step: ask again for the rest"),
});

export const uploadSchema = z
  .object({
    id: z.string(),
    parentId: z.string(),
    name: z.string(),
    size: bytes.nullable(),
    partSize: z.int(),
    state: uploadState,
    offset: bytes.describe("Bytes durably held from 0 without a gap"),
    receivedBytes: bytes.describe("Bytes durably held anywhere"),
    digests: digestsOut.describe("Claims made about the whole content"),
    dialect: z.string().describe("Through which protocol it was begun"),
    owner: z
      .object({ id: z.string(), name: z.string() })
      .optional()
      .describe("In lists and where one upload is shown"),
    live: z
      .object({
        senders: z.int().describe("Bodies that are coming in at this moment"),
        bytesPerSecond: z
          .int()
          .nullable()
          .describe("Over the last ten seconds; null when nothing came in them"),
      })
      .optional()
      .describe("Of an open upload, in lists and where one is shown"),
    failure: z.string().optional(),
    createdAt: instant,
    updatedAt: instant,
    expiresAt: instant,
    missing: z.array(z.int()).optional().describe("Part numbers that are not wholly held"),
    file: fileSchema.optional(),
  })
  .meta({ id: "Upload" });

export const uploadPageSchema = z.object({
  items: z.array(uploadSchema),
  nextCursor: z
    .string()
    .nullable()
    .describe("Null at the end; before it, a page by dialect or name may hold fewer than limit"),
});
export const receivedSchema = z.object({
  start: bytes,
  length: bytes,
  offset: bytes,
  receivedBytes: bytes,
});

export const uploadBatchSchema = z.object({
  results: z.array(
    z.union([
      z.object({ id: z.string(), status: z.literal(200), upload: uploadSchema }),
      z.object({ id: z.string(), status: z.int(), problem: problemSchema }),
    ]),
  ),
});
