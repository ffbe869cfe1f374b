/**
 * Bytes in. The order that makes an acknowledgement true:
 *
 *   write (in flight, several) and hash  →  check the claimed digest  →  flush  →  commit the range  →  return
 *
 * Bytes that are held already are compared, not written: the same bytes succeed without a write, other bytes are a conflict. A
 * long body is made durable on the way (checkpoints), so that neither a cut nor a crash costs more than a few seconds of it.
 */
import { crc32 } from "node:zlib";
import { FlushFailed, type BlobStore, type StagingFile } from "../blobs/blob-store.ts";
import type { Capacity } from "../blobs/capacity.ts";
import type { ContentHasher } from "../blobs/content-hasher.ts";
import { assertDigests, type DigestAlgorithm, type Digests } from "../blobs/digest.ts";
import type { Clock } from "../clock.ts";
import { CoreError, isCoreError } from "../errors.ts";
import { keepBytes, type ActiveUploads, type Claim } from "./active.ts";
import type { ByteSource, Chunk } from "./byte-source.ts";
import { planStretches, wholeParts, type Stretch } from "./ranges.ts";
import type { UploadStore } from "./upload-store.ts";
import { assertReceiving, type HeldRange, type Range, type Upload } from "./upload.ts";

/** A body this far past its last checkpoint is flushed and recorded while it goes on arriving. */
const checkpointBytes = 64 * 1024 * 1024;
const checkpointMs = 5_000;
/** Chunks of one body being written and hashed at once. */
const maxChunksInFlight = 8;
/** A CRC covers at most about this much, so that a checkpoint finds runs that have ended. */
const maxRunBytes = 8 * 1024 * 1024;

export interface ReceiveRequest {
  readonly id: string;
  readonly source: ByteSource;
  /** Where the body begins, given the upload as it is once this writer holds the claim; throws what the dialect must refuse. */
  readonly place: (upload: Upload) => Placement;
  /** Claims about this body; it is recorded only whole and only if they hold. */
  readonly claimed?: Digests;
}

export interface Placement {
  readonly start: number;
  /** First byte that this body may not reach. */
  readonly limit: number;
  /** What can be recorded of a body that was cut: any byte, or whole parts only. */
  readonly unit: "byte" | "part";
  /** The end of this body is the end of the content (unknown size); may depend on where the body ended. */
  readonly endsContent: (end: number) => boolean;
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

  return async ({ id, source, place, claimed = {} }) => {
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
        claim,
        placement: place(upload),
        range,
      });
    } finally {
      claim.release();
    }
  };

  /** Read again under the claim: an older writer may have recorded more before it gave way. */
  async function currentUpload(seen: Upload, { live, tookOver }: Claim): Promise<Upload> {
    const upload = await findUpload(uploads, seen.id);
    assertReceiving(upload);
    if (!tookOver) return upload;
    const raised = await uploads.takeOver({ id: upload.id, epoch: upload.epoch, now: clock.now() });
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
  await using file = await blobs.staging.open(upload.id);
  const writer = createRangeWriter(dependencies, {
    upload,
    file,
    claim,
    stretches,
    start: placement.start,
    placement,
  });
  try {
    for await (const chunk of source.chunks({ position: placement.start, signal: claim.signal })) {
      if (writer.position + chunk.bytes.length > placement.limit) {
        chunk.release();
        throw new CoreError("body-too-long", { limitBytes: placement.limit - placement.start });
      }
      await writer.take(chunk, bodyHash ? [bodyHash.append.bind(bodyHash)] : []);
      if (!bodyHash) writer.checkpoint();
    }
    if (claim.signal.aborted) throw new CoreError("superseded", { id: upload.id });
    await writer.settle();
    if (bodyHash) assertDigests(await bodyHash.digest(), claimed);
    return await writer.finish();
  } catch (error) {
    await writer.abandon();
    if (!bodyHash && mayKeep(error, claim.signal)) await writer.salvage();
    if (error instanceof FlushFailed) await failUpload(dependencies, upload.id);
    if (error instanceof FlushFailed && error.noSpace)
      throw new CoreError("disk-full", { wantedBytes: 0 }, { cause: error });
    throw error;
  } finally {
    bodyHash?.close();
    frontier.settle((await uploads.find(upload.id))?.offset ?? 0);
  }
}

