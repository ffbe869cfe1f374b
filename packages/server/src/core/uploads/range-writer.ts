/**
 * Writes the chunks of one body behind one another, several in flight, hashes them on the way, and records what has been written.
 * What is held already is compared, not written.
 */
import type { StagingFile } from "../blobs/blob-store.ts";
import type { Capacity } from "../blobs/capacity.ts";
import type { Clock } from "../clock.ts";
import { asError, CoreError } from "../errors.ts";
import type { Claim } from "./active.ts";
import type { Chunk } from "./byte-source.ts";
import { createChecksumRuns } from "./checksums.ts";
import { missingWithin, wholeParts, type Stretch } from "./ranges.ts";
import type { Placement } from "./receive.ts";
import type { UploadStore } from "./upload-store.ts";
import type { HeldRange, Upload } from "./upload.ts";

/** A body this far past its last checkpoint is flushed and recorded while it goes on arriving. */
const checkpointBytes = 64 * 1024 * 1024;
const checkpointMs = 5_000;
/** Chunks of one body being written and hashed at once. */
const maxChunksInFlight = 8;

export interface RangeWriter {
  /** Where the next chunk will stand. */
  readonly position: number;
  /** Begins to write and hash a chunk, and gives its memory back when done. Throws what an earlier chunk failed of. */
  take(chunk: Chunk, feeds: readonly ((bytes: Uint8Array) => Promise<void>)[]): Promise<void>;
  /** In the background, when one is due: makes what is written durable, so that a crash costs little. */
  checkpoint(): void;
  /** Waits for all that is in flight; throws if any of it failed. */
  settle(): Promise<void>;
  /** Waits for all that is in flight, whatever becomes of it. */
  abandon(): Promise<void>;
  /** Everything has arrived: records it, and the end of the content where this body declares it. */
  finish(): Promise<Upload>;
  /** The sender went away: records what arrived, as far as it can be recorded. */
  salvage(): Promise<void>;
  /** Whether bytes were hashed that were not recorded. */
  readonly hashedTooFar: boolean;
}

interface Flight {
  readonly start: number;
  readonly ended: Promise<void>;
  done: boolean;
}

export function createRangeWriter(
  {
    uploads,
    capacity,
    clock,
    uploadTtlMs,
  }: { uploads: UploadStore; capacity: Capacity; clock: Clock; uploadTtlMs: number },
  {
    upload,
    file,
    claim,
    stretches,
    placement,
  }: {
    upload: Upload;
    file: StagingFile;
    claim: Claim;
    stretches: readonly Stretch[];
    placement: Placement;
  },
): RangeWriter {
  const { start } = placement;
  const { frontier } = claim.live;
  const flights: Flight[] = [];
  const checksums = upload.durability === "balanced" ? createChecksumRuns(stretches) : undefined;
  let position = start;
  let recorded = start;
  let hashed = start;
  let checkpointAt = clock.now();
  let checkpointing: Promise<void> | undefined;
  let failure: Error | undefined;

  const fail = (error: unknown): void => {
    failure ??= asError(error);
  };
  const landed = (): void => {
    while (flights[0]?.done) flights.shift();
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

  /** The memory is free only when every use of it has ended, whichever of them failed first. Never rejects. */
  const settleChunk = async (uses: Promise<void>[], chunk: Chunk): Promise<void> => {
    for (const outcome of await Promise.allSettled(uses)) {
      if (outcome.status === "rejected") fail(outcome.reason);
    }
    chunk.release();
  };

  const record = async (
    end: number,
    extra: { size?: number; thenComplete?: boolean } = {},
  ): Promise<Upload> => {
    const ranges: HeldRange[] = checksums
      ? checksums.take(end)
      : missingWithin(stretches, { start: recorded, end }).map((range) => ({
          ...range,
          crc32: null,
        }));
    if (upload.durability === "strict" && ranges.length > 0) await file.sync();
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
    recorded = checksums ? (ranges.at(-1)?.end ?? recorded) : end;
    frontier.advance(updated.offset);
    return updated;
  };

  /** Up to where everything is written and may be recorded. */
  const recordable = (): number => {
    landed();
    const end = flights[0]?.start ?? position;
    if (placement.unit === "byte") return end;
    return wholeParts({ start, end }, upload)?.end ?? start;
  };

  return {
    get position() {
      return position;
    },
    get hashedTooFar() {
      return hashed > recorded;
    },
    async take(chunk, feeds) {
      if (flights.length >= maxChunksInFlight) await flights[0]?.ended;
      if (failure) {
        chunk.release();
        throw failure;
      }
      const { bytes } = chunk;
      const at = position;
      position += bytes.length;
      checksums?.add(bytes, at);
      const hashing = frontier.offer(bytes, at);
      if (hashing) hashed = position;
      const uses = [
        store(bytes, at),
        hashing ?? Promise.resolve(),
        ...feeds.map((feed) => feed(bytes)),
      ];
      const flight: Flight = { start: at, done: false, ended: settleChunk(uses, chunk) };
      flights.push(flight);
      void flight.ended.then(() => {
        flight.done = true;
        landed();
      });
    },
    checkpoint() {
      if (checkpointing || claim.signal.aborted) return;
      const end = recordable();
      const isDue =
        end - recorded >= checkpointBytes ||
        (end > recorded && clock.now() - checkpointAt >= checkpointMs);
      if (!isDue) return;
      checkpointAt = clock.now();
      checkpointing = record(end)
        .then(() => undefined, fail)
        .finally(() => {
          checkpointing = undefined;
        });
    },
    async settle() {
      await this.abandon();
      if (failure) throw failure;
    },
    async abandon() {
      await Promise.all(flights.map(({ ended }) => ended));
      await checkpointing;
    },
    async finish() {
      const end = position;
      const size = upload.size === null && placement.endsContent(end) ? end : undefined;
      const isWhole = wholeParts({ start, end }, upload)?.end === end;
      if (placement.unit === "part" && size === undefined && !isWhole) {
        throw new CoreError("part-misaligned", { partSize: upload.partSize, length: end - start });
      }
      return record(end, {
        ...(size === undefined ? {} : { size }),
        thenComplete: upload.autoComplete,
      });
    },
    async salvage() {
      const end = recordable();
      if (!failure && end > recorded) await record(end);
    },
  };
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
