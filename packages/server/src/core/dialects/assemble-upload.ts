/**
 * Completes an upload whose bytes lie in pieces, in the order that only its last client knows: some in its own staging file,
 * some in that of an annex. No byte is copied: both files get their final names, and the manifest names the pieces in order.
 *
 *   receiving → completing (writers of both are fenced) → hash the pieces → check → flush → link → one transaction → complete
 *
 * What fails leaves the upload `receiving` and every byte where it was; so does a crash, because start-up finds that the
 * upload's own bytes are not whole.
 */
import type { BlobIndex } from "../blobs/blob-index.ts";
import { FlushFailed, type BlobStore } from "../blobs/blob-store.ts";
import type { Capacity } from "../blobs/capacity.ts";
import type { ContentHasher } from "../blobs/content-hasher.ts";
import { assertDigests, type DigestAlgorithm, type Digests } from "../blobs/digest.ts";
import type { ManifestSegment } from "../blobs/manifest.ts";
import type { Clock } from "../clock.ts";
import { CoreError, isCoreError } from "../errors.ts";
import { systemActor, type Actor } from "../events.ts";
import { newId } from "../ids.ts";
import type { ActiveUploads } from "../uploads/active.ts";
import { planStretches } from "../uploads/ranges.ts";
import type { UploadLifecycle } from "../uploads/lifecycle.ts";
import type { PublishOutcome, UploadStore } from "../uploads/upload-store.ts";
import type { Upload } from "../uploads/upload.ts";

/** A stretch of one upload's staging file. */
export interface Piece {
  readonly uploadId: string;
  readonly offset: number;
  readonly length: number;
}

export interface AssembleRequest {
  readonly id: string;
  readonly annexId: string;
  readonly pieces: readonly Piece[];
  readonly claimed: Digests;
  readonly actor: Actor;
}

export type AssembleUpload = (request: AssembleRequest) => Promise<Upload>;

export interface AssembleDependencies {
  readonly uploads: UploadStore;
  readonly index: Pick<BlobIndex, "findBySha256">;
  readonly blobs: BlobStore;
  readonly active: ActiveUploads;
  readonly hasher: ContentHasher;
  readonly lifecycle: Pick<UploadLifecycle, "abort">;
  readonly capacity: Capacity;
  readonly clock: Clock;
  readonly onCleanUpError: (error: unknown) => void;
}

const readBytes = 1024 * 1024;

export function createAssembleUpload(dependencies: AssembleDependencies): AssembleUpload {
  const { uploads, blobs, active, lifecycle, capacity, clock, onCleanUpError } = dependencies;

  return async (request) => {
    const { id, annexId, actor } = request;
    await active.interrupt(id);
    const now = clock.now();
    const begin = { id, from: ["receiving"], to: "completing", actor, now } as const;
    const upload = await uploads.transition(begin);
    if (!upload) throw new CoreError("superseded", { id });
    try {
      await fence(dependencies, annexId);
      const outcome = await publishPieces(dependencies, { request, upload });
      active.forget(id);
      capacity.release(id);
      blobs.staging.remove(id).catch(onCleanUpError);
      lifecycle.abort(annexId, systemActor).catch(onCleanUpError);
      return outcome.upload;
    } catch (error) {
      const back = { from: ["completing"], to: "receiving", actor: systemActor } as const;
      await uploads.transition({ id, ...back, now: clock.now() });
      if (error instanceof FlushFailed && error.noSpace)
        throw new CoreError("disk-full", { wantedBytes: 0 }, { cause: error });
      throw error;
    }
  };
}

/** Whoever is writing to the annex stops, and whoever began before this no longer records. */
async function fence({ uploads, active, clock }: AssembleDependencies, id: string): Promise<void> {
  await active.interrupt(id);
  const annex = await uploads.find(id);
  if (!annex) throw new CoreError("upload-not-found", { id });
  const fenced = await uploads.takeOver({ id, epoch: annex.epoch, now: clock.now() });
  active.enter(fenced);
  await active.interrupt(id);
}

