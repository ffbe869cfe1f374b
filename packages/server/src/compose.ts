/** The only file where adapters meet ports. */
import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import type { FastifyBaseLogger, FastifyInstance } from "fastify";
import type { Settings } from "./config/settings.ts";
import { issueToken } from "./core/accounts/token.ts";
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

const maxParts = 10_000;
const defaultPartBytes = 8 * 1024 * 1024;
/** 48 MiB in flight: enough for a dozen fast senders to keep a disk busy, and the bound on what bodies can hold. */
const slabs = 48;
const ownerId = "00000000-0000-7000-8000-000000000000";

/** Opens everything, recovers, and returns a server that is ready to listen. `onFatal` must end the process. */
export async function compose({
  settings,
  logger,
  onFatal,
}: {
  settings: Settings;
  logger: FastifyBaseLogger;
  onFatal: (error: Error) => void;
}): Promise<Server> {
  await using opened = new AsyncDisposableStack();
  const clock = systemClock;
  const dataFolder = resolve(settings.dataDir);
  opened.use(await lockFolder(dataFolder));
  const metadata = await openSqlite({ file: join(dataFolder, "sampan.db"), onFatal });
  opened.defer(() => metadata.close());
  const { uploads, files, accounts, jobs, blobs: index } = metadata;
  for (const problem of await metadata.quickCheck()) throw new Error(`the database is damaged: ${problem}`);

  const storeFolder = settings.storeUrl === undefined ? dataFolder : resolve(settings.storeUrl.slice("file:".length));
  const blobs = opened.use(
    await openLocalStore({
      root: storeFolder,
      onPoison: (error) => logger.fatal({ err: error }, "a flush failed: writes are stopped until restart"),
    }),
  );
  const hasher = opened.use(createThreadedHasher({ threads: Math.min(4, availableParallelism()) }));
  const reserveBytes = await blobs.reserveBytes(settings.diskReserveBytes);
  const capacity = createCapacity({ freeBytes: () => blobs.freeBytes(), reserveBytes });
  const active = createActiveUploads({ hasher, blobs });
  const readContent = createReadContent({ index, blobs });
  const limits: UploadLimits = { ...settings, maxParts, defaultPartBytes };
  const { uploadTtlMs } = settings;

  const createUpload = createCreateUpload({ uploads, files, blobs, capacity, clock, limits });
  const receiveBytes = createReceiveBytes({ uploads, blobs, active, hasher, capacity, clock, uploadTtlMs });
  const completeUpload = createCompleteUpload({
    uploads,
    index,
    blobs,
    active,
    hasher,
    capacity,
    clock,
    onCleanUpError: (error) => logger.warn({ err: error }, "a staging file could not be removed; start-up will"),
  });
  const lifecycle = createLifecycle({ uploads, blobs, active, capacity, clock });
  const storeSmallFile = createStoreSmallFile({ index, blobs, capacity, clock });

  const owner = { id: ownerId, name: "owner", quotaBytes: settings.quotaBytes ?? null, now: clock.now() };
  await accounts.ensureOwner(owner);
  const replaceOwnerToken = async (): Promise<string> => {
    const token = await issueToken({ accounts, clock }, ownerId);
    await keepOwnerToken(dataFolder, token);
    return token;
  };
  if ((await readOwnerToken(dataFolder)) === undefined) await replaceOwnerToken();

  const recovered = await recover({
    uploads,
    index,
    blobs,
    capacity,
    completeUpload,
    clock,
    onAckLost: (facts) => logger.error(facts, "ALARM: acknowledged bytes are not there"),
    onRedoFailed: ({ uploadId, error }) => logger.warn({ err: error, uploadId }, "a completion could not be redone"),
  });
  logger.info(recovered.report, "recovered");
  opened.defer(() => recovered.settled);

  const identifyBlob = createIdentifyBlob({ index, readContent, hasher, clock });
  opened.use(
    startJobRunner({
      queue: jobs,
      clock,
      handlers: { [identifyBlobJob]: (payload) => identifyBlob(payload) },
      onFailure: ({ job, error, outcome }) => logger.warn({ err: error, job: job.kind, outcome }, "a job failed"),
    }),
  );
  const sweep = createSweep({ index, blobs, clock, graceMs: settings.sweepGraceMs });
  const compact = createCompact({ index, blobs, readContent, clock });
  const purgeEnded = () => uploads.purgeEnded({ before: clock.now() - settings.uploadTtlMs, limit: 1_000 });
  opened.use(
    startMaintenance({
      intervalMs: settings.sweepIntervalMs,
      tasks: {
        expire: () => lifecycle.expire(),
        purgeEnded,
        sweep,
        compact: async () => (active.writers === 0 ? compact() : undefined),
      },
      onError: ({ task, error }) => logger.error({ err: error, task }, "maintenance failed"),
    }),
  );

  const version = await readVersion();
  const checks = createChecks({
    scrub: createScrub({ index, readContent, hasher }),
    onError: (error) => logger.error({ err: error }, "a check failed"),
  });
  const authenticate = createAuthenticate(accounts);
  const body = {
    pool: createSlabPool({ slabs }),
    rate: { minBytesPerSecond: settings.minBytesPerSecond, windowMs: settings.minRateWindowMs },
    takeSockets: true,
  };
  const health = createHealth({ blobs, capacity, ackLost: () => recovered.report.ackLost });
  const app = await createApp({
    logger,
    version,
    registerDialects(http) {
      registerNative(http, {
        version,
        limits,
        uploads,
        files,
        createUpload,
        receiveBytes,
        completeUpload,
        lifecycle,
        readContent,
        storeSmallFile,
        health,
        checks,
        replaceOwnerToken,
        authenticate,
        body,
        clock,
      });
      registerTus(http, {
        uploads,
        files,
        createUpload,
        receiveBytes,
        completeUpload,
        lifecycle,
        capacity,
        readContent,
        authenticate,
        body,
        clock,
        limits,
      });
    },
  });
  // First to be closed: stop listening, let writers record what has arrived, then everything below.
  opened.defer(async () => {
    const closed = app.close();
    await active.interruptAll();
    await closed;
  });
  const stack = opened.move();
  return { app, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

async function readVersion(): Promise<string> {
  const { version } = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  return version;
}
