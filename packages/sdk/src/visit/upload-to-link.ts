/**
 * One file to whoever asks for files by a link: hashed first, since its digest is claimed when the upload is created, then sent in parts as an
 * upload of one's own is. The visitor's keys remember which upload a source belongs to, so that whoever has them continues it. What fits into one
 * part of the smallest kind goes in one request.
 */
import type { CreateHasher } from "../digest.ts";
import { asRetryable, hasCode, isRetryable, SampanError } from "../errors.ts";
import { createLink, type Link } from "../link.ts";
import { createRetryBudget, withRetry, type RetryBudget, type RetryOptions } from "../retry.ts";
import { hashSource, type UploadSource } from "../source.ts";
import { sendParts } from "../upload/send-parts.ts";
import { createTally, type Tally, type UploadProgress } from "../upload/tally.ts";
import type { LinkUpload } from "../wire.ts";
import type { Visitor } from "./visitor.ts";

export interface UploadToLink {
  visitor: Visitor;
  /** SHA-256 for sources that cannot hash themselves. Without it nothing is verified end to end. */
  createHasher?: CreateHasher | undefined;
  /** Share it between uploads. */
  link?: Link | undefined;
  retry?: RetryOptions | undefined;
  /** Stops; what the server holds stays, so that the same source continues later. */
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: UploadProgress) => void) | undefined;
}

export interface UploadedToLink {
  name: string;
  size: number;
  /** Bytes acknowledged to this call. */
  sentBytes: number;
  /** Bytes that the server held already. */
  resumedBytes: number;
}

/** Not worth the requests that parts take. */
const MAX_WHOLE_BYTES = 1024 ** 2;
/** How often one call begins anew after the server lost what it was given. */
const MAX_FRESH_STARTS = 2;

/**
 * Throws `request-full`, `source-changed`, `shared-link-not-found` once the link has ended; and for a small file `arrival-unknown` when the
 * answer was lost: it may be there, and is not sent again by itself.
 */
export async function uploadToLink(
  source: UploadSource,
  options: UploadToLink,
): Promise<UploadedToLink> {
  const { createHasher, signal, onProgress } = options;
  const { name, size } = source;
  const tally = createTally(size, onProgress);
  try {
    tally.enter("checking");
    const noteHashed = (hashedBytes: number): void => tally.noteHashed(hashedBytes);
    const sha256 =
      (await hashSource(source, { createHasher, signal, onProgress: noteHashed })) ?? undefined;
    const link = options.link ?? createLink();
    const budget = createRetryBudget(options.retry);
    const session = { ...options, source, link, budget, tally, sha256 };
    await (size <= MAX_WHOLE_BYTES ? bringWhole(session) : bringInParts(session));
    tally.enter("done");
    const { sentBytes, resumedBytes } = tally.progress;
    return { name, size, sentBytes, resumedBytes };
  } catch (error) {
    signal?.throwIfAborted();
    // The digest did not fit: most likely somebody has written to it since it was hashed.
    if (hasCode(error, "digest-mismatch", "part-conflict")) await source.checkUnchanged?.();
    throw error;
  } finally {
    await source.close?.();
  }
}

interface Session extends UploadToLink {
  source: UploadSource;
  link: Link;
  budget: RetryBudget;
  tally: Tally;
  sha256: string | undefined;
}

async function bringWhole(session: Session): Promise<void> {
  const { visitor, source, budget, tally, sha256, signal } = session;
  const { name, size, mediaType } = source;
  tally.enter("sending");
  await withRetry(
    async () => {
      const flight = tally.beginFlight();
      try {
        const body = { byteLength: size, content: source.open({ start: 0, end: size }, signal) };
        const onBodySent = (bytes: number): void => flight.sent(bytes);
        await visitor.bringFile({ name, body, mediaType, sha256, signal, onBodySent });
        flight.land(size);
      } catch (error) {
        const sentBytes = flight.sentBytes;
        flight.lose();
        const mayBeThere = isRetryable(error) && !tookNothing(error, { sentBytes, size });
        throw mayBeThere ? arrivalUnknown(error) : error;
      }
    },
    { budget, signal },
  );
}

/** It said so, or it never had all of it. */
function tookNothing(
  { status }: SampanError,
  { sentBytes, size }: { sentBytes: number; size: number },
): boolean {
  return status === 0 ? sentBytes < size : status === 408 || status === 429 || status === 503;
}

function arrivalUnknown(cause: SampanError): SampanError {
  return new SampanError("The answer was lost: the file may have arrived, or not", {
    code: "arrival-unknown",
    status: cause.status,
    cause,
  });
}

async function bringInParts(session: Session): Promise<void> {
  const { visitor, source, signal } = session;
  for (let starts = 0; ; starts += 1) {
    const upload = await openUpload(session);
    try {
      if (upload.state !== "complete") await sendAndComplete(session, upload);
      await remember(session, null);
      return;
    } catch (error) {
      signal?.throwIfAborted();
      const isDamaged = hasCode(error, "digest-mismatch", "part-conflict");
      const isLost = hasCode(error, "upload-not-found", "upload-aborted", "upload-expired");
      if (!isDamaged && !isLost) throw error;
      await remember(session, null);
      // Its bytes are of no use to anybody, and take the place of others.
      if (isDamaged) await withRetry(() => visitor.abortUpload(upload.id, { signal }), session);
      await source.checkUnchanged?.();
      if (starts >= MAX_FRESH_STARTS) throw error;
    }
  }
}

/** The one that this source belongs to, as long as it may go on; else a new one. */
async function openUpload(session: Session): Promise<LinkUpload> {
  const { visitor, source, sha256, budget, signal } = session;
  const known = visitor.keys.uploads?.[source.resumeKey ?? ""];
  if (known !== undefined) {
    try {
      const held = await withRetry(() => visitor.getUpload(known, { signal }), session);
      const isUseful =
        held.state !== "aborted" && held.state !== "expired" && held.state !== "failed";
      if (isUseful && held.size === source.size) return held;
    } catch (error) {
      if (!hasCode(error, "upload-not-found")) throw error;
    }
  }
  const { name, size, mediaType } = source;
  const digests = sha256 === undefined ? undefined : { sha256 };
  const create = () => visitor.createUpload({ name, size, mediaType, digests }, { signal });
  const upload = await withRetry(create, { budget, signal });
  await remember(session, upload.id);
  return upload;
}

async function remember({ visitor, source }: Session, id: string | null): Promise<void> {
  if (source.resumeKey !== undefined) await visitor.rememberUpload(source.resumeKey, id);
}

async function sendAndComplete(session: Session, opened: LinkUpload): Promise<void> {
  const { visitor, source, tally, budget, signal } = session;
  const { id } = opened;
  for (let upload = opened; ;) {
    tally.resumeFrom(upload.receivedBytes);
    tally.enter("sending");
    // A weak link has no other lane here: what it carried is held, and the rest is tried anew.
    const outcome = await sendParts({ ...session, client: visitor, upload, maxRunBytes: Infinity });
    if (outcome === "sent") {
      tally.enter("verifying");
      await source.checkUnchanged?.();
      try {
        await withRetry(() => visitor.completeUpload(id, { signal }), { budget, signal });
        return;
      } catch (error) {
        if (!hasCode(error, "upload-incomplete")) throw error;
        await budget.waitAfter(asRetryable(error), 0, signal);
      }
    }
    upload = await withRetry(() => visitor.getUpload(id, { signal }), { budget, signal });
  }
}