/** A sender that went away, or was asked to stop, leaves its bytes; one that was fenced or refused leaves nothing. */
function mayKeep(error: unknown, signal: AbortSignal): boolean {
  if (signal.aborted)
    return signal.reason === keepBytes && isCoreError(error, "superseded", "body-cut");
  return isCoreError(error, "body-cut", "body-too-slow");
}

/** What was recorded before the flush that failed is durable; what was not cannot be trusted, nor can this file ever again. */
async function failUpload({ uploads, clock }: ReceiveDependencies, id: string): Promise<void> {
  await uploads.transition({
    id,
    from: ["receiving"],
    to: "failed",
    failure: "a flush to disk failed",
    now: clock.now(),
  });
}

interface WriterInput {
  readonly upload: Upload;
  readonly file: StagingFile;
  readonly claim: Claim;
  readonly stretches: readonly Stretch[];
  readonly placement: Placement;
  readonly start: number;
}

/** Writes chunks behind one another, several in flight, and records what is written. */
function createRangeWriter(
  { uploads, capacity, clock, uploadTtlMs }: ReceiveDependencies,
  input: WriterInput,
) {
  const { upload, file, claim, stretches, placement, start } = input;
  const { frontier } = claim.live;
  const inFlight: { readonly start: number; done: boolean; readonly promise: Promise<void> }[] = [];
  const checksums: HeldRange[] = [];
  let position = start;
  let recorded = start;
  let checkpointAt = clock.now();
  let checkpointing: Promise<void> | undefined;
  let failure: unknown;

  const writtenEnd = (): number => {
    while (inFlight[0]?.done) inFlight.shift();
    return inFlight[0]?.start ?? position;
  };

  const store = async (bytes: Uint8Array, at: number): Promise<void> => {
    for (const stretch of stretches) {
      const from = Math.max(stretch.start, at);
      const to = Math.min(stretch.end, at + bytes.length);
      if (from >= to) continue;
      const piece = bytes.subarray(from - at, to - at);
      if (stretch.held) await compareHeld(file, { bytes: piece, position: from });
      else await file.write(piece, from);
    }
  };

  const record = async (
    end: number,
    extra: { size?: number; thenComplete?: boolean } = {},
  ): Promise<Upload> => {
    if (upload.durability === "strict") await file.sync();
    const balanced = upload.durability === "balanced";
    const ranges = balanced ? takeRuns(checksums, end) : clip(stretches, { start: recorded, end });
    const now = clock.now();
    const updated = await uploads.recordRanges({
      id: upload.id,
      epoch: claim.live.epoch,
      ranges,
      now,
      expiresAt: now + uploadTtlMs,
      ...extra,
    });
    claim.live.epoch = updated.epoch;
    if (updated.size !== null) capacity.promise(upload.id, updated.size - updated.receivedBytes);
    recorded = balanced ? (ranges.at(-1)?.end ?? recorded) : end;
    frontier.advance(updated.offset);
    return updated;
  };

  const recordable = (): number => {
    const end = writtenEnd();
    if (placement.unit === "byte") return end;
    return wholeParts({ start, end }, upload)?.end ?? start;
  };

  return {
    get position() {
      return position;
    },
    async take(chunk: Chunk, feeds: ((bytes: Uint8Array) => Promise<void>)[]): Promise<void> {
      if (failure !== undefined) {
        chunk.release();
        throw failure;
      }
      const at = position;
      position += chunk.bytes.length;
      if (inFlight.length >= maxChunksInFlight) await inFlight[0]?.promise;
      if (upload.durability === "balanced")
        addChecksum(checksums, { bytes: chunk.bytes, at, stretches });
      const uses = [
        store(chunk.bytes, at),
        frontier.offer(chunk.bytes, at),
        ...feeds.map((feed) => feed(chunk.bytes)),
      ];
      const flight = { start: at, done: false, promise: settleChunk(uses, chunk) };
      inFlight.push(flight);
      void flight.promise.then(() => {
        flight.done = true;
        writtenEnd();
      });
    },
    checkpoint(): void {
      if (checkpointing) return;
      const end = recordable();
      const due =
        end - recorded >= checkpointBytes ||
        (end > recorded && clock.now() - checkpointAt >= checkpointMs);
      if (!due || claim.signal.aborted) return;
      checkpointAt = clock.now();
      checkpointing = record(end).then(
        () => {
          checkpointing = undefined;
        },
        (error: unknown) => {
          failure ??= error;
        },
      );
    },
    async settle(): Promise<void> {
      await Promise.all(inFlight.map((flight) => flight.promise));
      await checkpointing;
      if (failure !== undefined) throw failure;
    },
    /** As settle, but whatever failed has been reported already. */
    async abandon(): Promise<void> {
      await Promise.all(inFlight.map((flight) => flight.promise));
      await checkpointing;
    },
    /** Everything has arrived: record it, and the end of the content where this body declares it. */
    async finish(): Promise<Upload> {
      const end = position;
      const size = upload.size === null && placement.endsContent(end) ? end : undefined;
      if (
        placement.unit === "part" &&
        size === undefined &&
        wholeParts({ start, end }, upload)?.end !== end
      ) {
        throw new CoreError("part-misaligned", { partSize: upload.partSize, length: end - start });
      }
      return record(end, {
        ...(size === undefined ? {} : { size }),
        thenComplete: upload.autoComplete,
      });
    },
    /** The sender went away: keep what arrived. */
    async salvage(): Promise<void> {
      const end = recordable();
      if (failure === undefined && end > recorded) await record(end);
    },
  };

  /** The memory is free only when every use of it has ended, whichever of them failed first. Never rejects. */
  async function settleChunk(uses: Promise<void>[], chunk: Chunk): Promise<void> {
    for (const outcome of await Promise.allSettled(uses)) {
      if (outcome.status === "rejected") failure ??= outcome.reason;
    }
    chunk.release();
  }
}

