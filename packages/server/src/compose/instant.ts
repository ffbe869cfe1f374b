/** Instant upload, put together. */
import type { FastifyBaseLogger } from "fastify";
import type { Settings } from "../config/settings.ts";
import { createInstantUpload, type InstantDependencies } from "../core/uploads/instant.ts";
import { createLinkOwnContent } from "../core/uploads/link-own.ts";

type Parts = Omit<InstantDependencies, "scope" | "onUnreadable">;

export function composeInstant(
  { settings, logger }: { settings: Settings; logger: FastifyBaseLogger },
  parts: Parts,
) {
  const scope = settings.instant;
  const instantUpload = createInstantUpload({
    ...parts,
    scope,
    onUnreadable: ({ blobId, error }) =>
      logger.error({ err: error, blobId }, "ALARM: a blob's bytes could not be read"),
  });
  return { instantUpload, linkOwnContent: createLinkOwnContent({ ...parts, scope }) };
}
