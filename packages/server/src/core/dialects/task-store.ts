/**
 * The persistence port of what other families' clients say about an upload and the engine has no use for: their own name for it, how
 * many chunks there are, which digest each must have. An upload without a task is one that another dialect began.
 */
import type { Upload, UploadState } from "../uploads/upload.ts";

export interface Task {
  readonly uploadId: string;
  readonly ownerId: string;
  readonly dialect: string;
  readonly key: string;
  readonly totalChunks: number | null;
  /** Bytes of every chunk but the last; null until one has shown it. */
  readonly chunkSize: number | null;
  /** The whole did not have its digest: what comes again replaces what is held. */
  readonly isSuspect: boolean;
}

export interface TaskStore {
  find(uploadId: string): Promise<Task | undefined>;
  findMany(uploadIds: readonly string[]): Promise<ReadonlyMap<string, Task>>;
  findByKey(input: { ownerId: string; dialect: string; key: string }): Promise<Task | undefined>;
  /** The digest declared for one chunk; undefined where none was. */
  chunkHash(input: { uploadId: string; index: number }): Promise<string | undefined>;
  /**
   * Keeps what the client declared. A key that another upload had moves to this one. Said again otherwise of the same upload, the chunk size
   * is forgotten and what is held becomes suspect.
   */
  put(input: {
    task: Omit<Task, "isSuspect">;
    chunkHashes: readonly string[] | null;
    now: number;
  }): Promise<void>;
  /** Fixes the chunk size, also as the upload's part size, unless it is fixed; answers what it is. */
  settleChunkSize(input: { uploadId: string; chunkSize: number }): Promise<number>;
  markSuspect(input: { uploadId: string; isSuspect: boolean }): Promise<void>;
  /** Names an open upload whose name its client says last. Throws `superseded` when it is not receiving. */
  rename(input: { uploadId: string; name: string; now: number }): Promise<Upload>;
  /** Open uploads of one owner and dialect that have not expired. */
  countOpen(input: { ownerId: string; dialect: string; now: number }): Promise<number>;
  /** How many uploads of an owner there are, by state. */
  countByState(ownerId: string): Promise<Readonly<Partial<Record<UploadState, number>>>>;
}
