/** The only place where adapters meet ports: here, and subject by subject in `compose/`. */
import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { FastifyBaseLogger, FastifyInstance, RouteOptions } from "fastify";
import { composeArchive } from "./compose/archive.ts";
import { createDrive, driveJobs, driveTasks, startIndexing } from "./compose/drive.ts";
import { startFetches, type Fetches, type NetworkSeam } from "./compose/fetches.ts";
import { composePeople } from "./compose/people.ts";
import { startPreviews, type RunningPreviews } from "./compose/previews.ts";
import { composeSharing } from "./compose/sharing.ts";
import { composeInstant } from "./compose/instant.ts";
import type { Settings } from "./config/settings.ts";
import { findByToken, issueToken } from "./core/accounts/token.ts";
import { createCapacity } from "./core/blobs/capacity.ts";
import { createDiskUse } from "./core/blobs/disk-use.ts";
import { createCompact } from "./core/blobs/compact.ts";
import { createReadContent } from "./core/blobs/content.ts";
import { createIdentifyBlob, identifyBlobJob } from "./core/blobs/identify.ts";
import { createScrub } from "./core/blobs/scrub.ts";
import { createSlabPool } from "./core/blobs/slab-pool.ts";
import { createStoreSmallFile } from "./core/blobs/small-files.ts";
import { createSweep } from "./core/blobs/sweep.ts";
import { systemClock } from "./core/clock.ts";
import { composeDialects } from "./compose/dialects.ts";
import { createFollowEvents } from "./core/events/follow.ts";
import { createLiveNotices } from "./core/events/live-notices.ts";
import { createPurgeEvents } from "./core/events/purge.ts";
import { createActiveUploads } from "./core/uploads/active.ts";
import { announceProgress } from "./core/uploads/announce-progress.ts";
import { createCompleteUpload } from "./core/uploads/complete.ts";
import { createCreateUpload, type UploadLimits } from "./core/uploads/create.ts";
import { createLifecycle } from "./core/uploads/lifecycle.ts";
import { createReceiveBytes } from "./core/uploads/receive.ts";
import { recover } from "./core/uploads/recover.ts";
import { createThreadedHasher } from "./hashing/threaded-hasher.ts";
import { createApp } from "./http/app.ts";
import type { FetchRoutes } from "./http/native/fetches.ts";
import type { PreviewRoutes } from "./http/native/previews.ts";
import { registerNative } from "./http/native/routes.ts";
import { registerTus } from "./http/tus/routes.ts";
import { registerWeb } from "./http/web/routes.ts";
import { createTickets } from "./http/web/tickets.ts";
import { openSqlite } from "./metadata/sqlite.ts";
import { createChecks } from "./operations/checks.ts";
import { createFamilyMetrics } from "./operations/family-metrics.ts";
import { createHealth } from "./operations/health.ts";
import { lockFolder } from "./operations/lock.ts";
import { startMaintenance } from "./operations/maintenance.ts";
import { keepOwnerToken, readOwnerToken } from "./operations/owner-token.ts";
import { startJobRunner } from "./queue/database/job-runner.ts";
import { openLocalStore } from "./storage/local/local-store.ts";
import { retryStore } from "./storage/wrap/retry.ts";
import { openLocalSpool } from "./storage/local/spool.ts";

export interface Server extends AsyncDisposable {
  readonly app: FastifyInstance;
  /** The path and fragment where the owner gives themselves a name and a password; undefined once that is done. */
  readonly setUpPath: string | undefined;
  /** A failure that reached nobody: counted where operators look. */
  countError(): void;
}

export interface ComposeOptions {
  readonly settings: Settings;
  readonly logger: FastifyBaseLogger;
  /** Sees every route as it is registered. */
  readonly onRoute?: (route: RouteOptions) => void;
  /** Must end the process. */
  readonly onFatal: (error: Error) => void;
  /** For tests only. */
  readonly network?: NetworkSeam;
}

