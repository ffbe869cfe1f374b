import { canRetry, isConflict } from "./failure.ts";
import { isOpen, type Transfer } from "./transfer.ts";

/** The dock's headline: everything that was added since the dock was last idle. */
export interface Summary {
  /** Without what was cancelled. */
  readonly count: number;
  readonly done: number;
  readonly active: number;
  readonly paused: number;
  readonly failed: number;
  /** Of those that failed: for want of a decision about the name, and for what may pass. */
  readonly conflicts: number;
  readonly retryable: number;
  readonly size: number;
  readonly movedBytes: number;
  readonly bytesPerSecond: number;
  /** Null while there is no speed to go by. */
  readonly secondsLeft: number | null;
}

/** Only these move, so only these count for the time that is left. */
function remainingBytes({ state, size, progress }: Transfer): number {
  return state.kind === "active" ? size - progress.movedBytes : 0;
}

export function summarise(transfers: readonly Transfer[], bytesPerSecond: number): Summary {
  const counts = { done: 0, active: 0, paused: 0, failed: 0, cancelled: 0 };
  let size = 0;
  let movedBytes = 0;
  let leftBytes = 0;
  let conflicts = 0;
  let retryable = 0;
  for (const transfer of transfers) {
    counts[transfer.state.kind] += 1;
    if (transfer.state.kind === "cancelled") continue;
    size += transfer.size;
    movedBytes += isOpen(transfer) ? transfer.progress.movedBytes : transfer.size;
    leftBytes += remainingBytes(transfer);
    if (transfer.state.kind !== "failed") continue;
    if (isConflict(transfer.state.failure)) conflicts += 1;
    if (canRetry(transfer.state.failure)) retryable += 1;
  }
  const { done, active, paused, failed, cancelled } = counts;
  return {
    count: transfers.length - cancelled,
    done,
    active,
    paused,
    failed,
    conflicts,
    retryable,
    size,
    movedBytes,
    bytesPerSecond,
    secondsLeft: active > 0 && bytesPerSecond > 0 ? leftBytes / bytesPerSecond : null,
  };
}

/** In 0..1; whole only when everything is. Empty files count as sent. */
export function fractionOf({ movedBytes, size }: { movedBytes: number; size: number }): number {
  return size === 0 ? 1 : Math.min(1, movedBytes / size);
}
