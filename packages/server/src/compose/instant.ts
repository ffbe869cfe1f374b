/** Instant upload, put together. */
import {
  createInstantUpload,
  type InstantDependencies,
  type InstantScope,
} from "../core/uploads/instant.ts";
import { createLinkOwnContent } from "../core/uploads/link-own.ts";

interface ErrorLog {
  error(facts: object, message: string): void;
}

type Parts = Omit<InstantDependencies, "scope" | "onUnreadable">;

export function composeInstant(
  { settings, logger }: { settings: { readonly instant: InstantScope }; logger: ErrorLog },
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
