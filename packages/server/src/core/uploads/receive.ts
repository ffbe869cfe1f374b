/**
 * Bytes in. The order that makes an acknowledgement true:
 *
 *   write (in flight, several) and hash  →  check the claimed digest  →  flush  →  commit the range  →  return
 *
 * Bytes that are held already are compared, not written: the same bytes succeed without a write, other bytes are a conflict. A
 * long body is made durable on the way (checkpoints), so that neither a cut nor a crash costs more than a few seconds of it.
 */
import { FlushFailed, type BlobStore } from "../blobs/blob-store.ts";
import type { Capacity } from "../blobs/capacity.ts";
import type { ContentHasher } from "../blobs/content-hasher.ts";
import { assertDigests, type DigestAlgorithm, type Digests } from "../blobs/digest.ts";
import type { Clock } from "../clock.ts";
import { CoreError, isCoreError } from "../errors.ts";
import { systemActor } from "../events.ts";
import { keepBytes, type ActiveUploads, type Claim, type LiveUpload } from "./active.ts";
import type { ByteSource } from "./byte-source.ts";
import { createRangeWriter, type Placement } from "./range-writer.ts";
import { planStretches } from "./ranges.ts";
import type { UploadStore } from "./upload-store.ts";
import { assertReceiving, isOpen, type Range, type Upload } from "./upload.ts";

export interface ReceiveRequest {
  readonly id: string;
  readonly source: ByteSource;
  /** Where the body begins, given the upload as it is once this writer holds the claim; throws what the dialect must refuse. */
  readonly place: (upload: Upload) => Placement;
  /** Claims about this body; it is recorded only whole and only if they hold. */
  readonly claimed?: Digests;
  /** Nothing is recorded of a body that is cut, or whose source throws at its end: for checks that the source makes itself. */
  readonly onlyWhole?: boolean;
}

export interface ReceiveDependencies {
  readonly uploads: UploadStore;
  readonly blobs: BlobStore;
  readonly active: ActiveUploads;
  readonly hasher: ContentHasher;
  readonly capacity: Capacity;
  readonly clock: Clock;
  readonly uploadTtlMs: number;
}

export type ReceiveBytes = (request: ReceiveRequest) => Promise<Upload>;

export function createReceiveBytes(dependencies: ReceiveDependencies): ReceiveBytes {
  const { uploads, active, capacity, clock } = dependencies;

  return async ({ id, source, place, claimed = {}, onlyWhole = false }) => {
    const seen = await findUpload(uploads, id);
    assertReceiving(seen);
    const wanted = place(seen);
    const length = source.declaredLength;
    if (length !== null && wanted.start + length > wanted.limit) {
      throw new CoreError("body-too-long", { limitBytes: wanted.limit - wanted.start });
    }
    await capacity.assertRoom(seen.size === null ? (length ?? 0) : 0);
    const range = {
      start: wanted.start,
      end: length === null ? wanted.limit : wanted.start + length,
    };
    const claim = await active.claim(seen, range);
    try {
      const upload = await currentUpload(seen, claim);
      return await receiveClaimed(dependencies, {
        upload,
        source,
        claimed,
        onlyWhole,
        claim,
        placement: place(upload),
        range,
      });
    } finally {
      claim.release();
    }
  };

  /** Read again under the claim: an older writer may have recorded more before it gave way. */
  async function currentUpload({ id }: Upload, { live, tookOver }: Claim): Promise<Upload> {
    while (live.raising) await live.raising;
    if (!tookOver) return readEpoch(id, live);
    const raised = raiseEpoch(id, live);
    const clear = (): void => {
      live.raising = undefined;
    };
    live.raising = raised.then(clear, clear);
    return raised;
  }

  async function readEpoch(id: string, live: LiveUpload): Promise<Upload> {
    const upload = await findUpload(uploads, id);
    assertReceiving(upload);
    live.epoch = Math.max(live.epoch, upload.epoch);
    return upload;
  }

  async function raiseEpoch(id: string, live: LiveUpload): Promise<Upload> {
    const { epoch } = await readEpoch(id, live);
    const raised = await uploads.takeOver({ id, epoch, now: clock.now() });
    live.epoch = raised.epoch;
    return raised;
  }
}

