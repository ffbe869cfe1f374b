/** Uploads in chunks of 100 MiB, asked for by SHA-1: what the user has already needs none. */
import type { FastifyRequest } from "fastify";
import type { FileEntry } from "../../core/drive/file-store.ts";
import { parseName } from "../../core/drive/name.ts";
import type { Digests } from "../../core/blobs/digest.ts";
import { CoreError } from "../../core/errors.ts";
import type { Actor } from "../../core/events.ts";
import { missingParts } from "../../core/uploads/ranges.ts";
import { assertReceiving, isOpen, type Range, type Upload } from "../../core/uploads/upload.ts";
import { actorOf } from "../shared/actor.ts";
import { accountOf } from "../shared/authenticate.ts";
import { createBodySource } from "../shared/body-source.ts";
import { receiveRawChunk } from "../shared/chunks/chunk-form.ts";
import { createTurns } from "../shared/chunks/finish-task.ts";
import { parseHexDigest, parseIndex } from "../shared/chunks/parse-digest.ts";
import { need, pick, readFields, readQuery, type Fields } from "../shared/fields.ts";
import { parseBytes } from "../shared/headers.ts";
import { mediaTypeOf } from "../shared/media-type.ts";
import { findOwnUpload } from "../shared/uploads.ts";
import { findPublished } from "../shared/published.ts";
import type { NetdiskDependencies } from "./dependencies.ts";

const dialect = "netdisk";
const mebibyte = 1024 * 1024;
const usualChunkBytes = 100 * mebibyte;

type SizedUpload = Upload & { size: number };

export type BeginUpload = (
  dependencies: NetdiskDependencies,
  request: FastifyRequest,
) => Promise<object>;

/** The same file asked for twice at once is one upload: one asks after the other, and finds what it began. */
export function createBeginUpload(): BeginUpload {
  const inTurn = createTurns();
  return async (dependencies, request) => {
    const wanted = parseWanted(dependencies, await readFields(request, dependencies.chunkBodies));
    const ownerId = accountOf(request).id;
    const whose = { ownerId, actor: actorOf(request) };
    const key = JSON.stringify([ownerId, keyOf(wanted)]);
    return inTurn(key, () => findOrCreate(dependencies, { ...wanted, ...whose }));
  };
}

interface Wanted {
  readonly name: string;
  readonly size: number;
  readonly digests: Digests;
  readonly partSize: number;
}

function parseWanted({ limits, chunkBodies }: NetdiskDependencies, fields: Fields): Wanted {
  const name = parseName(need(fields, ["name"]));
  const size = parseBytes(need(fields, ["size"]), "size");
  const digests = parseHexDigest(need(fields, ["sha1"]), "sha1");
  const asked = pick(fields, ["chunk_size"]);
  const least = Math.ceil(size / limits.maxParts / mebibyte) * mebibyte;
  const partSize =
    asked === undefined ? Math.max(usualChunkBytes, least) : parseBytes(asked, "chunk_size");
  if (partSize < 1 || partSize > chunkBodies.maxChunkBytes) {
    const reason = `from 1 to ${chunkBodies.maxChunkBytes}`;
    throw new CoreError("invalid-request", { field: "chunk_size", reason });
  }
  return { name, size, digests, partSize };
}

const keyOf = ({ digests, size, name }: Wanted): string => JSON.stringify([digests, size, name]);

async function findOrCreate(
  dependencies: NetdiskDependencies,
  wanted: Wanted & { ownerId: string; actor: Actor },
): Promise<object> {
  const { linkOwnContent, tasks, uploads, createUpload, clock } = dependencies;
  const { name, size, digests, partSize, ...whose } = wanted;
  const { ownerId } = whose;
  const file = {
    name,
    mediaType: mediaTypeOf(undefined, name),
    onConflict: "keep-distinct",
  } as const;
  const linked = await linkOwnContent({ ...whose, digests, size, ...file });
  if (linked) return { instant: true, file: describeFile(linked) };
  const key = keyOf(wanted);
  const known = await tasks.findByKey({ ownerId, dialect, key });
  const open = known && (await uploads.find(known.uploadId));
  if (open && isOpen(open) && open.expiresAt > clock.now())
    return { instant: false, ...(await describeUpload(dependencies, { ...open, size })) };
  const begin = { ...whose, dialect, size, partSize, claimed: digests, ...file };
  const { upload } = await createUpload(begin);
  const task = { uploadId: upload.id, ownerId, dialect, key, totalChunks: null, chunkSize: null };
  await tasks.put({ task, chunkHashes: null, now: clock.now() });
  return { instant: false, ...(await describeUpload(dependencies, { ...upload, size })) };
}

