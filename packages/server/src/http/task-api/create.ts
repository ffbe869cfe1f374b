/** `POST /api/createUploadTask`: an open task of this content and name, the same one however often it is asked for. */
import { createHash } from "node:crypto";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { assertChunkCount } from "../../core/dialects/chunk-layout.ts";
import { CoreError } from "../../core/errors.ts";
import type { Actor } from "../../core/events.ts";
import { isOpen } from "../../core/uploads/upload.ts";
import { actorOf } from "../shared/actor.ts";
import { accountOf } from "../shared/authenticate.ts";
import type { FamilyDependencies } from "../shared/chunks/family.ts";
import { createTurns } from "../shared/chunks/finish-task.ts";
import { parseHexDigest } from "../shared/chunks/parse-digest.ts";
import { readJson } from "../shared/json-body.ts";

const dialect = "task-api";
const maxJsonBytes = 1024 * 1024;

const bodySchema = z.object({
  fileName: z.string().max(1024),
  fileSize: z.int().min(0),
  totalChunks: z.int().min(0),
  fileHash: z.string().max(64),
  chunkHashes: z.array(z.string().max(64)),
});

type Body = z.infer<typeof bodySchema>;

/** Throws `invalid-request` with the field that is wrong. */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.join(".") || "body";
  throw new CoreError("invalid-request", { field, reason: issue?.message ?? "not valid" });
}

export type CreateTask = (request: FastifyRequest) => Promise<{ task_id: string }>;

export function createCreateTask(dependencies: FamilyDependencies): CreateTask {
  const { body } = dependencies.chunkBodies;
  const inTurn = createTurns();
  return async (request) => {
    const json = await readJson(request.raw, { body, limitBytes: maxJsonBytes });
    const task = parseBody(bodySchema, json);
    assertChunks(task, dependencies);
    const ownerId = accountOf(request).id;
    const actor = actorOf(request);
    // One at a time of each user, so that the limit is exact and the same task is not begun twice.
    return {
      task_id: await inTurn(ownerId, () => findOrCreate(dependencies, { ownerId, actor, task })),
    };
  };
}

function assertChunks(
  { fileSize, totalChunks, chunkHashes }: Body,
  { limits, chunkBodies }: FamilyDependencies,
): void {
  if (chunkHashes.length !== totalChunks) {
    const reason = `${chunkHashes.length} hashes for ${totalChunks} chunks`;
    throw new CoreError("invalid-request", { field: "chunkHashes", reason });
  }
  if (totalChunks > limits.maxParts) {
    const reason = `more than ${limits.maxParts}`;
    throw new CoreError("invalid-request", { field: "totalChunks", reason });
  }
  assertChunkCount({ size: fileSize, totalChunks }, "totalChunks");
  const limitBytes = chunkBodies.maxChunkBytes;
  if (fileSize > limits.maxFileBytes) {
    throw new CoreError("file-too-large", { limitBytes: limits.maxFileBytes, sizeBytes: fileSize });
  }
  if (Math.ceil(fileSize / Math.max(1, totalChunks)) > limitBytes)
    throw new CoreError("body-too-long", { limitBytes });
}

async function findOrCreate(
  { tasks, uploads, createUpload, clock, maxOpenTasks }: FamilyDependencies,
  { ownerId, actor, task }: { ownerId: string; actor: Actor; task: Body },
): Promise<string> {
  const { fileName: name, fileSize: size, totalChunks } = task;
  const claimed = parseHexDigest(task.fileHash, "fileHash");
  const chunkHashes = task.chunkHashes.map((hash, i) => {
    parseHexDigest(hash, `chunkHashes.${i}`);
    return hash.toLowerCase();
  });
  const key = createHash("sha256")
    .update(JSON.stringify([claimed, size, name]))
    .digest("hex");
  const put = (uploadId: string): Promise<void> =>
    tasks.put({
      task: { uploadId, ownerId, dialect, key, totalChunks, chunkSize: null },
      chunkHashes,
      now: clock.now(),
    });
  const known = await tasks.findByKey({ ownerId, dialect, key });
  const open = known && (await uploads.find(known.uploadId));
  if (open && isOpen(open) && open.expiresAt > clock.now()) {
    await put(open.id);
    return open.id;
  }
  if ((await tasks.countOpen({ ownerId, dialect, now: clock.now() })) >= maxOpenTasks)
    throw new CoreError("too-many-uploads", { limit: maxOpenTasks });
  const { upload } = await createUpload({
    ownerId,
    actor,
    dialect,
    name,
    size,
    claimed,
    partSize: Math.max(1, Math.ceil(size / Math.max(1, totalChunks))),
    onConflict: "keep-distinct",
  });
  await put(upload.id);
  return upload.id;
}
