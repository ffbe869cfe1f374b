/**
 * Writes the chunks of one body behind one another, several in flight, hashes them on the way, and records what has been written.
 * What is held already is compared, not written.
 */
import type { StagingFile } from "../blobs/blob-store.ts";
import type { Capacity } from "../blobs/capacity.ts";
import type { Clock } from "../clock.ts";
import { CoreError, isCoreError } from "../errors.ts";
import type { Claim } from "./active.ts";
import type { Chunk } from "./byte-source.ts";
import { createChecksumRuns } from "./checksums.ts";
import { createFlights } from "./flights.ts";
import { isMissing, missingWithin, wholeParts, type Stretch } from "./ranges.ts";
import type { UploadStore } from "./upload-store.ts";
import { awaitedBytes, type HeldRange, type Upload } from "./upload.ts";

/** A body this far past its last checkpoint is flushed and recorded while it goes on arriving. */
const checkpointBytes = 64 * 1024 * 1024;
const checkpointMs = 5_000;
/** Chunks of one body being written and hashed at once. */
const maxChunksInFlight = 8;

/** Where a body goes, and what may be kept of it. */
export interface Placement {
  readonly start: number;
  /** First byte that this body may not reach. */
  readonly limit: number;
  /** What can be recorded of a body that was cut: any byte, or whole parts only. */
  readonly unit: "byte" | "part";
  /** The end of this body is the end of the content (unknown size); may depend on where the body ended. */
  readonly endsContent: (end: number) => boolean;
}

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
    isClaimed,
  }: {
    upload: Upload;
    file: StagingFile;
    claim: Claim;
    stretches: readonly Stretch[];
    placement: Placement;
    /** Its digest is told: what differs from what is held may be damaged, which is for the digest to say first. */
    isClaimed: boolean;
  },
): RangeWriter {
  const { start } = placement;
  const { frontier } = claim.live;
  const flights = createFlights({ limit: maxChunksInFlight });
  const checksums = upload.durability === "balanced" ? createChecksumRuns(stretches) : undefined;
  let position = start;
  let recorded = start;
  let hashed = start;
  let checkpointAt = clock.now();
  let checkpointing: Promise<void> | undefined;
  let conflict: CoreError | undefined;

  const holdConflict = (error: unknown): void => {
    if (!isClaimed || !isCoreError(error, "part-conflict")) throw error;
    conflict ??= error;
  };

  /** The hash has come to what this writer wrote ahead of it: from here on it can be fed from memory. */
  const joinFrontier = async (): Promise<void> => {
    const isHere = () => frontier.isReached({ start, position });
    if (!isHere()) return;
    await flights.landed();
    if (flights.failure || !isHere()) return;
    hashed = position;
    frontier.join(position);
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
    while (claim.live.raising) await claim.live.raising;
    const now = clock.now();
    const updated = await uploads.recordRanges({
      id: upload.id,
      epoch: claim.live.epoch,
      ranges,
      now,
      expiresAt: now + uploadTtlMs,
      ...extra,
    });
    claim.live.epoch = Math.max(claim.live.epoch, updated.epoch);
    capacity.promise(upload.id, awaitedBytes(updated));
    recorded = checksums ? (ranges.at(-1)?.end ?? recorded) : end;
    frontier.advance(updated.offset);
    return updated;
  };

  /** Up to where everything is written and may be recorded. */
  const recordable = (): number => {
    const end = flights.pendingStart() ?? position;
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
      await flights.room();
      await frontier.pace({ position, start });
      await joinFrontier();
      if (flights.failure) {
        chunk.release();
        throw flights.failure;
      }
      const { bytes } = chunk;
      const at = position;
      position += bytes.length;
      checksums?.add(bytes, at);
      // Held bytes are hashed from the file, once they have been compared: what arrives may be others, and another writer may
      // set the hash's mark at any moment.
      const hashing = isMissing(stretches, { start: at, end: position })
        ? frontier.offer({ bytes, position: at, start })
        : undefined;
      if (hashing) hashed = position;
      const stored = storeMissing(file, { stretches, bytes, position: at }).catch(holdConflict);
      const fed = feeds.map((feed) => feed(bytes));
      flights.launch(chunk, { start: at, uses: [stored, ...(hashing ? [hashing] : []), ...fed] });
    },
    checkpoint() {
      if (checkpointing || flights.failure || claim.signal.aborted) return;
      const end = recordable();
      const isDue =
        end - recorded >= checkpointBytes ||
        (end > recorded && clock.now() - checkpointAt >= checkpointMs);
      if (!isDue) return;
      checkpointAt = clock.now();
      checkpointing = record(end)
        .then(() => undefined, flights.fail)
        .finally(() => {
          checkpointing = undefined;
        });
    },
    async settle() {
      await this.abandon();
      if (flights.failure) throw flights.failure;
    },
    async abandon() {
      await flights.landed();
      await checkpointing;
    },
    async finish() {
      if (conflict) throw conflict;
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
      if (!flights.failure && end > recorded) await record(end);
    },
  };
}

/** Writes what is missing; compares what is held already. */
async function storeMissing(
  file: StagingFile,
  {
    stretches,
    bytes,
    position,
  }: { stretches: readonly Stretch[]; bytes: Uint8Array; position: number },
): Promise<void> {
  for (const { start, end, held } of stretches) {
    const from = Math.max(start, position);
    const to = Math.min(end, position + bytes.length);
    if (from >= to) continue;
    const piece = bytes.subarray(from - position, to - position);
    if (held) await compareHeld(file, { bytes: piece, position: from });
    else await file.write(piece, from);
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
