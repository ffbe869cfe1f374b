/** `POST /go-uploader/upload_chunk`: the first chunk to arrive begins the task. */
import type { FastifyRequest } from "fastify";
import {
  assertChunkCount,
  assertIndex,
  chunkRange,
  chunkSizeShownBy,
} from "../../core/dialects/chunk-layout.ts";
import type { Actor } from "../../core/events.ts";
import { actorOf } from "../shared/actor.ts";
import { CoreError } from "../../core/errors.ts";
import { assertReceiving } from "../../core/uploads/upload.ts";
import { accountOf } from "../shared/authenticate.ts";
import { receiveChunkForm, type FindPlace } from "../shared/chunks/chunk-form.ts";
import type { FamilyDependencies } from "../shared/chunks/family.ts";
import { createTurns } from "../shared/chunks/finish-task.ts";
import { parseHexDigest, parseIndex } from "../shared/chunks/parse-digest.ts";
import { layoutOf, settleChunkSize } from "../shared/chunks/task-layout.ts";
import { need, pick, type Fields } from "../shared/fields.ts";
import { parseBytes } from "../shared/headers.ts";
import { dialect, findTask, parseFileId, type FoundTask } from "./find-task.ts";
import { fileFields, names } from "./names.ts";

/** A chunk that was on its way when its task was cancelled must not begin it anew; one that comes later means a new attempt. */
const cancelledMs = 30_000;

/** Everything that can come with a chunk: once it is there, nothing that follows the file can matter. */
const expected = [
  names.chunkIndex,
  names.totalChunks,
  names.fileSize,
  names.fileName,
  names.chunkDigest,
];

export type ReceiveUploaderChunk = (request: FastifyRequest) => Promise<object>;

export function createReceiveUploaderChunk(dependencies: FamilyDependencies): ReceiveUploaderChunk {
  const { tasks, uploads, chunkBodies } = dependencies;
  const findOrCreate = createFindOrCreate(dependencies);

  return async (request) => {
    const ownerId = accountOf(request).id;
    const actor = actorOf(request);
    const seen: { fileId?: string; index?: number } = {};
    const findPlace: FindPlace = async ({ fields, content }) => {
      const hasId = pick(fields, names.fileId) ?? pick(fields, names.fileDigest);
      const isAll =
        hasId !== undefined && expected.every((field) => pick(fields, field) !== undefined);
      if (!isAll && !content) return undefined;
      const fileId = parseFileId(fields);
      const index = parseIndex(need(fields, names.chunkIndex), "chunk_index");
      const hash = pick(fields, names.chunkDigest);
      const claimed = hash === undefined ? {} : parseHexDigest(hash, "chunk_md5");
      const { upload, task } = await findOrCreate({ ownerId, fileId, actor, index, fields });
      assertReceiving(upload);
      Object.assign(seen, { fileId, index });
      const layout = layoutOf(upload, task);
      if (!layout) throw new CoreError("part-out-of-range", { number: index, parts: null });
      assertIndex(index, layout.totalChunks);
      const place = { uploadId: upload.id, layout, index, claimed, content };
      const chunkSize = await settleChunkSize(tasks, place);
      if (chunkSize === undefined) return undefined;
      const range = chunkRange({ ...layout, chunkSize }, index);
      return { upload, range, claimed, isSuspect: task?.isSuspect ?? false };
    };
    const { id, size } = await receiveChunkForm(chunkBodies, {
      request,
      isFile: ({ name, filename }) => filename !== undefined || fileFields.includes(name),
      fileField: "file",
      findPlace,
    });
    const { receivedBytes = 0 } = (await uploads.find(id)) ?? {};
    const percent = size === null ? null : percentOf(receivedBytes, size);
    return {
      file_id: seen.fileId,
      chunk_index: seen.index,
      uploaded_bytes: receivedBytes,
      percent,
    };
  };
}

export function percentOf(receivedBytes: number, size: number): number {
  return size === 0 ? 100 : Math.floor((receivedBytes / size) * 10_000) / 100;
}

interface ChunkOfTask {
  readonly ownerId: string;
  readonly fileId: string;
  readonly actor: Actor;
  readonly index: number;
  readonly fields: Fields;
}

