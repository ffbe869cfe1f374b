import type { Client } from "../client.ts";
import { abortable, createGate } from "../concurrency.ts";
import type { CreateHasher } from "../digest.ts";
import { createLink, type Link, type LinkOptions } from "../link.ts";
import { createRetryBudget, withRetry, type RetryOptions } from "../retry.ts";
import type { UploadSource } from "../source.ts";
import type { Durability, InstantScope, OnConflict, ServerLimits, StoredFile } from "../wire.ts";
import { createBatchLane, type BatchLane } from "./batch-lane.ts";
import type { InstantMode } from "./instant.ts";
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
  /** When the server is asked whether it has the content already. Default `overlap`. */
  instant?: InstantMode | undefined;
}

export interface UploadOptions {
  /** Default `fail`. Equal bytes under the same name are never a conflict. */
  onConflict?: OnConflict | undefined;
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
  /** Bytes that were never sent, because the server had the content. */
  instantBytes: number;
  /** No byte had to be sent, or the server had the content before all were. */
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
  const mode = options.instant ?? "overlap";
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
    const { onConflict = "fail", durability, partSize, signal, tally } = sending;
    const { limits, lane, scope } = await abortable(prepare(), signal);
    const isSmall = source.size <= limits.maxBatchFileBytes;
    if (isSmall && onConflict !== "keep-both" && durability === undefined) {
      return await lane.send({ source, tally, onConflict, signal });
    }
    const createPartHasher = withPartDigests ? createHasher : undefined;
    const maxRunBytes = limits.maxPartBytes;
    const instant = { mode, scope };
    const common = {
      client,
      instant,
      source,
      link,
      tally,
      retry,
      signal,
      createHasher,
      createPartHasher,
    };
    const task = (): Promise<SentFile> =>
      sendFile({ ...common, onConflict, durability, partSize, maxRunBytes });
    return await gate(task, signal);
  }

  return {
    link,
    async upload(source, uploadOptions = {}) {
      const tally = createTally(source.size, uploadOptions.onProgress);
      try {
        const { status, file } = await send(source, { ...uploadOptions, tally });
        tally.enter("done");
        const { sentBytes, resumedBytes, instantBytes } = tally.progress;
        const isUnsent = sentBytes === 0 && (source.size > 0 || status === "already-there");
        const isInstant = isUnsent || instantBytes > 0;
        return { status, file, sentBytes, resumedBytes, instantBytes, isInstant };
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
  scope: InstantScope | undefined;
  lane: BatchLane;
}

async function loadSetup(options: UploaderOptions): Promise<Setup> {
  const { client, retry = {}, createHasher } = options;
  const budget = createRetryBudget(retry);
  const { limits, instant } = await withRetry(() => client.getServerInfo(), { budget });
  return { limits, scope: instant, lane: createBatchLane({ client, limits, retry, createHasher }) };
}
