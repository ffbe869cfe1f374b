import type { AckLog } from "./ack-log.ts";
import type { Outcome } from "./outcome.ts";
import type { Client } from "./client.ts";

/**
 * The model of what the server owes its clients.
 *
 * `pending` names the one request whose outcome is not known: sent, and either unanswered or
 * answered 5xx. Such a thing may be found done or undone, but never half done. The verifier
 * resolves it to what it finds, and from then on the server owes that.
 */
export interface FileModel {
  readonly name: string;
  readonly seed: string;
  readonly size: number;
  readonly sha256: string;
  id: string | null;
  pending: "create" | "delete" | null;
  /** How often its bytes were downloaded and compared after a restart. */
  timesChecked: number;
  busy: boolean;
  /** Already reported as lost; once is enough. */
  isReported: boolean;
}

export interface UploadModel {
  readonly name: string;
  readonly seed: string;
  /** The size it will have in the end; told to the server at creation only when `isSizeDeclared`. */
  readonly size: number;
  readonly isSizeDeclared: boolean;
  /** `tus` appends too, by its own protocol, and completes by itself with the last byte. */
  readonly lane: "parts" | "append" | "tus";
  partSize: number;
  id: string | null;
  state: "open" | "paused";
  pending: "create" | "complete" | "abort" | "pause" | "resume" | null;
  /** Parts lane: acknowledged, and ever sent. */
  readonly ackedParts: Set<number>;
  readonly sentParts: Set<number>;
  /** Append and tus lanes: acknowledged end, and the furthest byte ever sent. */
  ackedEnd: number;
  sentEnd: number;
  busy: boolean;
}

export interface Ledger {
  readonly files: Map<string, FileModel>;
  readonly uploads: Map<string, UploadModel>;
  /** Names whose deletion was acknowledged. */
  readonly deletedNames: Set<string>;
  /** Ids of uploads whose abort was acknowledged, the newest last. */
  readonly abortedIds: string[];
  readonly acknowledged: { operations: number; bytes: number };
  /** For a fresh data folder; the counts go on. */
  forgetEverything(): void;
  /** Logs durably, then counts. */
  acknowledge(entry: { op: string; bytes?: number } & Record<string, unknown>): Promise<void>;
}

/** A client of one running server process, with the ledger that outlives the process. */
export interface Session {
  readonly client: Client;
  readonly ledger: Ledger;
  /** Told about every answer, for kinds that judge the answers themselves. */
  readonly onOutcome?: (step: { op: string; target: string; outcome: Outcome<unknown> }) => void;
}

export function createLedger(log: AckLog): Ledger {
  const ledger: Ledger = {
    files: new Map(),
    uploads: new Map(),
    deletedNames: new Set(),
    abortedIds: [],
    acknowledged: { operations: 0, bytes: 0 },
    forgetEverything() {
      for (const things of [ledger.files, ledger.uploads, ledger.deletedNames]) things.clear();
      ledger.abortedIds.length = 0;
    },
    async acknowledge(entry) {
      await log.record(entry);
      ledger.acknowledged.operations++;
      ledger.acknowledged.bytes += entry.bytes ?? 0;
    },
  };
  return ledger;
}

export function partCount(upload: UploadModel): number {
  return Math.max(1, Math.ceil(upload.size / upload.partSize));
}

export function partLength(upload: UploadModel, number: number): number {
  return Math.min(upload.partSize, upload.size - number * upload.partSize);
}

export function ackedBytes(upload: UploadModel): number {
  if (upload.lane !== "parts") return upload.ackedEnd;
  let bytes = 0;
  for (const number of upload.ackedParts) bytes += partLength(upload, number);
  return bytes;
}

/** Bytes from 0 without a gap: the least `offset` that the server may report. */
export function ackedOffset(upload: UploadModel): number {
  if (upload.lane !== "parts") return upload.ackedEnd;
  let number = 0;
  while (upload.ackedParts.has(number)) number++;
  return Math.min(number * upload.partSize, upload.size);
}

export function isReadyToComplete(upload: UploadModel): boolean {
  return ackedBytes(upload) === upload.size;
}

export function fileModel(known: {
  name: string;
  seed: string;
  size: number;
  sha256: string;
  id: string | null;
}): FileModel {
  const { name, seed, size, sha256, id } = known;
  return {
    name,
    seed,
    size,
    sha256,
    id,
    pending: null,
    timesChecked: 0,
    busy: false,
    isReported: false,
  };
}

export function tell(
  session: Session,
  step: { op: string; target: string; outcome: Outcome<unknown> },
): void {
  session.onOutcome?.(step);
}
