/**
 * The transfers of this page: what the dock's buttons do. It outlives every view of the page. The
 * engine below remembers nothing; the server knows each upload by its source's key, so pausing is
 * stopping, and resuming is uploading again.
 */
import type { Client, OnConflict } from "@sampan/sdk";
import { createStore, type Store } from "../state/store.ts";
import { createThrottle } from "../state/throttle.ts";
import type { Failure } from "./failure.ts";
import { createJob, type Job } from "./job.ts";
import { createJobList, keyOf } from "./job-list.ts";
import type { OnOpened } from "./opened-uploads.ts";
import type { RememberedUploads } from "./remembered-uploads.ts";
import { createRunner, type RunnerOptions } from "./runner.ts";
import type { PlacedSource } from "./sources.ts";
import { isOpen, type Unfinished } from "./transfer.ts";
import { buildView, type TransfersView } from "./view.ts";

export interface Transfers extends Store<TransfersView> {
  /** A file that is in the dock already is continued rather than added twice. */
  add(sources: readonly PlacedSource[]): void;
  pause(id: number): void;
  resume(id: number): void;
  cancel(id: number): void;
  retry(id: number, onConflict?: OnConflict): void;
  pauseAll(): void;
  resumeAll(): void;
  cancelAll(): void;
  /** What failed for such a reason. */
  retryFailed(isMeant: (failure: Failure) => boolean, onConflict?: OnConflict): void;
  clearEnded(): void;
  /** Stops everything and empties the dock; the server keeps what it holds. */
  leave(): void;
  findUnfinished(): Promise<void>;
  discardUnfinished(uploadId: string): Promise<void>;
  noteReconnecting(): void;
  readonly noteOpened: OnOpened;
}

export interface TransfersOptions extends Omit<RunnerOptions, "onChange"> {
  client: Pick<Client, "abortUpload" | "listUploads">;
  remembered: RememberedUploads;
}

const PUBLISH_MS = 120;
/** While something is under way, speeds and times change also without news. */
const REFRESH_MS = 500;

export function createTransfers(options: TransfersOptions): Transfers {
  const { client, remembered } = options;
  const jobs = createJobList();
  let unfinished: Unfinished[] = [];
  /** Ids of the uploads that are this page's own: not unfinished, whatever an old answer says. */
  const own = new Set<string>();
  let nextId = 1;
  let run = 0;

  const publish = createThrottle(() => {
    store.set(view());
    if (runner.readIsBusy()) setTimeout(publish, REFRESH_MS);
  }, PUBLISH_MS);
  const runner = createRunner({ ...options, onChange: publish });
  const store = createStore(view());

  function view(): TransfersView {
    const { isReconnecting } = runner;
    const bytesPerSecond = runner.readSpeed();
    return buildView({ jobs: jobs.all(), unfinished, run, bytesPerSecond, isReconnecting });
  }

  function addOne(source: PlacedSource, triedBefore: ReadonlyMap<string, Job>): void {
    const same = jobs.findByKey(keyOf(source));
    if (same !== undefined && isOpen(same.transfer)) {
      same.source = source;
      runner.start(same);
      return;
    }
    const earlier = triedBefore.get(nameIn(source));
    if (earlier !== undefined) jobs.drop(earlier);
    const job = createJob(source, { id: nextId, run });
    nextId += 1;
    jobs.add(job);
    runner.start(job);
  }

  function retry(job: Job, onConflict: OnConflict | undefined): void {
    job.onConflict = onConflict ?? job.onConflict;
    runner.start(job);
  }

  function withJob(id: number, act: (job: Job) => void): void {
    const job = jobs.get(id);
    if (job !== undefined) act(job);
  }

  return {
    ...store,
    add(sources) {
      if (!jobs.hasOpen()) run += 1;
      const tried = jobs.list("failed", "cancelled");
      const triedBefore = new Map(tried.map((job) => [nameIn(job.source), job]));
      for (const source of sources) addOne(source, triedBefore);
    },
    pause: (id) => withJob(id, (job) => runner.stop(job, { kind: "paused" })),
    resume: (id) => withJob(id, runner.start),
    cancel: (id) => withJob(id, runner.cancel),
    retry: (id, onConflict) => withJob(id, (job) => retry(job, onConflict)),
    pauseAll() {
      for (const job of jobs.list("active")) runner.stop(job, { kind: "paused" });
    },
    resumeAll() {
      for (const job of jobs.list("paused")) runner.start(job);
    },
    cancelAll() {
      for (const job of jobs.list("active", "paused", "failed")) runner.cancel(job);
    },
    retryFailed(isMeant, onConflict) {
      for (const job of jobs.list("failed")) {
        const { state } = job.transfer;
        if (state.kind === "failed" && isMeant(state.failure)) retry(job, onConflict);
      }
    },
    clearEnded() {
      for (const job of jobs.list("done", "cancelled")) jobs.drop(job);
      publish();
    },
    leave() {
      for (const job of jobs.all()) {
        runner.stop(job, { kind: "paused" });
        jobs.drop(job);
      }
      unfinished = [];
      own.clear();
      store.set(view());
    },
    async findUnfinished() {
      const found = await remembered.findUnfinished(client);
      unfinished = found.filter(({ uploadId }) => !own.has(uploadId));
      publish();
    },
    async discardUnfinished(uploadId) {
      await client.abortUpload(uploadId);
      remembered.remove(uploadId);
      unfinished = unfinished.filter((upload) => upload.uploadId !== uploadId);
      publish();
    },
    noteReconnecting: runner.noteReconnecting,
    noteOpened({ sourceKey, upload: { id } }) {
      const job = jobs.findByKey(sourceKey);
      if (job?.transfer.state.kind === "cancelled") {
        runner.abort(id);
        return;
      }
      own.add(id);
      unfinished = unfinished.filter(({ uploadId }) => uploadId !== id);
      remembered.add(id);
      if (job !== undefined) job.uploadId = id;
    },
  };
}

function nameIn({ parentId, name }: PlacedSource): string {
  return `${parentId}/${name}`;
}
