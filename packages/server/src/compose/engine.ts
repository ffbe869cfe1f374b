/** Uploads, blobs and the drive over their ports. */
import type { FastifyBaseLogger } from "fastify";
import type { Settings } from "../config/settings.ts";
import { createReadContent } from "../core/blobs/content.ts";
import type { ContentHasher } from "../core/blobs/content-hasher.ts";
import { createStoreSmallFile } from "../core/blobs/small-files.ts";
import type { Clock } from "../core/clock.ts";
import { createActiveUploads } from "../core/uploads/active.ts";
import { createCompleteUpload } from "../core/uploads/complete.ts";
import { createCreateUpload, type UploadLimits } from "../core/uploads/create.ts";
import { createLifecycle } from "../core/uploads/lifecycle.ts";
import { createReceiveBytes } from "../core/uploads/receive.ts";
import { createUploadSpeeds, measureSpeed } from "../core/uploads/speed.ts";
import { recover } from "../core/uploads/recover.ts";
import { createDrive } from "./drive.ts";
import { composeInstant } from "./instant.ts";
import type { Stores } from "./metadata.ts";
import type { Storage } from "./storage.ts";

const maxParts = 10_000;
const defaultPartBytes = 8 * 1024 * 1024;

export interface EngineParts
  extends
    Pick<Stores, "uploads" | "files" | "index" | "nodes" | "shares" | "instant">,
    Pick<Storage, "blobs" | "capacity"> {
  readonly settings: Settings;
  readonly logger: FastifyBaseLogger;
  readonly clock: Clock;
  readonly hasher: ContentHasher;
}

export type Engine = ReturnType<typeof createEngine>;

export function createEngine(parts: EngineParts) {
  const { settings, logger, index, blobs, hasher } = parts;
  const { uploadTtlMs } = settings;
  const limits: UploadLimits = { ...settings, maxParts, defaultPartBytes };
  const active = createActiveUploads({ hasher, blobs });
  const onCleanUpError = (error: unknown) =>
    logger.warn({ err: error }, "a staging file could not be removed; start-up will");
  const readContent = createReadContent({ index, blobs });
  const speeds = createUploadSpeeds(parts);
  return {
    limits,
    active,
    readContent,
    ...createDrive(parts),
    ...composeInstant(parts, { ...parts, active, readContent, onCleanUpError }),
    createUpload: createCreateUpload({ ...parts, limits }),
    speeds,
    receiveBytes: measureSpeed(createReceiveBytes({ ...parts, active, uploadTtlMs }), speeds),
    completeUpload: createCompleteUpload({ ...parts, active, onCleanUpError }),
    lifecycle: createLifecycle({ ...parts, active }),
    storeSmallFile: createStoreSmallFile({ ...parts, limits }),
  };
}

/** Brings rows and bytes into agreement; `settled` resolves when what goes on in the background is done. */
export async function recoverEngine(parts: EngineParts & Pick<Engine, "completeUpload">) {
  const { logger } = parts;
  const recovered = await recover({
    ...parts,
    onAckLost: (facts) => logger.error(facts, "ALARM: acknowledged bytes are not there"),
    onRedoFailed: ({ uploadId, error }) =>
      logger.warn({ err: error, uploadId }, "a completion could not be redone"),
  });
  logger.info(recovered.report, "recovered");
  return recovered;
}
