/** Where bytes are kept, and how much room there is for them. */
import { resolve } from "node:path";
import type { FastifyBaseLogger } from "fastify";
import type { Settings } from "../config/settings.ts";
import { createCapacity } from "../core/blobs/capacity.ts";
import { createDiskUse } from "../core/blobs/disk-use.ts";
import type { FamilyMetrics } from "../operations/family-metrics.ts";
import { openLocalStore } from "../storage/local/local-store.ts";
import { openLocalSpool } from "../storage/local/spool.ts";
import { retryStore } from "../storage/wrap/retry.ts";

export type Storage = Awaited<ReturnType<typeof openStorage>>;

export async function openStorage(
  {
    settings,
    logger,
    dataFolder,
    metrics,
  }: {
    settings: Settings;
    logger: FastifyBaseLogger;
    dataFolder: string;
    metrics: FamilyMetrics;
  },
  opened: AsyncDisposableStack,
) {
  const { storeUrl } = settings;
  const root = storeUrl === undefined ? dataFolder : resolve(storeUrl.slice("file:".length));
  const onPoison = (error: Error) =>
    logger.fatal({ err: error }, "a flush failed: writes are stopped until restart");
  const local = opened.use(await openLocalStore({ root, onPoison }));
  const blobs = retryStore(local, {
    attempts: settings.storageAttempts,
    initialDelayMs: settings.storageRetryDelayMs,
    onRetry(error) {
      metrics.countRetry();
      logger.warn({ err: error }, "storage failed for the moment: trying again");
    },
  });
  const diskUse = createDiskUse(() => local.space(), {
    warningPercent: settings.diskWarningPercent,
    stopPercent: settings.diskStopPercent,
    onChange: ({ state, usedPercent }) =>
      logger[state === "ok" ? "info" : "error"]({ state, usedPercent }, "ALERT: use of the disk"),
  });
  const reserveBytes = await blobs.reserveBytes(settings.diskReserveBytes);
  const capacity = createCapacity({ freeBytes: () => blobs.freeBytes(), reserveBytes });
  return { blobs, spool: await openLocalSpool(root), capacity, diskUse };
}
