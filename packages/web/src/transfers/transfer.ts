import type { StoredFile, UploadProgress } from "@sampan/sdk";
import type { Failure } from "./failure.ts";

/**
 * One file on its way to the server.
 *
 *   active     waiting for its turn, checking, sending or verifying: `progress.phase` tells which
 *   paused     stopped by the person; the server keeps what it holds
 *   failed     given up; `failure` says why
 *   cancelled  stopped for good; the server is told to forget what it holds
 *   done       stored and verified
 *
 *   active → paused | failed | cancelled | done
 *   paused, failed → active | cancelled
 *   cancelled → active, from the beginning
 */
export type TransferState =
  | { readonly kind: "active" }
  | { readonly kind: "paused" }
  | { readonly kind: "failed"; readonly failure: Failure }
  | { readonly kind: "cancelled" }
  | { readonly kind: "done"; readonly file: StoredFile; readonly isInstant: boolean };

export interface Transfer {
  readonly id: number;
  readonly name: string;
  readonly size: number;
  readonly state: TransferState;
  readonly progress: UploadProgress;
  readonly bytesPerSecond: number;
}

/** An upload that an earlier visit began, and that waits for its file. */
export interface Unfinished {
  readonly uploadId: string;
  readonly name: string;
  readonly size: number;
  readonly heldBytes: number;
}

export function waitingProgress(size: number): UploadProgress {
  return {
    phase: "waiting",
    size,
    heldBytes: 0,
    movedBytes: 0,
    resumedBytes: 0,
    sentBytes: 0,
    hashedBytes: 0,
    instantBytes: 0,
  };
}

export function isOpen({ state }: Transfer): boolean {
  return state.kind === "active" || state.kind === "paused" || state.kind === "failed";
}
