/** Offline downloads: the network, the rules and the runner of their jobs. */
import type { FastifyBaseLogger } from "fastify";
import type { Settings } from "../config/settings.ts";
import type { Account, AccountStore } from "../core/accounts/account-store.ts";
import type { Clock } from "../core/clock.ts";
import type { FetchStore } from "../core/fetches/fetch-store.ts";
import { fetchUrlJob, type FetchTicket } from "../core/fetches/fetch.ts";
import { createManageFetches } from "../core/fetches/manage.ts";
import { createRunFetch, type RunFetchDependencies } from "../core/fetches/run-fetch.ts";
import type { Remote } from "../core/fetches/remote.ts";
import { createRunningFetches } from "../core/fetches/running.ts";
import { mayFetch } from "../core/fetches/who-may-fetch.ts";
import type { JobQueue } from "../core/jobs/job-queue.ts";
import type { FetchRoutes } from "../http/native/fetches.ts";
import { startJobRunner } from "../queue/database/job-runner.ts";
import { createAddressPolicy, refusesHost } from "../workers/fetch-url/address-policy.ts";
import type { createRemote } from "../workers/fetch-url/remote.ts";

/** What tests put in the place of the public network. No setting reaches it. */
export type NetworkSeam = Pick<Parameters<typeof createRemote>[0], "allows" | "resolve" | "limits">;

export interface FetchParts extends Pick<
  RunFetchDependencies,
  "uploads" | "createUpload" | "receiveBytes" | "completeUpload" | "lifecycle"
> {
  readonly settings: Settings;
  readonly logger: FastifyBaseLogger;
  readonly clock: Clock;
  readonly fetches: FetchStore;
  readonly jobs: JobQueue;
  readonly accounts: AccountStore;
  readonly network: NetworkSeam;
}

export interface Fetches extends AsyncDisposable, FetchRoutes {
  /** Forgets downloads that ended long ago. */
  purge(): Promise<number>;
}

/** Of one owner, waiting ones included. */
const maxOpen = 1_000;
const keptMs = 90 * 24 * 3_600_000;

/** Begins to work on what is queued. Dispose of it to stop: what has arrived is kept, and goes on at the next start. */
export function startFetches(parts: FetchParts): Fetches {
  const { settings, logger, clock, fetches, jobs, accounts } = parts;
  const running = createRunningFetches();
  const remote = createLazyRemote(parts.network);
  const limits = {
    maxOpen,
    // Half of all: one owner's long ones leave room for another's.
    maxAdmitted: Math.ceil(settings.maxFetches / 2),
    maxBytes: Math.min(settings.maxFetchBytes, settings.maxFileBytes),
  };
  const isAllowed = (account: Account): boolean => mayFetch(account, settings.offlineDownloads);
  const runFetch = createRunFetch({
    ...parts,
    async mayFetch(id) {
      const account = await accounts.find(id);
      return account !== undefined && isAllowed(account);
    },
    remote,
    running,
    limits,
    onFault: ({ fetchId, error }) =>
      logger.error({ err: error, fetchId }, "an offline download failed"),
  });
  const runner = startJobRunner({
    queue: jobs,
    clock,
    concurrency: settings.maxFetches,
    handlers: {
      [fetchUrlJob]: (payload, signal) => runFetch(JSON.parse(payload) as FetchTicket, signal),
    },
    onFailure: ({ job, error, outcome }) =>
      logger.warn({ err: error, job: job.kind, outcome }, "a job failed"),
  });
  const { wake } = runner;
  return {
    fetches,
    manageFetches: createManageFetches({ ...parts, remote, running, limits, wake }),
    mayFetch: isAllowed,
    fetchSetting: settings.offlineDownloads,
    purge: () => fetches.purge({ before: clock.now() - keptMs, limit: 1_000 }),
    [Symbol.asyncDispose]: () => runner[Symbol.asyncDispose](),
  };
}

/** The HTTP client is loaded by the first download: 30 MB and 0.1 s that most starts do not need. */
function createLazyRemote(network: NetworkSeam): Remote {
  const allows = network.allows ?? createAddressPolicy();
  let loaded: Promise<Remote> | undefined;
  const load = async (): Promise<Remote> => {
    const module = await import("../workers/fetch-url/remote.ts");
    return module.createRemote({ userAgent: "Sampan", ...network, allows });
  };
  return {
    refuses: (url) => refusesHost(url, allows),
    open: async (request) => (await (loaded ??= load())).open(request),
  };
}
