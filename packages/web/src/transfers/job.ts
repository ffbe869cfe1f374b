import type { OnConflict, UploadProgress } from "@sampan/sdk";
import { createSpeedMeter, type SpeedMeter } from "./speed-meter.ts";
import type { PlacedSource } from "./sources.ts";
import { waitingProgress, type Transfer, type TransferState } from "./transfer.ts";

/** What the dock does not show of a transfer. */
export interface Job {
  transfer: Transfer;
  source: PlacedSource;
  onConflict: OnConflict;
  /** Null unless active. Whoever finds another one than at the start was overtaken. */
  controller: AbortController | null;
  uploadId: string | null;
  meter: SpeedMeter;
  /** Counts the times the dock went from idle to busy. */
  run: number;
}

export function createJob(source: PlacedSource, { id, run }: { id: number; run: number }): Job {
  const { name, size } = source;
  return {
    transfer: {
      id,
      name,
      size,
      state: { kind: "paused" },
      progress: waitingProgress(size),
      bytesPerSecond: 0,
    },
    source,
    onConflict: "fail",
    controller: null,
    uploadId: null,
    meter: createSpeedMeter(),
    run,
  };
}

export function enterState(job: Job, state: TransferState): void {
  job.transfer = { ...job.transfer, state, bytesPerSecond: 0 };
}

/** Takes note of new progress; returns how many bytes went out since the last. */
export function noteProgress(job: Job, progress: UploadProgress): number {
  const before = job.transfer.progress;
  const sent = (now: UploadProgress): number =>
    now.movedBytes - now.resumedBytes - now.instantBytes;
  const bytes = Math.max(0, sent(progress) - sent(before));
  job.meter.add(bytes);
  // Until the server has said what it holds, the bar stays where it was before a pause.
  const isUnknown = progress.phase === "waiting" || progress.phase === "checking";
  const { heldBytes, movedBytes, resumedBytes } = before;
  const shown = isUnknown ? { ...progress, heldBytes, movedBytes, resumedBytes } : progress;
  job.transfer = { ...job.transfer, progress: shown };
  return bytes;
}
