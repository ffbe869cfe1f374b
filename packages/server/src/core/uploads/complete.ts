/**
 * Completion: verify and publish. Bytes are not copied, whatever the size: what the hash has not reached is read, the staging file gets
 * its final name by a link, and one transaction makes it a blob and a file.
 */
import type { BlobIndex } from "../blobs/blob-index.ts";
import { FlushFailed, type BlobStore } from "../blobs/blob-store.ts";
import type { Capacity } from "../blobs/capacity.ts";
import type { ContentHasher } from "../blobs/content-hasher.ts";
import { assertDigests, type DigestAlgorithm, type Digests } from "../blobs/digest.ts";
import type { Clock } from "../clock.ts";
import { parseName } from "../drive/name.ts";
import { CoreError, isCoreError } from "../errors.ts";
import { newId } from "../ids.ts";
import type { ActiveUploads } from "./active.ts";
import { missingParts } from "./ranges.ts";
import { findUpload, isFlushed } from "./receive.ts";
import type { PublishOutcome, UploadStore, UploadTarget } from "./upload-store.ts";
import { assertReceiving, type Range, type Upload } from "./upload.ts";

export interface CompleteDependencies {
  readonly uploads: UploadStore;
  readonly index: BlobIndex;
  readonly blobs: BlobStore;
  readonly active: ActiveUploads;
  readonly hasher: ContentHasher;
  readonly capacity: Capacity;
  readonly clock: Clock;
  /** Told of clean-up that failed after the outcome was decided; recovery will find the rest. */
  readonly onCleanUpError: (error: unknown) => void;
}

export interface CompleteRequest {
  readonly id: string;
  /** Claims beside those made at creation. */
  readonly claimed?: Digests;
  /** Declares the size of an upload that had none. */
  readonly size?: number;
  /** Another place for the file: what was meant to receive it may be gone, or its name taken. */
  readonly target?: Partial<UploadTarget>;
}

export type CompleteUpload = (request: CompleteRequest) => Promise<Upload>;

export function createCompleteUpload(dependencies: CompleteDependencies): CompleteUpload {
  /** Ten requests at once are one completion: the rest await its outcome. */
  const running = new Map<string, Promise<Upload>>();

  return async (request) => {
    const { id, claimed = {} } = request;
    for (let joined = running.get(id); joined; joined = running.get(id)) {
      const upload = await joined.catch(ignoreMismatch);
      if (!upload) continue;
      await assertBlobDigests(dependencies, upload, claimed);
      return upload;
    }
    const completion = complete(dependencies, request).finally(() => running.delete(id));
    running.set(id, completion);
    return completion;
  };
}

/** Another's claim may be what was refused, and binds only them: then it is the next one's turn. */
function ignoreMismatch(error: unknown): undefined {
  if (!isCoreError(error, "digest-mismatch")) throw error;
}

async function complete(
  dependencies: CompleteDependencies,
  request: CompleteRequest,
): Promise<Upload> {
  const { uploads, active, clock } = dependencies;
  const { id, claimed = {}, target } = request;
  if (target?.name !== undefined) parseName(target.name);
  const upload = await findUpload(uploads, id);
  assertSize(upload, request.size);
  if (upload.state === "complete") {
    await assertBlobDigests(dependencies, upload, claimed);
    return upload;
  }
  if (upload.state === "completing") {
    await active.interrupt(id);
    return publish(dependencies, { upload, claimed, before: upload });
  }
  assertReceiving(upload);
  const held = await uploads.ranges(id);
  const size = upload.size ?? request.size ?? held.at(-1)?.end ?? 0;
  assertWhole(upload, { size, held });
  await active.interrupt(id);
  const completing = await uploads.transition({
    id,
    from: ["receiving"],
    to: "completing",
    now: clock.now(),
    claimed: { ...upload.claimed, ...claimed },
    ...(upload.size === null ? { size } : {}),
    ...(request.target ? { target: request.target } : {}),
  });
  // Another request moved it first: answer by what it is now.
  if (!completing) return complete(dependencies, request);
  // One that claimed in between would go on writing to what is about to be published.
  await active.interrupt(id);
  return publish(dependencies, { upload: completing, claimed, before: upload });
}

function assertSize({ size }: Upload, declared: number | undefined): void {
  if (size === null || declared === undefined || declared === size) return;
  throw new CoreError("invalid-request", { field: "size", reason: `declared before as ${size}` });
}

