/** The whole engine as `compose.ts` makes it, without HTTP: what tests of the core drive, crash and open again. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createThreadedHasher } from "../../hashing/threaded-hasher.ts";
import { openSqlite, type Metadata } from "../../metadata/sqlite.ts";
import { openLocalStore, type LocalStore } from "../../storage/local/local-store.ts";
import type { BlobStore } from "../blobs/blob-store.ts";
import { createCapacity, type Capacity } from "../blobs/capacity.ts";
import { createCompact, defaultCompactRules, type CompactRules } from "../blobs/compact.ts";
import type { ContentHasher } from "../blobs/content-hasher.ts";
import { createReadContent, type ReadContent } from "../blobs/content.ts";
import { createIdentifyBlob } from "../blobs/identify.ts";
import { createScrub } from "../blobs/scrub.ts";
import { createStoreSmallFile } from "../blobs/small-files.ts";
import { createSweep } from "../blobs/sweep.ts";
import type { Clock } from "../clock.ts";
import { createActiveUploads, type ActiveUploads } from "../uploads/active.ts";
import { createCompleteUpload } from "../uploads/complete.ts";
import { createCreateUpload, type UploadLimits } from "../uploads/create.ts";
import { createLifecycle } from "../uploads/lifecycle.ts";
import { createInstantUpload, type InstantScope } from "../uploads/instant.ts";
import { createLinkOwnContent } from "../uploads/link-own.ts";
import { createReceiveBytes } from "../uploads/receive.ts";
import { recover, type RecoverReport } from "../uploads/recover.ts";

export const ownerId = "00000000-0000-7000-8000-000000000000";

export interface TestClock extends Clock {
  advance(ms: number): void;
}

export function createTestClock(start = Date.UTC(2030, 0, 1)): TestClock {
  let now = start;
  return { now: () => now, advance: (ms) => void (now += ms) };
}

/** A folder that is gone when the test is over. */
export async function openFolder(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), "sampan-test-"));
  // An engine that a test crashed may have been making a file at that moment: the folder is emptied again until it stays empty.
  const removal = { recursive: true, force: true, maxRetries: 20, retryDelay: 100 };
  return { path, [Symbol.asyncDispose]: () => rm(path, removal) };
}

/** What outlives a crash of the engine in a test: the database, and threads that hold nothing of any upload. */
export interface Machine extends AsyncDisposable {
  readonly folder: string;
  readonly metadata: Metadata;
  readonly hasher: ContentHasher;
}

