/** A chunk that comes as the file of a form, with fields around it that say where it belongs. */
import type { FastifyRequest } from "fastify";
import type { Digests } from "../../../core/blobs/digest.ts";
import type { ReceiveChunk } from "../../../core/dialects/receive-chunk.ts";
import { CoreError } from "../../../core/errors.ts";
import type { ByteSource } from "../../../core/uploads/byte-source.ts";
import type { Range, Upload } from "../../../core/uploads/upload.ts";
import type { BodyOptions } from "../body-source.ts";
import { openForm } from "../form-data/form.ts";
import type { PartHead } from "../form-data/part-head.ts";
import { spoolBody, type SpooledBody, type SpoolOptions } from "./spooled-body.ts";

export interface ChunkPlace {
  readonly upload: Upload;
  readonly range: Range;
  readonly claimed: Digests;
  readonly isSuspect: boolean;
}

/** What has arrived of a chunk when its place is asked for. */
export interface ArrivedChunk {
  readonly fields: ReadonlyMap<string, string>;
  /** Undefined: it is still to come, and fields may follow it. */
  readonly content: SpooledBody | undefined;
}

/** Undefined, while there is no `content`: that cannot be said yet, so the chunk is kept and the question asked again. */
export type FindPlace = (chunk: ArrivedChunk) => Promise<ChunkPlace | undefined>;

export interface ChunkBodies {
  readonly body: BodyOptions;
  readonly spooling: SpoolOptions;
  readonly receiveChunk: ReceiveChunk;
  readonly maxChunkBytes: number;
}

/** `fileField` names the part in messages. */
export async function receiveChunkForm(
  { body, spooling, receiveChunk, maxChunkBytes }: ChunkBodies,
  {
    request,
    isFile,
    fileField,
    findPlace,
  }: {
    request: FastifyRequest;
    isFile: (part: PartHead) => boolean;
    fileField: string;
    findPlace: FindPlace;
  },
): Promise<Upload> {
  using form = openForm(request.raw, { body, isFile });
  const { fields } = form;
  if (!(await form.findFile())) throw missing(fileField);
  const place = await findPlace({ fields, content: undefined });
  if (place) {
    assertLimit(place.range, maxChunkBytes);
    const onEnd = (length: number): void => assertLength(place.range, length);
    return await receiveChunk({ ...place, source: form.fileSource({ onEnd }) });
  }
  await using content = await spoolBody(form.fileSource(), {
    ...spooling,
    limitBytes: maxChunkBytes,
  });
  return await receiveSpooled(receiveChunk, { content, fields, findPlace });
}

/** A chunk that comes as the whole body of a request; `source` is of that body. */
export async function receiveRawChunk(
  { spooling, receiveChunk, maxChunkBytes }: ChunkBodies,
  { source, findPlace }: { source: ByteSource; findPlace: FindPlace },
): Promise<Upload> {
  const fields = new Map<string, string>();
  await using content = await spoolBody(source, { ...spooling, limitBytes: maxChunkBytes });
  return await receiveSpooled(receiveChunk, { content, fields, findPlace });
}

async function receiveSpooled(
  receiveChunk: ReceiveChunk,
  {
    content,
    fields,
    findPlace,
  }: { content: SpooledBody; findPlace: FindPlace; fields: ReadonlyMap<string, string> },
): Promise<Upload> {
  const place = await findPlace({ fields, content });
  if (!place) throw new Error("a chunk that is here whole has a place or is refused");
  assertLength(place.range, content.length);
  return await receiveChunk({ ...place, source: content.source() });
}

function assertLength({ start, end }: Range, length: number): void {
  if (length > end - start) throw new CoreError("body-too-long", { limitBytes: end - start });
  if (length < end - start)
    throw new CoreError("part-misaligned", { partSize: end - start, length });
}

function assertLimit({ start, end }: Range, limitBytes: number): void {
  if (end - start > limitBytes) throw new CoreError("body-too-long", { limitBytes });
}

export function missing(field: string): CoreError {
  return new CoreError("invalid-request", { field, reason: "missing" });
}