export async function findUpload(uploads: UploadStore, id: string): Promise<Upload> {
  const upload = await uploads.find(id);
  if (!upload) throw new CoreError("upload-not-found", { id });
  return upload;
}

interface Claimed {
  readonly upload: Upload;
  readonly source: ByteSource;
  readonly claimed: Digests;
  readonly onlyWhole: boolean;
  readonly claim: Claim;
  readonly placement: Placement;
  readonly range: Range;
}

async function receiveClaimed(
  dependencies: ReceiveDependencies,
  request: Claimed,
): Promise<Upload> {
  const { uploads, blobs } = dependencies;
  const { upload, source, claim, claimed, placement, range } = request;
  const { frontier } = claim.live;
  const stretches = planStretches(await uploads.ranges(upload.id), range);
  const algorithms = Object.keys(claimed) as DigestAlgorithm[];
  const bodyHash =
    algorithms.length > 0 ? dependencies.hasher.open({ algorithms, path: null }) : undefined;
  const onlyWhole = bodyHash !== undefined || request.onlyWhole;
  await using file = await blobs.staging.open(upload.id);
  const writer = createRangeWriter(dependencies, {
    upload,
    file,
    claim,
    stretches,
    placement,
    isClaimed: bodyHash !== undefined,
  });
  try {
    for await (const chunk of source.chunks({ position: placement.start, signal: claim.signal })) {
      if (writer.position + chunk.bytes.length > placement.limit) {
        chunk.release();
        throw new CoreError("body-too-long", { limitBytes: placement.limit - placement.start });
      }
      await writer.take(chunk, bodyHash ? [bodyHash.append.bind(bodyHash)] : []);
      if (!onlyWhole) writer.checkpoint();
    }
    if (claim.signal.aborted) throw stopOf(claim.signal, upload.id);
    await writer.settle();
    if (bodyHash) assertDigests(await bodyHash.digest(), claimed);
    return await writer.finish();
  } catch (error) {
    await writer.abandon();
    if (!onlyWhole && mayKeep(error, claim.signal)) await writer.salvage();
    if (error instanceof FlushFailed && !isFlushed(upload))
      await failUpload(dependencies, upload.id);
    if (error instanceof FlushFailed && error.noSpace)
      throw new CoreError("disk-full", { wantedBytes: 0 }, { cause: error });
    throw error;
  } finally {
    bodyHash?.close();
    if (writer.hashedTooFar) frontier.rewind();
    const now = await uploads.find(upload.id);
    // What was linked without its bytes has an offset, and nothing in staging to be hashed.
    if (now && isOpen(now)) frontier.advance(now.offset);
  }
}

/** Why a writer was stopped: what whoever stopped it says, else that a newer one took over. */
function stopOf({ reason }: AbortSignal, id: string): CoreError {
  return isCoreError(reason) ? reason : new CoreError("superseded", { id });
}

/** A sender that went away, or was asked to stop, leaves its bytes; one that was fenced or refused leaves nothing. */
function mayKeep(error: unknown, signal: AbortSignal): boolean {
  if (signal.aborted)
    return signal.reason === keepBytes && isCoreError(error, "superseded", "body-cut");
  return isCoreError(error, "body-cut", "body-too-slow");
}

/**
 * Whether all that is recorded was flushed before. Then a flush that fails takes only what was not acknowledged, and the
 * upload goes on: what is sent again is written again. Otherwise nobody can tell what the file still holds.
 */
export function isFlushed({ durability }: Upload): boolean {
  return durability === "strict";
}

async function failUpload(
  { uploads, blobs, active, capacity, clock }: ReceiveDependencies,
  id: string,
): Promise<void> {
  const failure = "a flush to disk failed";
  await uploads.transition({
    id,
    from: ["receiving"],
    to: "failed",
    failure,
    actor: systemActor,
    now: clock.now(),
  });
  active.forget(id);
  capacity.release(id);
  await blobs.staging.remove(id);
}