function createFindOrCreate(
  dependencies: FamilyDependencies,
): (chunk: ChunkOfTask) => Promise<FoundTask> {
  const inTurn = createTurns();
  const find = async (chunk: ChunkOfTask): Promise<FoundTask | undefined> => {
    const found = await findTask(dependencies, chunk);
    if (!found || (await mayBeginAnew(dependencies, { ...chunk, ...found }))) return undefined;
    assertSame(found, chunk.fields);
    return found;
  };
  return async (chunk) => {
    const found = await find(chunk);
    if (found) return found;
    const key = JSON.stringify([chunk.ownerId, chunk.fileId]);
    return inTurn(key, async () => (await find(chunk)) ?? create(dependencies, chunk));
  };
}

/** Whether the task that had this id is over, so that its id is free for another attempt. */
async function mayBeginAnew(
  { files, clock }: FamilyDependencies,
  { upload, task, index }: FoundTask & { index: number },
): Promise<boolean> {
  if (task?.dialect !== dialect) return false;
  switch (upload.state) {
    case "receiving":
    case "paused":
    case "completing":
      return false;
    case "expired":
    case "failed":
      return true;
    case "aborted":
      return index === 0 || clock.now() - upload.updatedAt > cancelledMs;
    case "complete":
      return upload.fileId === null || !(await files.find(upload.fileId));
  }
}

/** What a chunk says again of its task must be what the first one said. */
function assertSame({ upload, task }: FoundTask, fields: Fields): void {
  const size = pick(fields, names.fileSize);
  if (size !== undefined && parseBytes(size, "file_size") !== upload.size)
    refuse("file_size", `declared before as ${upload.size}`);
  const total = pick(fields, names.totalChunks);
  if (total === undefined || task === undefined || task.totalChunks === null) return;
  if (parseIndex(total, "total_chunks") !== task.totalChunks)
    refuse("total_chunks", `declared before as ${task.totalChunks}`);
}

async function create(
  { createUpload, tasks, limits, chunkBodies, clock, uploads }: FamilyDependencies,
  { ownerId, fileId, actor, index, fields }: ChunkOfTask,
): Promise<FoundTask> {
  const name = need(fields, names.fileName);
  const size = parseBytes(need(fields, names.fileSize), "file_size");
  const totalChunks = parseIndex(need(fields, names.totalChunks), "total_chunks");
  if (totalChunks > limits.maxParts) refuse("total_chunks", `more than ${limits.maxParts}`);
  assertChunkCount({ size, totalChunks }, "total_chunks");
  assertIndex(index, totalChunks);
  if (size > limits.maxFileBytes)
    throw new CoreError("file-too-large", { limitBytes: limits.maxFileBytes, sizeBytes: size });
  const evenSize = Math.ceil(size / Math.max(1, totalChunks));
  if (evenSize > chunkBodies.maxChunkBytes)
    throw new CoreError("body-too-long", { limitBytes: chunkBodies.maxChunkBytes });
  const told = pick(fields, names.chunkSize);
  const length = told === undefined ? null : parseBytes(told, "chunk_size");
  // A file of one chunk is shorter than the size that its client cuts at.
  const chunkSize =
    length === null || totalChunks <= 1
      ? null
      : chunkSizeShownBy({ size, totalChunks }, { index: 0, length });
  const digest = pick(fields, names.fileDigest);
  const { upload } = await createUpload({
    ownerId,
    actor,
    dialect,
    name,
    size,
    claimed: digest === undefined ? {} : parseHexDigest(digest, "file_md5"),
    partSize: Math.max(1, chunkSize ?? evenSize),
    onConflict: "keep-distinct",
  });
  const task = { uploadId: upload.id, ownerId, dialect, key: fileId, totalChunks, chunkSize };
  await tasks.put({ task, chunkHashes: null, now: clock.now() });
  return { upload: (await uploads.find(upload.id)) ?? upload, task: { ...task, isSuspect: false } };
}

function refuse(field: string, reason: string): never {
  throw new CoreError("invalid-request", { field, reason });
}
