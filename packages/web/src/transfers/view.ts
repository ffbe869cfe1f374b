import type { Job } from "./job.ts";
import { summarise, type Summary } from "./summary.ts";
import { isOpen, type Transfer, type Unfinished } from "./transfer.ts";

/** What the dock shows. */
export interface TransfersView {
  /** What failed comes first, the rest in the order of adding. */
  readonly transfers: readonly Transfer[];
  readonly unfinished: readonly Unfinished[];
  readonly summary: Summary;
  /** The connection is lost, and the engine tries again by itself. */
  readonly isReconnecting: boolean;
}

export interface ViewInput {
  jobs: readonly Job[];
  unfinished: readonly Unfinished[];
  /** The headline is about what was added since the dock was last idle. */
  run: number;
  bytesPerSecond: number;
  isReconnecting: boolean;
}

export function buildView(input: ViewInput): TransfersView {
  const { jobs, unfinished, run, bytesPerSecond, isReconnecting } = input;
  const transfers: Transfer[] = [];
  const current: Transfer[] = [];
  for (const job of jobs) {
    const transfer = withSpeed(job);
    transfers.push(transfer);
    if (job.run === run || isOpen(transfer)) current.push(transfer);
  }
  return {
    transfers: transfers.toSorted((a, b) => Number(hasFailed(b)) - Number(hasFailed(a))),
    unfinished: unfinished.filter((upload) => !jobs.some((job) => isTaken(upload, job))),
    summary: summarise(current, bytesPerSecond),
    isReconnecting,
  };
}

function withSpeed({ transfer, meter }: Job): Transfer {
  const bytesPerSecond = transfer.state.kind === "active" ? meter.read() : 0;
  return bytesPerSecond === transfer.bytesPerSecond ? transfer : { ...transfer, bytesPerSecond };
}

function hasFailed({ state }: Transfer): boolean {
  return state.kind === "failed";
}

/** Before the server has named a file's upload, name and size have to do. */
function isTaken(unfinished: Unfinished, { uploadId, transfer }: Job): boolean {
  if (!isOpen(transfer)) return false;
  if (uploadId !== null) return uploadId === unfinished.uploadId;
  return transfer.name === unfinished.name && transfer.size === unfinished.size;
}
