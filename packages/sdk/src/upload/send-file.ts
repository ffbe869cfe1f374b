/**
 * One file through the upload engine:
 *
 * look up the name (equal bytes there already: done, nothing sent) → create, or resume by key →
 * send what is missing while the whole file is hashed → if the hash is there first and the server has the content, it is
 * complete and the rest is cancelled → else complete with the digest.
 *
 * Nothing is remembered here: whoever calls again with the same source continues, because the
 * server knows the key and the parts it holds.
 */
import type { Client } from "../client.ts";
import { toHex, type CreateHasher } from "../digest.ts";
import { asRetryable, hasCode, SampanError } from "../errors.ts";
import type { Link } from "../link.ts";
import { createRetryBudget, withRetry, type RetryBudget, type RetryOptions } from "../retry.ts";
import { hashSource, type UploadSource } from "../source.ts";
import type { CreateUpload, Durability, OnConflict, StoredFile, Upload } from "../wire.ts";
import { appendRest } from "./append-rest.ts";
import { tryInstant, type Instant } from "./instant.ts";
import { findEqual } from "./find-equal.ts";
import { sendParts } from "./send-parts.ts";
import type { Tally } from "./tally.ts";

export interface SendFile {
  client: Client;
  source: UploadSource;
  link: Link;
  tally: Tally;
  retry: RetryOptions;
  signal?: AbortSignal | undefined;
  onConflict: OnConflict;
  durability?: Durability | undefined;
  partSize?: number | undefined;
  maxRunBytes: number;
  instant: Instant;
  createHasher?: CreateHasher | undefined;
  /** Present when each request shall carry a `Content-Digest`. */
  createPartHasher?: CreateHasher | undefined;
}

export interface SentFile {
  status: "stored" | "already-there";
  file: StoredFile;
  uploadId: string | null;
}

/** How often one call begins anew after the server lost or refused what it was given. */
const MAX_FRESH_STARTS = 2;

export async function sendFile(options: SendFile): Promise<SentFile> {
  const { source, tally, createHasher } = options;
  const stop = new AbortController();
  const outer = options.signal === undefined ? [] : [options.signal];
  const signal = AbortSignal.any([stop.signal, ...outer]);
  const onProgress = (hashedBytes: number): void => tally.noteHashed(hashedBytes);
  // Begun at once, so that it is mostly done when the last byte is sent.
  const sha256 = hashSource(source, { signal, createHasher, onProgress });
  sha256.catch((error: unknown) => stop.abort(error));
  try {
    const session = { ...options, signal, sha256, budget: createRetryBudget(options.retry) };
    return await sendOrRecognise(session);
  } finally {
    stop.abort();
    await Promise.allSettled([sha256]);
  }
}

interface Session extends SendFile {
  signal: AbortSignal;
  sha256: Promise<string | null>;
  budget: RetryBudget;
}

async function sendOrRecognise(session: Session): Promise<SentFile> {
  const { source, tally } = session;
  const { name, size } = source;
  tally.enter("checking");
  const equal = await findEqual({ ...session, name, size });
  if (equal !== null) return { status: "already-there", file: equal, uploadId: null };
  let upload = await openUpload(session);
  for (let starts = 0; ; starts += 1) {
    try {
      return {
        status: "stored",
        file: await sendAndComplete(session, upload),
        uploadId: upload.id,
      };
    } catch (error) {
      session.signal.throwIfAborted();
      await source.checkUnchanged?.();
      if (hasCode(error, "name-taken")) return await settleConflict(error, { session, upload });
      if (starts >= MAX_FRESH_STARTS) throw error;
      upload = await startFresh(error, { session, upload });
    }
  }
}

async function openUpload(session: Session): Promise<Upload> {
  const { client, source, onConflict, durability, partSize, signal, budget } = session;
  // Without a key of its own a repeated create would leave a second upload behind. The answer to a
  // conflict belongs to the upload, so another answer is another upload.
  const resumeKey = `${source.resumeKey ?? `r1:${randomHex()}`}:${onConflict}`;
  const input: CreateUpload = { name: source.name, size: source.size, resumeKey, onConflict };
  if (source.mediaType !== undefined) input.mediaType = source.mediaType;
  if (durability !== undefined) input.durability = durability;
  if (partSize !== undefined) input.partSize = partSize;
  const create = (): Promise<{ upload: Upload }> => client.createUpload(input, { signal });
  const { upload } = await withRetry(create, { budget, signal });
  budget.noteProgress();
  if (upload.state !== "paused") return upload;
  return await withRetry(() => client.resumeUpload(upload.id, { signal }), { budget, signal });
}