function assertWhole(
  { receivedBytes, offset, partSize }: Upload,
  { size, held }: { size: number; held: readonly Range[] },
): void {
  if (receivedBytes === size && offset === size) return;
  const missing = missingParts(held, { size, partSize });
  throw new CoreError("upload-incomplete", { missing, receivedBytes, sizeBytes: size });
}

async function publish(
  dependencies: CompleteDependencies,
  { upload, claimed, before }: { upload: Upload; claimed: Digests; before: Upload },
): Promise<Upload> {
  const { uploads, blobs, active, clock } = dependencies;
  const size = upload.size ?? upload.offset;
  try {
    // Start-up may have found that bytes of a completion it redoes are not there.
    assertWhole(upload, { size, held: await uploads.ranges(upload.id) });
    const digests = await digestsOf(dependencies, { upload, size, claimed });
    assertDigests(digests, { ...upload.claimed, ...claimed });
    await prepareFile(blobs, { upload, size });
    const outcome = await publishBytes(dependencies, { upload, size, digests });
    active.forget(upload.id);
    dependencies.capacity.release(upload.id);
    blobs.staging.remove(upload.id).catch(dependencies.onCleanUpError);
    return outcome.upload;
  } catch (error) {
    const broken = error instanceof FlushFailed && !isFlushed(upload);
    // A fault may have left the hash half way: the next attempt reads the file from its start.
    if (!isCoreError(error)) active.forget(upload.id);
    await uploads.transition({
      id: upload.id,
      from: ["completing"],
      to: broken ? "failed" : "receiving",
      now: clock.now(),
      // A claim that was refused binds nobody.
      claimed: before.claimed,
      ...(broken ? { failure: "a flush to disk failed" } : {}),
    });
    if (broken) {
      dependencies.capacity.release(upload.id);
      blobs.staging.remove(upload.id).catch(dependencies.onCleanUpError);
    }
    if (error instanceof FlushFailed && error.noSpace) {
      throw new CoreError("disk-full", { wantedBytes: 0 }, { cause: error });
    }
    throw error;
  }
}

async function prepareFile(
  blobs: BlobStore,
  { upload, size }: { upload: Upload; size: number },
): Promise<void> {
  await using file = await blobs.staging.open(upload.id);
  await file.trim(size);
  if (upload.durability !== "relaxed") await file.sync();
}

/** Links only when no equal content is known; if that goes away meanwhile, links and tries again. */
async function publishBytes(
  { uploads, index, blobs, clock }: CompleteDependencies,
  { upload, size, digests }: { upload: Upload; size: number; digests: Digests },
): Promise<Extract<PublishOutcome, { kind: "published" }>> {
  const sha256 = digests.sha256!;
  let known = (await index.findBySha256([sha256])).has(sha256);
  for (;;) {
    const now = clock.now();
    const storedName = known ? null : newId(now);
    if (storedName) await blobs.publish({ stagingId: upload.id, name: storedName });
    try {
      const outcome = await uploads.publish({
        uploadId: upload.id,
        epoch: upload.epoch,
        digests,
        size,
        blobId: newId(now),
        fileId: newId(now),
        now,
        storedName,
      });
      if (outcome.kind === "published") return outcome;
    } catch (error) {
      // Only a refusal is known not to have committed; after anything else the name may be in use, and recovery decides.
      if (storedName && isCoreError(error))
        await blobs.remove({ stored: storedName, kind: "blob" });
      throw error;
    }
    known = false;
  }
}

/** From the frontier; an algorithm first claimed now costs one more pass over the file. */
async function digestsOf(
  { active, hasher, blobs }: CompleteDependencies,
  { upload, size, claimed }: { upload: Upload; size: number; claimed: Digests },
): Promise<Digests> {
  const digests = await active.enter(upload).frontier.digest(size);
  const late = (Object.keys(claimed) as DigestAlgorithm[]).filter(
    (algorithm) => !(algorithm in digests),
  );
  if (late.length === 0) return digests;
  const stream = hasher.open({ algorithms: late, path: blobs.stagingPath(upload.id) });
  try {
    await stream.appendFromFile({ start: 0, end: size });
    return { ...digests, ...(await stream.digest()) };
  } finally {
    stream.close();
  }
}

/** A claim on something already complete is checked against what is known of it. */
async function assertBlobDigests(
  { index }: CompleteDependencies,
  upload: Upload,
  claimed: Digests,
): Promise<void> {
  if (upload.blobId === null) return;
  const known = (await index.find(upload.blobId))?.digests ?? {};
  const checkable = Object.entries(claimed).filter(([algorithm]) => algorithm in known);
  assertDigests(known, Object.fromEntries(checkable));
}