async function publishPieces(
  dependencies: AssembleDependencies,
  { request, upload }: { request: AssembleRequest; upload: Upload },
): Promise<Extract<PublishOutcome, { kind: "published" }>> {
  const { uploads, index, blobs, clock } = dependencies;
  const { pieces, annexId, id } = request;
  const size = pieces.reduce((sum, { length }) => sum + length, 0);
  await assertHeld(uploads, pieces);
  const claimed = { ...upload.claimed, ...request.claimed };
  const digests = await hashPieces(dependencies, { pieces, claimed });
  assertDigests(digests, claimed);
  for (const staging of [id, annexId]) {
    await using file = await blobs.staging.open(staging);
    if (upload.durability !== "relaxed") await file.sync();
  }
  const sha256 = digests.sha256!;
  let isKnown = (await index.findBySha256([sha256])).has(sha256);
  for (;;) {
    const now = clock.now();
    const linked = isKnown ? undefined : await linkPieces(blobs, { pieces, now });
    try {
      const outcome = await uploads.publish({
        uploadId: id,
        epoch: upload.epoch,
        digests,
        size,
        blobId: newId(now),
        fileId: newId(now),
        now,
        storedName: null,
        actor: request.actor,
        ...(linked ? { assembled: linked } : {}),
      });
      if (outcome.kind === "published") return outcome;
    } catch (error) {
      // Only a refusal is known not to have committed; after anything else the names may be in use, and recovery decides.
      if (linked && isCoreError(error)) {
        for (const stored of linked.storedLengths.keys())
          await blobs.remove({ stored, kind: "blob" });
      }
      throw error;
    }
    isKnown = false;
  }
}

async function assertHeld(
  uploads: Pick<UploadStore, "ranges">,
  pieces: readonly Piece[],
): Promise<void> {
  for (const uploadId of new Set(pieces.map((piece) => piece.uploadId))) {
    const held = await uploads.ranges(uploadId);
    for (const { offset, length, uploadId: of } of pieces) {
      if (of !== uploadId) continue;
      const plan = planStretches(held, { start: offset, end: offset + length });
      if (plan.some((stretch) => !stretch.held))
        throw new CoreError("superseded", { id: uploadId });
    }
  }
}

async function hashPieces(
  { hasher, blobs }: AssembleDependencies,
  { pieces, claimed }: { pieces: readonly Piece[]; claimed: Digests },
): Promise<Digests> {
  const algorithms = new Set(["sha256", ...Object.keys(claimed)] as DigestAlgorithm[]);
  const stream = hasher.open({ algorithms: [...algorithms], path: null });
  try {
    for (const { uploadId, offset, length } of pieces) {
      await using file = await blobs.staging.open(uploadId);
      for (let at = 0; at < length; at += readBytes) {
        const bytes = new Uint8Array(Math.min(readBytes, length - at));
        const count = await file.read(bytes, offset + at);
        if (count < bytes.length) throw new Error(`staging ${uploadId} is shorter than its rows`);
        await stream.append(bytes);
      }
    }
    return await stream.digest();
  } finally {
    stream.close();
  }
}

async function linkPieces(
  blobs: BlobStore,
  { pieces, now }: { pieces: readonly Piece[]; now: number },
): Promise<{ segments: ManifestSegment[]; storedLengths: Map<string, number> }> {
  const names = new Map<string, string>();
  const storedLengths = new Map<string, number>();
  for (const { uploadId, offset, length } of pieces) {
    const stored = names.get(uploadId) ?? newId(now);
    names.set(uploadId, stored);
    storedLengths.set(stored, Math.max(storedLengths.get(stored) ?? 0, offset + length));
  }
  for (const [stagingId, name] of names) await blobs.publish({ stagingId, name });
  const segments: ManifestSegment[] = [];
  for (const { uploadId, offset, length } of pieces) {
    const stored = names.get(uploadId)!;
    const last = segments.at(-1);
    if (last?.stored === stored && last.offset + last.length === offset)
      segments[segments.length - 1] = { ...last, length: last.length + length };
    else segments.push({ stored, kind: "blob", offset, length });
  }
  return { segments, storedLengths };
}
