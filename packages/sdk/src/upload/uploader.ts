import type { Client } from "../client.ts";
import { abortable, createGate } from "../concurrency.ts";
import type { CreateHasher } from "../digest.ts";
import { createLink, type Link, type LinkOptions } from "../link.ts";
import { createRetryBudget, withRetry, type RetryOptions } from "../retry.ts";
import type { UploadSource } from "../source.ts";
import type { Durability, OnConflict, ServerLimits, StoredFile } from "../wire.ts";
import { createBatchLane, type BatchLane } from "./batch-lane.ts";
import { sendFile, type SentFile } from "./send-file.ts";
import { createTally, type Tally, type UploadProgress } from "./tally.ts";

export interface UploaderOptions {
  client: Client;
  /** SHA-256 for sources that cannot hash themselves. Without it nothing is verified end to end. */
  createHasher?: CreateHasher | undefined;
  retry?: RetryOptions | undefined;
  link?: LinkOptions | undefined;
  /** Send a `Content-Digest` with every request; each byte is then read twice. Default false. */
  withPartDigests?: boolean | undefined;
  /** How many larger files are under way at once; the rest wait. Default 4. */
  maxActiveFiles?: number | undefined;
}

export interface UploadOptions {
  /** Default `fail`. Equal bytes under the same name are never a conflict. */
  onConflict?: OnConflict | undefined;
  /** The folder; the root unless said. */
  parentId?: string | undefined;
  durability?: Durability | undefined;
  /** Asked of the server when the upload is created; it decides. */
  partSize?: number | undefined;
  /**
   * Stops sending. What the server holds stays, so the same source continues later;
   * `client.abortUpload` frees it.
   */
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: UploadProgress) => void) | undefined;
}

export interface UploadResult {
  status: "stored" | "already-there";
  file: StoredFile;
  /** Bytes acknowledged to this call. */
  sentBytes: number;
  /** Bytes the server held already from an earlier call. */
  resumedBytes: number;
  /** No byte had to be sent. */
  isInstant: boolean;
}

export interface Uploader {
  /** What has been learnt about the network so far. */
  readonly link: Link;
  /** Call it for many sources at once: they share the link, and small ones travel together. */
  upload(source: UploadSource, options?: UploadOptions): Promise<UploadResult>;
}

export function createUploader(options: UploaderOptions): Uploader {
  const { client, createHasher, retry = {}, withPartDigests = false } = options;
  const link = createLink(options.link);
  const gate = createGate(options.maxActiveFiles ?? 4);
  let setup: Promise<Setup> | undefined;

  /** The server's limits are asked for once; a failure is not remembered. */
  function prepare(): Promise<Setup> {
    setup ??= loadSetup(options).catch((error: unknown) => {
      setup = undefined;
      throw error;
    });
    return setup;
  }

  async function send(source: UploadSource, sending: Sending): Promise<SentFile> {
    const { onConflict = "fail", parentId, durability, partSize, signal, tally } = sending;
    const { limits, lane } = await abortable(prepare(), signal);
    const isSmall = source.size <= limits.maxBatchFileBytes;
    if (isSmall && onConflict !== "keep-both" && durability === undefined) {
      return await lane.send({ source, tally, onConflict, parentId, signal });
    }
    const createPartHasher = withPartDigests ? createHasher : undefined;
    const maxRunBytes = limits.maxPartBytes;
    const common = { client, source, link, tally, retry, signal, createHasher, createPartHasher };
    const task = (): Promise<SentFile> =>
      sendFile({ ...common, onConflict, parentId, durability, partSize, maxRunBytes });
    return await gate(task, signal);
  }

  return {
    link,
    async upload(source, uploadOptions = {}) {
      const tally = createTally(source.size, uploadOptions.onProgress);
      try {
        const { status, file } = await send(source, { ...uploadOptions, tally });
        tally.enter("done");
        const { sentBytes, resumedBytes } = tally.progress;
        const isInstant = sentBytes === 0 && (source.size > 0 || status === "already-there");
        return { status, file, sentBytes, resumedBytes, isInstant };
      } finally {
        await source.close?.();
      }
    },
  };
}

interface Sending extends UploadOptions {
  tally: Tally;
}

interface Setup {
  limits: ServerLimits;
  lane: BatchLane;
}

async function loadSetup(options: UploaderOptions): Promise<Setup> {
  const { client, retry = {}, createHasher } = options;
  const budget = createRetryBudget(retry);
  const { limits } = await withRetry(() => client.getServerInfo(), { budget });
  return { limits, lane: createBatchLane({ client, limits, retry, createHasher }) };
}