const maxParts = 10_000;
const defaultPartBytes = 8 * 1024 * 1024;
/** 48 MiB in flight: enough for a dozen fast senders to keep a disk busy, and the bound on what bodies can hold. */
const slabs = 48;
/** Time for answers and downloads on their way when the server is told to stop. */
const closeGraceMs = 2_000;
const ownerId = "00000000-0000-7000-8000-000000000000";
const clock = systemClock;
const webFolder = fileURLToPath(new URL("../../web/dist", import.meta.url));

/** Opens everything, recovers, and returns a server that is ready to listen. */
export async function compose(options: ComposeOptions): Promise<Server> {
  await using opened = new AsyncDisposableStack();
  const adapters = await openAdapters(options, opened);
  const engine = createEngine(options, adapters);
  const replaceOwnerToken = await ensureOwner(options, adapters);
  const community = await composePeople({
    ...adapters,
    settings: options.settings,
    clock,
    ownerId,
  });
  const recovered = await recoverEngine(options, { ...adapters, ...engine });
  opened.defer(() => recovered.settled);
  const { settings, logger, network = {} } = options;
  const previewing = opened.use(startPreviews({ ...adapters, ...engine, logger, clock }));
  const warmed = { ...engine, ...warming(engine, previewing) };
  const fetching = opened.use(
    startFetches({ ...adapters, ...warmed, settings, logger, clock, network }),
  );
  const { chores } = community;
  startBackground(options, { ...adapters, ...engine, opened, fetching, chores });
  const { ackLost } = recovered.report;
  const parts = { ...adapters, ...warmed, ...fetching, ackLost, community, replaceOwnerToken };
  const app = await createHttp(options, parts);
  const setUp = await community.offerSetUp();
  // First to be closed: stop listening, let writers record what has arrived, then everything below.
  opened.defer(async () => {
    const closed = app.close();
    // Before their writers are interrupted: they go on at the next start, and nothing has failed.
    await fetching[Symbol.asyncDispose]();
    await engine.active.interruptAll();
    // Whoever goes on sending after its answer, or reads a download slowly, is cut: the process is told to end, not to wait.
    const cut = setTimeout(() => app.server.closeAllConnections(), closeGraceMs);
    await closed;
    clearTimeout(cut);
  });
  const stack = opened.move();
  return {
    app,
    setUpPath: setUp === undefined ? undefined : `/setup#${setUp}`,
    countError: () => adapters.metrics.countError("process"),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** What implements the ports, on this machine. */
async function openAdapters(
  { settings, logger, onFatal }: ComposeOptions,
  opened: AsyncDisposableStack,
) {
  const dataFolder = resolve(settings.dataDir);
  opened.use(await lockFolder(dataFolder));
  const metadata = await openSqlite({ file: join(dataFolder, "sampan.db"), onFatal });
  opened.defer(() => metadata.close());
  for (const problem of await metadata.quickCheck()) {
    throw new Error(`the database is damaged: ${problem}`);
  }
  const root =
    settings.storeUrl === undefined ? dataFolder : resolve(settings.storeUrl.slice("file:".length));
  const onPoison = (error: Error) =>
    logger.fatal({ err: error }, "a flush failed: writes are stopped until restart");
  const metrics = createFamilyMetrics();
  const local = opened.use(await openLocalStore({ root, onPoison }));
  const blobs = retryStore(local, {
    attempts: settings.storageAttempts,
    initialDelayMs: settings.storageRetryDelayMs,
    onRetry(error) {
      metrics.countRetry();
      logger.warn({ err: error }, "storage failed for the moment: trying again");
    },
  });
  const diskUse = createDiskUse(() => local.space(), {
    warningPercent: settings.diskWarningPercent,
    stopPercent: settings.diskStopPercent,
    onChange: ({ state, usedPercent }) =>
      logger[state === "ok" ? "info" : "error"]({ state, usedPercent }, "ALERT: use of the disk"),
  });
  const hasher = opened.use(
    createThreadedHasher({ threads: Math.min(4, availableParallelism()), onFatal }),
  );
  const reserveBytes = await blobs.reserveBytes(settings.diskReserveBytes);
  const capacity = createCapacity({ freeBytes: () => blobs.freeBytes(), reserveBytes });
  const spool = await openLocalSpool(root);
  const { files, nodes, search, archive, instant, fetches, derived, tasks, shares } = metadata;
  const { accounts, people, jobs, events, feed, blobs: index } = metadata;
  const notices = createLiveNotices();
  const uploads = announceProgress(metadata.uploads, notices);
  const live = { events, feed, notices };
  const drive = { files, nodes, search, archive, instant, fetches, derived, tasks, shares };
  const stores = { uploads, ...drive, accounts, people, jobs, index };
  return { dataFolder, ...stores, blobs, spool, hasher, capacity, metrics, diskUse, ...live };
}

type Adapters = Awaited<ReturnType<typeof openAdapters>>;

/** The core over them. */
function createEngine(options: ComposeOptions, adapters: Adapters) {
  const { settings, logger } = options;
  const { uploads, files, index, blobs, hasher, capacity } = adapters;
  const limits: UploadLimits = { ...settings, maxParts, defaultPartBytes };
  const { uploadTtlMs } = settings;
  const active = createActiveUploads({ hasher, blobs });
  const onCleanUpError = (error: unknown) =>
    logger.warn({ err: error }, "a staging file could not be removed; start-up will");
  const readContent = createReadContent({ index, blobs });
  return {
    limits,
    active,
    ...createDrive({ ...adapters, clock }),
    readContent,
    ...composeInstant(options, { ...adapters, active, readContent, clock, onCleanUpError }),
    createUpload: createCreateUpload({ uploads, files, blobs, capacity, clock, limits }),
    receiveBytes: createReceiveBytes({
      uploads,
      blobs,
      active,
      hasher,
      capacity,
      clock,
      uploadTtlMs,
    }),
    completeUpload: createCompleteUpload({
      uploads,
      index,
      blobs,
      active,
      hasher,
      capacity,
      clock,
      onCleanUpError,
    }),
    lifecycle: createLifecycle({ uploads, blobs, active, capacity, clock }),
    storeSmallFile: createStoreSmallFile({ index, files, blobs, capacity, clock, limits }),
  };
}

type Engine = ReturnType<typeof createEngine>;

/** The parts of the engine that store files, so that pictures soon have thumbnails. */
function warming(engine: Engine, { previews, warmer }: RunningPreviews) {
  const { completeUpload, storeSmallFile } = engine;
  return {
    previews,
    async completeUpload(request: Parameters<typeof completeUpload>[0]) {
      const upload = await completeUpload(request);
      if (upload.purpose === "file") warmer.offer(upload);
      return upload;
    },
    async storeSmallFile(input: Parameters<typeof storeSmallFile>[0]) {
      const file = await storeSmallFile(input);
      warmer.offer(file);
      return file;
    },
  };
}

/** Makes the owner and, at first start, their token; returns how to replace it. */
async function ensureOwner({ settings }: ComposeOptions, { accounts, dataFolder }: Adapters) {
  const quotaBytes = settings.quotaBytes ?? null;
  await accounts.ensureOwner({ id: ownerId, name: "owner", quotaBytes, now: clock.now() });
  const replaceOwnerToken = async (): Promise<string> => {
    const token = await issueToken({ accounts, clock }, ownerId);
    await keepOwnerToken(dataFolder, token);
    return token;
  };
  // The file may be gone, or belong to a database that is: either way it would let nobody in.
  const kept = await readOwnerToken(dataFolder);
  if (kept === undefined || !(await findByToken(accounts, kept))) await replaceOwnerToken();
  return replaceOwnerToken;
}

async function recoverEngine({ logger }: ComposeOptions, parts: Adapters & Engine) {
  const recovered = await recover({
    ...parts,
    clock,
    onAckLost: (facts) => logger.error(facts, "ALARM: acknowledged bytes are not there"),
    onRedoFailed: ({ uploadId, error }) =>
      logger.warn({ err: error, uploadId }, "a completion could not be redone"),
  });
  logger.info(recovered.report, "recovered");
  return recovered;
}

function startBackground(
  { settings, logger }: ComposeOptions,
  parts: Adapters &
    Engine & {
      opened: AsyncDisposableStack;
      fetching: Fetches;
      chores: Record<string, () => Promise<unknown>>;
    },
): void {
  const { opened, uploads, index, blobs, jobs, events, hasher, readContent, lifecycle, active } =
    parts;
  const { instantUpload, diskUse } = parts;
  const identifyBlob = createIdentifyBlob({ index, readContent, hasher, clock });
  opened.use(
    startJobRunner({
      queue: jobs,
      clock,
      handlers: {
        ...driveJobs({ nodes: parts.nodes, clock }),
        [identifyBlobJob]: (payload) =>
          identifyBlob((JSON.parse(payload) as { blobId: string }).blobId),
      },
      onFailure: ({ job, error, outcome }) =>
        logger.warn({ err: error, job: job.kind, outcome }, "a job failed"),
    }),
  );
  const onError = ({ task, error }: { task: string; error: unknown }) =>
    logger.error({ err: error, task }, "maintenance failed");
  const compact = createCompact({ index, blobs, readContent, clock });
  opened.use(
    startMaintenance({
      intervalMs: settings.sweepIntervalMs,
      tasks: {
        ...driveTasks({ nodes: parts.nodes, clock, settings }),
        watchDisk: () => diskUse(),
        expire: () => lifecycle.expire(),
        purgeFetches: () => parts.fetching.purge(),
        purge: () =>
          uploads.purgeEnded({ before: clock.now() - settings.uploadTtlMs, limit: 1_000 }),
        challenges: () => instantUpload.purge(),
        sweep: createSweep({ index, blobs, clock, graceMs: settings.sweepGraceMs }),
        purgeEvents: createPurgeEvents({ events, clock, retentionMs: settings.auditRetentionMs }),
        compact: async () => (active.writers === 0 ? compact() : undefined),
        ...parts.chores,
      },
      onError,
    }),
  );
  opened.use(startIndexing({ search: parts.search, onError }));
}

async function createHttp(
  { settings, logger, onRoute }: ComposeOptions,
  parts: Adapters &
    Engine &
    FetchRoutes &
    PreviewRoutes & {
      ackLost: number;
      community: Awaited<ReturnType<typeof composePeople>>;
      replaceOwnerToken: () => Promise<string>;
    },
): Promise<FastifyInstance> {
  const { index, blobs, capacity, hasher, readContent, ackLost, community } = parts;
  const { authenticate } = community;
  const version = await readVersion();
  const scrub = createScrub({ index, readContent, hasher });
  const tickets = createTickets(clock);
  const shared = {
    ...parts,
    ...community,
    ...composeSharing({ ...parts, clock }),
    ...composeArchive({
      ...parts,
      clock,
      onRecordError: (error) =>
        logger.warn({ err: error }, "the checksums of an archive could not be kept"),
    }),
    version,
    clock,
    tickets,
    followEvents: createFollowEvents({ events: parts.events, feed: parts.feed }),
    async replaceOwnerToken() {
      const token = await parts.replaceOwnerToken();
      authenticate.forget();
      tickets.revokeAll();
      return token;
    },
    health: createHealth({ blobs, capacity, ackLost: () => ackLost }),
    checks: createChecks({
      scrub,
      onError: (error) => logger.error({ err: error }, "a check failed"),
    }),
    body: {
      pool: createSlabPool({ slabs }),
      rate: { minBytesPerSecond: settings.minBytesPerSecond, windowMs: settings.minRateWindowMs },
      takeSockets: true,
    },
  };
  const registerDialects = await composeDialects({ ...shared, settings, logger });
  return createApp({
    logger,
    version,
    trustProxy: settings.trustProxy,
    onRoute,
    registerDialects(http) {
      registerNative(http, shared);
      registerTus(http, shared);
      registerDialects(http);
      registerWeb(http, { ...shared, webFolder });
    },
  });
}

async function readVersion(): Promise<string> {
  const { version } = JSON.parse(
    await readFile(new URL("../package.json", import.meta.url), "utf8"),
  ) as { version: string };
  return version;
}
