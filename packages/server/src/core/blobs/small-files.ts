/**
 * The small-file lane: files that fit in memory share a pack, a flush and a commit. What arrives while one round is on its
 * way to disk forms the next, so the lane costs little alone and less in company.
 */
import type { Clock } from "../clock.ts";
import { parseName } from "../drive/name.ts";
import { CoreError } from "../errors.ts";
import { newId } from "../ids.ts";
import type { ConflictPolicy } from "../uploads/upload.ts";
import type { BlobIndex, SmallFile, SmallFileOutcome } from "./blob-index.ts";
import { FlushFailed, type BlobStore } from "./blob-store.ts";
import type { Capacity } from "./capacity.ts";

export interface SmallFileInput {
  readonly ownerId: string;
  readonly name: string;
  readonly mediaType: string | null;
  readonly bytes: Uint8Array;
  /** Of `bytes`, computed by us. */
  readonly sha256: string;
  readonly onConflict: ConflictPolicy;
}

/** Resolves with the file's id once it is durable; throws `name-refused`, `name-taken`, `quota-exceeded`, `disk-full`. */
export type StoreSmallFile = (input: SmallFileInput) => Promise<string>;

interface Waiting {
  readonly input: SmallFileInput;
  resolve(fileId: string): void;
  reject(error: unknown): void;
}

const maxRoundFiles = 1_000;
const maxRoundBytes = 32 * 1024 * 1024;

export function createStoreSmallFile({
  index,
  blobs,
  capacity,
  clock,
}: {
  index: BlobIndex;
  blobs: BlobStore;
  capacity: Capacity;
  clock: Clock;
}): StoreSmallFile {
  const queue: Waiting[] = [];
  let running = false;

  const takeRound = (): Waiting[] => {
    let bytes = 0;
    let count = 0;
    while (count < queue.length && count < maxRoundFiles) {
      bytes += queue[count]!.input.bytes.length;
      if (count > 0 && bytes > maxRoundBytes) break;
      count++;
    }
    return queue.splice(0, count);
  };

  const run = async (): Promise<void> => {
    running = true;
    while (queue.length > 0) {
      const round = takeRound();
      try {
        await storeRound(round);
      } catch (error) {
        const refusal =
          error instanceof FlushFailed && error.noSpace
            ? new CoreError("disk-full", { wantedBytes: 0 })
            : error;
        for (const waiting of round) waiting.reject(refusal);
      }
    }
    running = false;
  };

  /** Rounds repeat for the few whose equal content went away between the look-up and the commit. */
  const storeRound = async (round: Waiting[]): Promise<void> => {
    const known = await index.findBySha256([...new Set(round.map(({ input }) => input.sha256))]);
    let pending = round;
    let withBytes = round.filter(({ input }) => !known.has(input.sha256));
    while (pending.length > 0) {
      const files = await placeBytes(pending, new Set(withBytes));
      const outcomes = await index.publishSmall({ ...files, now: clock.now() });
      const again = pending.filter((waiting, i) => !settle(waiting, outcomes[i]!));
      pending = again;
      withBytes = again;
    }
  };

  const placeBytes = async (round: Waiting[], withBytes: ReadonlySet<Waiting>) => {
    const distinct = new Map<string, Uint8Array>();
    for (const waiting of withBytes) distinct.set(waiting.input.sha256, waiting.input.bytes);
    const hashes = [...distinct.keys()];
    await capacity.assertRoom(0);
    const placed = hashes.length > 0 ? await blobs.packs.append([...distinct.values()]) : undefined;
    const offsets = new Map(hashes.map((hash, i) => [hash, placed!.offsets[i]!]));
    const now = clock.now();
    const files = round.map(({ input }): SmallFile => {
      const offset = offsets.get(input.sha256);
      return {
        fileId: newId(now),
        blobId: newId(now),
        ownerId: input.ownerId,
        name: input.name,
        mediaType: input.mediaType,
        size: input.bytes.length,
        sha256: input.sha256,
        onConflict: input.onConflict,
        segment: placed && offset !== undefined ? { stored: placed.stored, offset } : null,
      };
    });
    return { files, pack: placed ? { stored: placed.stored, length: placed.length } : null };
  };

  return (input) => {
    parseName(input.name);
    return new Promise((resolve, reject) => {
      queue.push({ input, resolve, reject });
      if (!running) void run();
    });
  };
}

/** Reports the outcome to its waiter; false when the bytes are needed after all. */
function settle(waiting: Waiting, outcome: SmallFileOutcome): boolean {
  switch (outcome.kind) {
    case "published":
      waiting.resolve(outcome.fileId);
      return true;
    case "name-taken":
      waiting.reject(new CoreError("name-taken", { name: waiting.input.name }));
      return true;
    case "quota-exceeded": {
      const { quotaBytes, usedBytes } = outcome;
      waiting.reject(
        new CoreError("quota-exceeded", {
          quotaBytes,
          usedBytes,
          wantedBytes: waiting.input.bytes.length,
        }),
      );
      return true;
    }
    case "bytes-needed":
      return false;
  }
}
