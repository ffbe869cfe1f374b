/**
 * The small-file lane: files that fit in memory share a pack, a flush and a commit. What arrives while one round is on its
 * way to disk forms the next, so the lane costs little alone and less in company.
 */
import { crc32 } from "node:zlib";
import type { Clock } from "../clock.ts";
import type { Adder } from "../drive/adder.ts";
import type { FileEntry, FileStore } from "../drive/file-store.ts";
import { parseName } from "../drive/name.ts";
import { CoreError } from "../errors.ts";
import type { Actor } from "../events.ts";
import { newId } from "../ids.ts";
import type { UploadLimits } from "../uploads/create.ts";
import type { ConflictPolicy } from "../uploads/upload.ts";
import type { BlobIndex, SmallFile, SmallFileOutcome } from "./blob-index.ts";
import { FlushFailed, type BlobStore } from "./blob-store.ts";
import type { Capacity } from "./capacity.ts";

export interface SmallFileInput {
  readonly ownerId: string;
  /** The folder; the owner's root unless said. */
  readonly parentId?: string;
  /** Folders below that one, made where they are not there. */
  readonly folders?: readonly string[];
  /** Who adds it, where the folder is not theirs: asked once more in the commit. */
  readonly adder?: Adder | undefined;
  readonly actor: Actor;
  readonly name: string;
  readonly mediaType: string | null;
  readonly bytes: Uint8Array;
  /** Of `bytes`, computed by us. */
  readonly sha256: string;
  readonly onConflict: ConflictPolicy;
}

/**
 * Resolves with the file once it is durable; throws `name-refused`, `file-too-large`, `name-taken`, `quota-exceeded`,
 * `disk-full`, and of its folder what `UploadStore.create` says, `shared-folder-full` for the quota of another's.
 */
export type StoreSmallFile = (input: SmallFileInput) => Promise<FileEntry>;

interface Waiting {
  readonly input: SmallFileInput;
  resolve(file: FileEntry): void;
  reject(error: unknown): void;
}

const maxRoundFiles = 1_000;
const maxRoundBytes = 32 * 1024 * 1024;

export function createStoreSmallFile({
  index,
  files,
  blobs,
  capacity,
  clock,
  limits,
}: {
  index: BlobIndex;
  files: Pick<FileStore, "findMany">;
  blobs: BlobStore;
  capacity: Capacity;
  clock: Clock;
  limits: Pick<UploadLimits, "maxFileBytes">;
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
      const now = clock.now();
      const placed = await placeBytes(pending, { withBytes: new Set(withBytes), now });
      const outcomes = await index.publishSmall({ ...placed, now });
      const results = pending.map((waiting, i) => ({
        waiting,
        file: placed.files[i]!,
        outcome: outcomes[i]!,
      }));
      await report(results, { files, now });
      pending = results
        .filter(({ outcome }) => outcome.kind === "bytes-needed")
        .map(({ waiting }) => waiting);
      withBytes = pending;
      // Bytes that were placed and refused: their pack has a tombstone, and whatever is appended to it will be refused too.
      if (pending.length > 0 && placed.pack) await blobs.packs.retire(placed.pack.stored);
    }
  };

  const placeBytes = async (
    round: Waiting[],
    { withBytes, now }: { withBytes: ReadonlySet<Waiting>; now: number },
  ) => {
    const distinct = new Map<string, Uint8Array>();
    for (const waiting of withBytes) distinct.set(waiting.input.sha256, waiting.input.bytes);
    const hashes = [...distinct.keys()];
    await capacity.assertRoom(0);
    const placed = hashes.length > 0 ? await blobs.packs.append([...distinct.values()]) : undefined;
    const offsets = new Map(hashes.map((hash, i) => [hash, placed!.offsets[i]!]));
    const smallFiles = round.map(({ input }): SmallFile => {
      const offset = offsets.get(input.sha256);
      return {
        fileId: newId(now),
        blobId: newId(now),
        ownerId: input.ownerId,
        parentId: input.parentId ?? input.ownerId,
        folders: input.folders ?? [],
        ...(input.adder === undefined ? {} : { adder: input.adder }),
        actor: input.actor,
        name: input.name,
        mediaType: input.mediaType,
        size: input.bytes.length,
        sha256: input.sha256,
        crc32: crc32(input.bytes),
        onConflict: input.onConflict,
        segment: placed && offset !== undefined ? { stored: placed.stored, offset } : null,
      };
    });
    return {
      files: smallFiles,
      pack: placed ? { stored: placed.stored, length: placed.length } : null,
    };
  };

  return (input) => {
    parseName(input.name);
    input.folders?.forEach(parseName);
    const { maxFileBytes: limitBytes } = limits;
    const sizeBytes = input.bytes.length;
    if (sizeBytes > limitBytes) throw new CoreError("file-too-large", { limitBytes, sizeBytes });
    return new Promise((resolve, reject) => {
      queue.push({ input, resolve, reject });
      if (running) return;
      running = true;
      // Not at once: a batch hands in all its files in this turn, and they belong in one round.
      queueMicrotask(() => void run());
    });
  };
}

interface Result {
  readonly waiting: Waiting;
  readonly file: SmallFile;
  readonly outcome: SmallFileOutcome;
}

/** Tells each waiter its outcome, except those whose bytes are needed after all. */
async function report(
  results: readonly Result[],
  { files, now }: { files: Pick<FileStore, "findMany">; now: number },
): Promise<void> {
  const changed = results.flatMap(({ file, outcome }) =>
    outcome.kind === "published" && !isAsGiven(file, outcome) ? [outcome.fileId] : [],
  );
  const found = await files.findMany(changed);
  for (const { waiting, file, outcome } of results) {
    if (outcome.kind === "published") {
      const entry = isAsGiven(file, outcome)
        ? entryOf(file, { parentId: outcome.parentId, now })
        : found.get(outcome.fileId);
      if (entry) waiting.resolve(entry);
      else waiting.reject(new CoreError("file-not-found", { id: outcome.fileId }));
    } else if (outcome.kind !== "bytes-needed") {
      waiting.reject(refusalOf(waiting.input, outcome));
    }
  }
}

/** A new file with the name and bytes it came with is known without asking for it. */
function isAsGiven(file: SmallFile, { fileId, usedNewBytes }: Published): boolean {
  return file.onConflict === "fail" && fileId === file.fileId && usedNewBytes;
}

function entryOf(file: SmallFile, { parentId, now }: { parentId: string; now: number }): FileEntry {
  const { fileId: id, ownerId, name, mediaType, size, blobId, sha256 } = file;
  return {
    kind: "file",
    id,
    ownerId,
    parentId,
    name,
    mediaType,
    size,
    blobId,
    digests: { sha256 },
    version: 1,
    createdAt: now,
    modifiedAt: now,
  };
}

type Published = Extract<SmallFileOutcome, { kind: "published" }>;

function refusalOf(
  { name, bytes, adder }: SmallFileInput,
  outcome: Exclude<SmallFileOutcome, { kind: "published" | "bytes-needed" }>,
): CoreError {
  // Code and facts were an error of the core where they were found.
  if (outcome.kind === "refused") return new CoreError(outcome.code, outcome.facts as never);
  if (outcome.kind === "name-taken") return new CoreError("name-taken", { name });
  const { quotaBytes, usedBytes } = outcome;
  if (adder) return new CoreError("shared-folder-full", { wantedBytes: bytes.length });
  return new CoreError("quota-exceeded", { quotaBytes, usedBytes, wantedBytes: bytes.length });
}
