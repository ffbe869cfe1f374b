/** The only place where adapters meet ports: here in which order, and in `compose/` how, subject by subject. */
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import type { FastifyInstance } from "fastify";
import { composeArchive } from "./compose/archive.ts";
import { startBackground } from "./compose/background.ts";
import { createEngine, recoverEngine } from "./compose/engine.ts";
import { startFetches } from "./compose/fetches.ts";
import { createHttp } from "./compose/http.ts";
import { openMetadata } from "./compose/metadata.ts";
import type { ComposeOptions } from "./compose/options.ts";
import { ensureOwner, ownerId } from "./compose/owner.ts";
import { composePeople } from "./compose/people.ts";
import { startPreviews, warmStored } from "./compose/previews.ts";
import { stopServing } from "./compose/shutdown.ts";
import { openStorage } from "./compose/storage.ts";
import { systemClock } from "./core/clock.ts";
import { createThreadedHasher } from "./hashing/threaded-hasher.ts";
import { createFamilyMetrics } from "./operations/family-metrics.ts";
import { lockFolder } from "./operations/lock.ts";

export interface Server extends AsyncDisposable {
  readonly app: FastifyInstance;
  /** The path and fragment where the owner gives themselves a name and a password; undefined once that is done. */
  readonly setUpPath: string | undefined;
  /** A failure that reached nobody: counted where operators look. */
  countError(): void;
}

/** Opens everything, recovers, and returns a server that is ready to listen. What was opened last is closed first. */
export async function compose(options: ComposeOptions): Promise<Server> {
  await using opened = new AsyncDisposableStack();
  const adapters = await openAdapters(options, opened);
  const engine = createEngine(adapters);
  const owner = await ensureOwner(adapters);
  const community = await composePeople({ ...adapters, ownerId });
  const recovered = await recoverEngine({ ...adapters, ...engine });
  opened.defer(() => recovered.settled);

  const { previews, warmer } = opened.use(startPreviews({ ...adapters, ...engine }));
  const drive = { ...adapters, ...engine, ...warmStored(engine, warmer), previews };
  const fetching = opened.use(startFetches(drive));
  const archives = composeArchive(drive);
  const chores = {
    ...community.chores,
    purgeFetches: fetching.purge,
    purgeSelections: archives.selections.purge,
  };
  startBackground({ ...drive, chores }, opened);

  const { ackLost } = recovered.report;
  const app = await createHttp({
    ...drive,
    ...archives,
    ...fetching,
    ...community,
    ...owner,
    ackLost,
  });
  const setUp = await community.offerSetUp();
  opened.defer(() => stopServing({ app, active: engine.active, fetching }));
  const stack = opened.move();
  return {
    app,
    setUpPath: setUp === undefined ? undefined : `/setup#${setUp}`,
    countError: () => adapters.metrics.countError("process"),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** What implements the ports, on this machine. */
async function openAdapters(options: ComposeOptions, opened: AsyncDisposableStack) {
  const { settings, logger, onRoute, onFatal, network = {} } = options;
  const dataFolder = resolve(settings.dataDir);
  opened.use(await lockFolder(dataFolder));
  const metrics = createFamilyMetrics();
  const surroundings = { settings, logger, onRoute, network, clock: systemClock, dataFolder };
  const stores = await openMetadata({ dataFolder, onFatal }, opened);
  // The folder is locked for us: who held these was killed.
  if ((await stores.jobs.counts()).running > 0)
    await stores.jobs.reclaim({ now: systemClock.now() });
  const storage = await openStorage({ ...surroundings, metrics }, opened);
  const threads = Math.min(4, availableParallelism());
  const hasher = opened.use(createThreadedHasher({ threads, onFatal }));
  return { ...surroundings, ...stores, ...storage, metrics, hasher };
}
