/** The only file where adapters meet ports. */
import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { FastifyBaseLogger, FastifyInstance } from "fastify";
import { composeArchive } from "./compose/archive.ts";
import { createDrive, driveJobs, driveTasks, startIndexing } from "./compose/drive.ts";
import type { Settings } from "./config/settings.ts";
import { findByToken, issueToken } from "./core/accounts/token.ts";
import { createCapacity } from "./core/blobs/capacity.ts";
import { createCompact } from "./core/blobs/compact.ts";
import { createReadContent } from "./core/blobs/content.ts";
import { createIdentifyBlob, identifyBlobJob } from "./core/blobs/identify.ts";
import { createScrub } from "./core/blobs/scrub.ts";
import { createSlabPool } from "./core/blobs/slab-pool.ts";
import { createStoreSmallFile } from "./core/blobs/small-files.ts";
import { createSweep } from "./core/blobs/sweep.ts";
import { systemClock } from "./core/clock.ts";
import { createActiveUploads } from "./core/uploads/active.ts";
import { createCompleteUpload } from "./core/uploads/complete.ts";
import { createCreateUpload, type UploadLimits } from "./core/uploads/create.ts";
import { createLifecycle } from "./core/uploads/lifecycle.ts";
import { createReceiveBytes } from "./core/uploads/receive.ts";
import { recover } from "./core/uploads/recover.ts";
import { createThreadedHasher } from "./hashing/threaded-hasher.ts";
import { createApp } from "./http/app.ts";
import { registerNative } from "./http/native/routes.ts";
import { registerTus } from "./http/tus/routes.ts";
import { registerWeb } from "./http/web/routes.ts";
import { createTickets } from "./http/web/tickets.ts";
import { createAuthenticate } from "./http/shared/authenticate.ts";
import { openSqlite } from "./metadata/sqlite.ts";
import { createChecks } from "./operations/checks.ts";
import { createHealth } from "./operations/health.ts";
import { lockFolder } from "./operations/lock.ts";
import { startMaintenance } from "./operations/maintenance.ts";
import { keepOwnerToken, readOwnerToken } from "./operations/owner-token.ts";
import { startJobRunner } from "./queue/database/job-runner.ts";
import { openLocalStore } from "./storage/local/local-store.ts";

export interface Server extends AsyncDisposable {
  readonly app: FastifyInstance;
}

export interface ComposeOptions {
  readonly settings: Settings;
  readonly logger: FastifyBaseLogger;
  /** Must end the process. */
  readonly onFatal: (error: Error) => void;
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
  const recovered = await recoverEngine(options, { ...adapters, ...engine });
  opened.defer(() => recovered.settled);
  startBackground(options, { ...adapters, ...engine, opened });
  const { ackLost } = recovered.report;
  const app = await createHttp(options, { ...adapters, ...engine, ackLost, replaceOwnerToken });
  // First to be closed: stop listening, let writers record what has arrived, then everything below.
  opened.defer(async () => {
    const closed = app.close();
    await engine.active.interruptAll();
    // Whoever goes on sending after its answer, or reads a download slowly, is cut: the process is told to end, not to wait.
    const cut = setTimeout(() => app.server.closeAllConnections(), closeGraceMs);
    await closed;
    clearTimeout(cut);
  });
  const stack = opened.move();
  return { app, [Symbol.asyncDispose]: () => stack.disposeAsync() };
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
  const blobs = opened.use(await openLocalStore({ root, onPoison }));
  const hasher = opened.use(
    createThreadedHasher({ threads: Math.min(4, availableParallelism()), onFatal }),
  );
  const reserveBytes = await blobs.reserveBytes(settings.diskReserveBytes);
  const capacity = createCapacity({ freeBytes: () => blobs.freeBytes(), reserveBytes });
  const { uploads, files, nodes, search, accounts, jobs, archive, blobs: index } = metadata;
  return {
    dataFolder,
    uploads,
    files,
    nodes,
    search,
    accounts,
    jobs,
    archive,
    index,
    blobs,
    hasher,
    capacity,
  };
}

type Adapters = Awaited<ReturnType<typeof openAdapters>>;

/** The core over them. */
function createEngine({ settings, logger }: ComposeOptions, adapters: Adapters) {
  const { uploads, files, index, blobs, hasher, capacity } = adapters;
  const limits: UploadLimits = { ...settings, maxParts, defaultPartBytes };
  const { uploadTtlMs } = settings;
  const active = createActiveUploads({ hasher, blobs });
  const onCleanUpError = (error: unknown) =>
    logger.warn({ err: error }, "a staging file could not be removed; start-up will");
  return {
    limits,
    active,
    ...createDrive({ nodes: adapters.nodes, clock }),
    readContent: createReadContent({ index, blobs }),
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
  parts: Adapters & Engine & { opened: AsyncDisposableStack },
): void {
  const { opened, uploads, index, blobs, jobs, hasher, readContent, lifecycle, active } = parts;
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
        expire: () => lifecycle.expire(),
        purge: () =>
          uploads.purgeEnded({ before: clock.now() - settings.uploadTtlMs, limit: 1_000 }),
        sweep: createSweep({ index, blobs, clock, graceMs: settings.sweepGraceMs }),
        compact: async () => (active.writers === 0 ? compact() : undefined),
      },
      onError,
    }),
  );
  opened.use(startIndexing({ search: parts.search, onError }));
}

async function createHttp(
  { settings, logger }: ComposeOptions,
  parts: Adapters & Engine & { ackLost: number; replaceOwnerToken: () => Promise<string> },
): Promise<FastifyInstance> {
  const { index, blobs, capacity, hasher, accounts, readContent, ackLost } = parts;
  const version = await readVersion();
  const scrub = createScrub({ index, readContent, hasher });
  const authenticate = createAuthenticate({ accounts, clock });
  const tickets = createTickets(clock);
  const shared = {
    ...parts,
    ...composeArchive({
      ...parts,
      clock,
      onRecordError: (error) =>
        logger.warn({ err: error }, "the checksums of an archive could not be kept"),
    }),
    version,
    clock,
    authenticate,
    tickets,
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
  return createApp({
    logger,
    version,
    registerDialects(http) {
      registerNative(http, shared);
      registerTus(http, shared);
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
