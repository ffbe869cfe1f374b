/** PATCH: bytes at the offset, and the length where it was deferred. */
import type { IncomingMessage } from "node:http";
import { CoreError } from "../../core/errors.ts";
import type { Actor } from "../../core/events.ts";
import type { Upload } from "../../core/uploads/upload.ts";
import { actorOf } from "../shared/actor.ts";
import { createBodySource } from "../shared/body-source.ts";
import { assertIdentityCoding } from "../shared/uploads.ts";
import { checkBody, parseChecksum, type Checksum } from "./checksum.ts";
import type { TusDependencies } from "./dependencies.ts";
import { isFinal, setProgress } from "./describe.ts";
import { TusRefusal } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import { assertBodyType, hasBody, parseLength, parseOffset } from "./headers.ts";
import { findLive, settle } from "./lookup.ts";

export async function patchUpload(dependencies: TusDependencies, { request, reply }: Exchange) {
  const { headers } = request.raw;
  assertBodyType(headers);
  assertIdentityCoding(request.raw);
  const offset = parseOffset(headers);
  const length = parseLength(headers);
  const checksum = parseChecksum(headers);
  const found = await findLive(dependencies, request);
  if (isFinal(found)) {
    const message = "A final upload takes no bytes";
    throw new TusRefusal(403, { code: "upload-final", message });
  }
  assertOffset(found, offset);
  const actor = actorOf(request);
  const upload = await declareLength(dependencies, { upload: found, length, actor });
  const received =
    upload.state === "complete"
      ? assertNothingMore(upload, request.raw)
      : await receiveBody(dependencies, { upload, offset, checksum, raw: request.raw, actor });
  setProgress(reply, received);
  return reply.code(204).header("cache-control", "no-store").send();
}

/** Resolves when the bytes are durable and, if they were the last, when the file is published. */
export async function receiveBody(
  dependencies: TusDependencies,
  body: {
    upload: Upload;
    offset: number;
    checksum: Checksum | undefined;
    raw: IncomingMessage;
    actor: Actor;
  },
): Promise<Upload> {
  const { upload, offset, checksum, raw, actor } = body;
  const { maxFileBytes } = dependencies.limits;
  const received = await dependencies.receiveBytes({
    id: upload.id,
    ...checkBody(createBodySource(raw, dependencies.body), checksum),
    place: (now) => {
      assertOffset(now, offset);
      const limit = now.size ?? maxFileBytes;
      return { start: offset, limit, unit: "byte", endsContent: () => false };
    },
  });
  return settle(dependencies, { upload: received, actor });
}

function assertOffset({ offset }: Upload, actual: number): void {
  if (actual !== offset) throw new CoreError("offset-mismatch", { expected: offset, actual });
}

/**
 * Fixes the length before the body, so that it holds even if the body is cut. The transition raises the epoch: a writer that began while
 * there was no length, and might pass it, is fenced.
 */
async function declareLength(
  { uploads, capacity, clock, limits }: TusDependencies,
  { upload, length, actor }: { upload: Upload; length: number | undefined; actor: Actor },
): Promise<Upload> {
  const { id, size, offset, receivedBytes } = upload;
  if (length === undefined || length === size) return upload;
  if (size !== null || length < offset) {
    const reason = size === null ? "less than what is held" : `declared before as ${size}`;
    throw new CoreError("invalid-request", { field: "Upload-Length", reason });
  }
  if (length > limits.maxFileBytes) {
    const facts = { limitBytes: limits.maxFileBytes, sizeBytes: length };
    throw new CoreError("file-too-large", facts);
  }
  await capacity.assertRoom(length - receivedBytes);
  const change = { from: ["receiving"], to: "receiving", size: length } as const;
  const sized = await uploads.transition({ id, ...change, actor, now: clock.now() });
  // Paused or ended meanwhile: receiving the body will say so.
  return sized ?? upload;
}

/** A client that did not hear the last answer may ask once more; it must not bring anything new. */
function assertNothingMore(upload: Upload, raw: IncomingMessage): Upload {
  if (hasBody(raw)) throw new CoreError("upload-complete", { id: upload.id });
  return upload;
}
