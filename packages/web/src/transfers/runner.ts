import type { Client, StoredFile, Uploader } from "@sampan/sdk";
import { toFailure } from "./failure.ts";
import { enterState, noteProgress, type Job } from "./job.ts";
import { partSizeFor } from "./part-size.ts";
import type { RememberedUploads } from "./remembered-uploads.ts";
import { createSpeedMeter } from "./speed-meter.ts";
import type { TransferState } from "./transfer.ts";

/** Starts and stops jobs, and knows how fast they go together. */
export interface Runner {
  readonly isReconnecting: boolean;
  readIsBusy(): boolean;
  readSpeed(): number;
  start(job: Job): void;
  stop(job: Job, state: TransferState): void;
  cancel(job: Job): void;
  /** The engine waits before it tries again. */
  noteReconnecting(): void;
  /** Frees what the server holds of an upload that nobody wants. */
  abort(uploadId: string): void;
}

export interface RunnerOptions {
  client: Pick<Client, "abortUpload">;
  upload: Uploader["upload"];
  remembered: Pick<RememberedUploads, "remove">;
  onStored: (file: StoredFile) => void;
  onChange: () => void;
}

export function createRunner(options: RunnerOptions): Runner {
  const { client, upload, remembered, onStored, onChange } = options;
  let meter = createSpeedMeter();
  let activeJobs = 0;
  let isReconnecting = false;

  function start(job: Job): void {
    if (job.controller !== null) return;
    const controller = new AbortController();
    const isCurrent = (): boolean => job.controller === controller;
    // The time in which nothing was to be sent must not count as slowness.
    if (activeJobs === 0) meter = createSpeedMeter();
    activeJobs += 1;
    job.controller = controller;
    job.meter = createSpeedMeter();
    enterState(job, { kind: "active" });
    onChange();
    const sending = upload(job.source, {
      onConflict: job.onConflict,
      parentId: job.source.parentId,
      partSize: partSizeFor(job.source.size),
      signal: controller.signal,
      onProgress(progress) {
        if (!isCurrent()) return;
        const bytes = noteProgress(job, progress);
        meter.add(bytes);
        if (bytes > 0) isReconnecting = false;
        onChange();
      },
    });
    sending.then(
      ({ file, status, isInstant }) => {
        if (!isCurrent()) return;
        forget(job);
        stop(job, { kind: "done", file, isInstant: isInstant || status === "already-there" });
        onStored(file);
      },
      (error: unknown) => {
        if (isCurrent()) stop(job, { kind: "failed", failure: toFailure(error) });
      },
    );
  }

  function stop(job: Job, state: TransferState): void {
    if (job.controller !== null) {
      const { controller } = job;
      job.controller = null;
      activeJobs -= 1;
      controller.abort();
    }
    if (activeJobs === 0 || state.kind === "done") isReconnecting = false;
    enterState(job, state);
    onChange();
  }

  function forget(job: Job): void {
    if (job.uploadId !== null) remembered.remove(job.uploadId);
    job.uploadId = null;
  }

  /** What cannot be told now, the server finds out by itself when the upload expires. */
  function abort(uploadId: string): void {
    client.abortUpload(uploadId).catch(() => undefined);
  }

  return {
    get isReconnecting() {
      return isReconnecting;
    },
    readIsBusy: () => activeJobs > 0,
    readSpeed: () => meter.read(),
    start,
    stop,
    abort,
    cancel(job) {
      stop(job, { kind: "cancelled" });
      if (job.uploadId !== null) abort(job.uploadId);
      forget(job);
    },
    noteReconnecting() {
      isReconnecting = activeJobs > 0;
      onChange();
    },
  };
}