export async function showUpload(
  dependencies: NetdiskDependencies,
  request: FastifyRequest,
): Promise<object> {
  return describeUpload(dependencies, await findSized(dependencies, request));
}

/** `PUT …/chunks/<from 0>?sha1=`: the raw bytes. */
export async function receiveChunk(
  dependencies: NetdiskDependencies,
  request: FastifyRequest,
): Promise<null> {
  const upload = await findSized(dependencies, request);
  assertReceiving(upload);
  const { index = "" } = request.params as { index?: string };
  const number = parseIndex(index, "index");
  const parts = chunkCount(upload);
  if (number < 0 || number >= parts) throw new CoreError("part-out-of-range", { number, parts });
  const { size, partSize } = upload;
  const start = number * partSize;
  const range = { start, end: Math.min(size, start + partSize) };
  const source = createBodySource(request.raw, dependencies.chunkBodies.body);
  assertLength(source.declaredLength, range);
  const digest = pick(readQuery(request), ["sha1"]);
  const claimed = digest === undefined ? {} : parseHexDigest(digest, "sha1");
  const isSuspect = (await dependencies.tasks.find(upload.id))?.isSuspect ?? false;
  const { admission, chunkBodies } = dependencies;
  const place = { upload, range, claimed, isSuspect };
  await admission.chunk(request, () =>
    source.declaredLength === null
      ? receiveRawChunk(chunkBodies, { source, findPlace: () => Promise.resolve(place) })
      : chunkBodies.receiveChunk({ ...place, source }),
  );
  return null;
}

/** What is of another length than its chunk is refused before it is asked for; of unknown length, once it is here. */
function assertLength(length: number | null, { start, end }: Range): void {
  const wanted = end - start;
  if (length === null) return;
  if (length > wanted) throw new CoreError("body-too-long", { limitBytes: wanted });
  if (length < wanted) throw new CoreError("part-misaligned", { partSize: wanted, length });
}

export async function completeUpload(
  { finishTask, files, access }: NetdiskDependencies,
  request: FastifyRequest,
): Promise<object> {
  const { id } = request.params as { id: string };
  const ownerId = accountOf(request).id;
  const done = await finishTask({ id, ownerId, actor: actorOf(request) });
  const file = await findPublished({ files, access }, done);
  if (!file) throw new CoreError("file-not-found", { id });
  return describeFile(file);
}

export async function abortUpload(
  dependencies: NetdiskDependencies,
  request: FastifyRequest,
): Promise<null> {
  const { id } = await findSized(dependencies, request);
  await dependencies.lifecycle.abort(id, actorOf(request));
  return null;
}

async function findSized(
  { uploads }: NetdiskDependencies,
  request: FastifyRequest,
): Promise<SizedUpload> {
  const { id } = request.params as { id: string };
  const upload = await findOwnUpload(uploads, { id, ownerId: accountOf(request).id });
  if (upload.size === null) throw new CoreError("upload-not-found", { id });
  return { ...upload, size: upload.size };
}

function chunkCount({ size, partSize }: SizedUpload): number {
  return Math.max(1, Math.ceil(size / partSize));
}

/** `flags` has a 1 for each chunk that is held, in order. */
async function describeUpload({ uploads }: NetdiskDependencies, upload: SizedUpload) {
  const { id, name, size, partSize, state } = upload;
  const chunks = chunkCount(upload);
  const flags = Array.from({ length: chunks }, () => "1");
  if (state !== "complete") {
    const held = await uploads.ranges(id);
    for (const number of missingParts(held, { size, partSize })) flags[number] = "0";
  }
  return { upload_id: id, name, size, state, chunk_size: partSize, chunks, flags: flags.join("") };
}

function describeFile({ id, name, size, digests }: FileEntry) {
  const sha1 = digests.sha1 ?? null;
  return { id, name, size, sha1, sha256: digests.sha256 ?? null };
}