async function sendAndComplete(session: Session, opened: Upload): Promise<StoredFile> {
  const { client, source, tally, signal, budget } = session;
  const { id } = opened;
  for (let upload = opened; ;) {
    if (upload.missing === undefined) {
      upload = await withRetry(() => client.getUpload(id, { signal }), { budget, signal });
    }
    if (upload.state === "complete" && upload.file !== undefined) return upload.file;
    tally.resumeFrom(upload.receivedBytes);
    const file = await sendUnlessGranted(session, upload);
    if (file !== undefined) return file;
    tally.enter("verifying");
    const sha256 = await session.sha256;
    await source.checkUnchanged?.();
    try {
      return await complete(session, { id, sha256 });
    } catch (error) {
      if (!hasCode(error, "upload-incomplete")) throw error;
      await budget.waitAfter(asRetryable(error), 0, signal);
      upload = withoutMissing(upload);
    }
  }
}

/** Sends what is missing; the file, when the server turned out to have the content before all was sent. */
async function sendUnlessGranted(
  session: Session,
  upload: Upload,
): Promise<StoredFile | undefined> {
  const { tally, instant } = session;
  const stop = new AbortController();
  const signal = AbortSignal.any([session.signal, stop.signal]);
  const job = { ...session, upload, signal };
  const answer: { granted?: Upload; refusal?: unknown } = {};
  const asking = tryInstant(job).then(
    (granted) => {
      if (granted === null) return;
      answer.granted = granted;
      stop.abort();
    },
    (error: unknown) => {
      if (signal.aborted) return;
      answer.refusal = error;
      stop.abort(error);
    },
  );
  try {
    if (instant.mode === "first") await asking;
    if (answer.granted === undefined) {
      tally.enter("sending");
      if ((await sendParts(job)) === "weak-link") await appendRest(job);
    }
  } catch (error) {
    // The server knows of the grant before we do.
    if (hasCode(error, "upload-complete")) await asking;
    if (answer.granted === undefined) throw answer.refusal ?? error;
  } finally {
    stop.abort();
    await asking;
  }
  if (answer.granted !== undefined) tally.grant();
  return answer.granted?.file;
}

async function complete(
  session: Session,
  { id, sha256 }: { id: string; sha256: string | null },
): Promise<StoredFile> {
  const { client, signal, budget } = session;
  const digests = sha256 === null ? {} : { sha256 };
  const attempt = (): Promise<Upload> => client.completeUpload(id, { digests, signal });
  const { file } = await withRetry(attempt, { budget, signal });
  if (file !== undefined) return file;
  throw new SampanError("The server completed the upload but named no file", {
    code: "unexpected-response",
  });
}

/** Somebody took the name meanwhile: the same bytes are fine, others leave the upload open. */
async function settleConflict(error: SampanError, stopped: Stopped): Promise<SentFile> {
  const { client, source, signal, budget } = stopped.session;
  const { name, size } = source;
  const equal = await findEqual({ ...stopped.session, name, size, onConflict: "fail" });
  if (equal === null) throw error;
  const { id } = stopped.upload;
  await withRetry(() => client.abortUpload(id, { signal }), { budget, signal });
  return { status: "already-there", file: equal, uploadId: null };
}

interface Stopped {
  session: Session;
  upload: Upload;
}

/** The upload to continue with after a failure that a fresh start cures; rethrows all others. */
async function startFresh(error: unknown, { session, upload }: Stopped): Promise<Upload> {
  const { client, signal, budget } = session;
  if (hasCode(error, "digest-mismatch", "part-conflict")) {
    return await withRetry(() => client.forgetParts(upload.id, { signal }), { budget, signal });
  }
  if (hasCode(error, "upload-complete")) return withoutMissing(upload);
  if (hasCode(error, "upload-not-found", "upload-expired", "upload-failed")) {
    return await openUpload(session);
  }
  throw error;
}

/** What was known of the parts is out of date: ask again. */
function withoutMissing({ missing: _missing, ...upload }: Upload): Upload {
  return upload;
}

function randomHex(): string {
  return toHex(crypto.getRandomValues(new Uint8Array(16)));
}