async function compareHeld(
  file: StagingFile,
  { bytes, position }: { bytes: Uint8Array; position: number },
): Promise<void> {
  const held = Buffer.allocUnsafe(bytes.length);
  const count = await file.read(held, position);
  if (count !== bytes.length || held.compare(bytes) !== 0) {
    throw new CoreError("part-conflict", { start: position, length: bytes.length });
  }
}

/** The parts of the missing stretches inside `range`, as ranges to record. */
function clip(stretches: readonly Stretch[], { start, end }: Range): HeldRange[] {
  return stretches
    .filter((stretch) => !stretch.held && stretch.end > start && stretch.start < end)
    .map((stretch) => ({
      start: Math.max(stretch.start, start),
      end: Math.min(stretch.end, end),
      crc32: null,
    }));
}

/** Removes and returns the runs that end by `end`: what a record of a balanced upload holds. */
function takeRuns(checksums: HeldRange[], end: number): HeldRange[] {
  const cut = checksums.findIndex((run) => run.end > end);
  return checksums.splice(0, cut === -1 ? checksums.length : cut);
}

/** Extends the running CRC of the stretch that is being written, or begins one; runs are cut at held stretches. */
function addChecksum(
  checksums: HeldRange[],
  { bytes, at, stretches }: { bytes: Uint8Array; at: number; stretches: readonly Stretch[] },
): void {
  for (const range of clip(stretches, { start: at, end: at + bytes.length })) {
    const piece = bytes.subarray(range.start - at, range.end - at);
    const last = checksums.at(-1);
    if (last?.end === range.start && last.crc32 !== null && last.end - last.start < maxRunBytes) {
      checksums[checksums.length - 1] = {
        start: last.start,
        end: range.end,
        crc32: crc32(piece, last.crc32),
      };
    } else {
      checksums.push({ ...range, crc32: crc32(piece) });
    }
  }
}