export async function openMachine({
  writer = "inline",
  threads = 1,
}: { writer?: "inline" | "thread"; threads?: number } = {}): Promise<Machine> {
  await using opened = new AsyncDisposableStack();
  const folder = opened.use(await openFolder()).path;
  const onFatal = (error: Error): void => {
    throw error;
  };
  const metadata = await openSqlite({ file: join(folder, "sampan.db"), writer, onFatal });
  opened.defer(() => metadata.close());
  const hasher = opened.use(
    createThreadedHasher({
      threads,
      onFatal: (error) => {
        throw error;
      },
    }),
  );
  const stack = opened.move();
  return { folder, metadata, hasher, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

export interface EngineOptions {
  readonly clock?: Clock;
  readonly limits?: Partial<UploadLimits>;
  readonly quotaBytes?: number | null;
  readonly sweepGraceMs?: number;
  readonly compactRules?: CompactRules;
  readonly instantScope?: InstantScope;
  readonly direct?: boolean;
  readonly maxPackBytes?: number;
  /** Puts something between the engine and its ports: faults, or the end of it all. */
  readonly wrap?: <T extends object>(port: T) => T;
  readonly wrapBlobs?: (blobs: BlobStore) => BlobStore;
}

export interface Engine extends AsyncDisposable {
  readonly machine: Machine;
  readonly clock: Clock;
  readonly blobs: BlobStore;
  readonly active: ActiveUploads;
  readonly capacity: Capacity;
  readonly readContent: ReadContent;
  readonly createUpload: ReturnType<typeof createCreateUpload>;
  readonly receiveBytes: ReturnType<typeof createReceiveBytes>;
  readonly completeUpload: ReturnType<typeof createCompleteUpload>;
  readonly instantUpload: ReturnType<typeof createInstantUpload>;
  readonly linkOwnContent: ReturnType<typeof createLinkOwnContent>;
  readonly lifecycle: ReturnType<typeof createLifecycle>;
  readonly storeSmallFile: ReturnType<typeof createStoreSmallFile>;
  readonly identifyBlob: ReturnType<typeof createIdentifyBlob>;
  readonly sweep: ReturnType<typeof createSweep>;
  readonly compact: ReturnType<typeof createCompact>;
  readonly scrub: ReturnType<typeof createScrub>;
  readonly report: RecoverReport;
  /** What recovery found to be lost, or could not redo. */
  readonly alarms: readonly object[];
  readonly poison: readonly Error[];
  /** Resolves when the background part of recovery is over. */
  readonly settled: Promise<void>;
}

const testLimits: UploadLimits = {
  maxFileBytes: 1024 ** 3,
  maxParts: 10_000,
  defaultPartBytes: 8 * 1024 * 1024,
  maxOpenUploads: 1_000,
  uploadTtlMs: 24 * 3600 * 1000,
  durability: "strict",
};

/** Opens the store on the machine's folder and recovers, as a process does when it starts. */
export async function openEngine(machine: Machine, options: EngineOptions = {}): Promise<Engine> {
  const { clock = createTestClock(), sweepGraceMs = 0, quotaBytes = null } = options;
  const { wrap = same, wrapBlobs = same } = options;
  const { metadata, hasher } = machine;
  await using opened = new AsyncDisposableStack();
  const poison: Error[] = [];
  const store = opened.use(await openStore(machine.folder, { options, poison }));
  const blobs = wrap(wrapBlobs(store));
  const [uploads, files, index] = [metadata.uploads, metadata.files, metadata.blobs].map(
    wrap,
  ) as unknown as [Metadata["uploads"], Metadata["files"], Metadata["blobs"]];
  await metadata.accounts.ensureOwner({ id: ownerId, name: "owner", quotaBytes, now: clock.now() });

  const limits = { ...testLimits, ...options.limits };
  const capacity = createCapacity({ freeBytes: () => blobs.freeBytes(), reserveBytes: 0 });
  // Test contents are small; they should meet the hash on its way all the same.
  const active = createActiveUploads({ hasher, blobs, hashFromBytes: 0 });
  const readContent = createReadContent({ index, blobs });
  const shared = { uploads, files, index, blobs, active, hasher, capacity, clock, readContent };
  const { uploadTtlMs } = limits;
  const alarms: object[] = [];
  const onCleanUpError = (error: unknown): void => void alarms.push({ error });
  const completeUpload = createCompleteUpload({ ...shared, onCleanUpError });
  const instant = {
    ...shared,
    instant: wrap(metadata.instant),
    scope: options.instantScope ?? "site",
    onCleanUpError,
    onUnreadable: (facts: object): void => void alarms.push(facts),
  };
  const recovered = await recover({
    ...shared,
    completeUpload,
    onAckLost: (facts) => alarms.push(facts),
    onRedoFailed: (facts) => alarms.push(facts),
  });
  opened.defer(() => active.interruptAll());
  const stack = opened.move();
  return {
    machine,
    clock,
    blobs,
    active,
    capacity,
    readContent,
    completeUpload,
    createUpload: createCreateUpload({ ...shared, limits }),
    receiveBytes: createReceiveBytes({ ...shared, uploadTtlMs }),
    instantUpload: createInstantUpload(instant),
    linkOwnContent: createLinkOwnContent(instant),
    lifecycle: createLifecycle(shared),
    storeSmallFile: createStoreSmallFile({ ...shared, limits }),
    identifyBlob: createIdentifyBlob(shared),
    sweep: createSweep({ ...shared, graceMs: sweepGraceMs }),
    compact: createCompact({ ...shared, rules: options.compactRules ?? defaultCompactRules }),
    scrub: createScrub(shared),
    report: recovered.report,
    alarms,
    poison,
    settled: recovered.settled,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

function openStore(
  root: string,
  { options, poison }: { options: EngineOptions; poison: Error[] },
): Promise<LocalStore> {
  const { direct = true, maxPackBytes } = options;
  return openLocalStore({
    root,
    direct,
    onPoison: (error) => poison.push(error),
    ...(maxPackBytes === undefined ? {} : { maxPackBytes }),
  });
}

const same = <T>(port: T): T => port;

/** All bytes of a blob, in memory of their own. */
export async function readBlob(
  engine: Pick<Engine, "readContent">,
  { blobId, size }: { blobId: string; size: number },
): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const bytes of engine.readContent(blobId, { start: 0, end: size }))
    pieces.push(Buffer.from(bytes));
  return Buffer.concat(pieces);
}
