import { parseArgs, type ParseArgsConfig } from "node:util";
import type { InstantMode, OnConflict } from "@sampan/sdk";
import { UsageError } from "./exit-codes.ts";
import { parseDuration } from "./terminal/format.ts";

/** `parseArgs`, whose complaints become usage errors of one line. */
export function parseFlags<Config extends ParseArgsConfig>(
  config: Config,
): ReturnType<typeof parseArgs<Config>> {
  try {
    return parseArgs(config);
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    // Its second sentence explains how to escape a dash; nobody needs it here.
    throw new UsageError(cause.message.split(". ")[0], { cause });
  }
}

export function parseOnConflict(text: string | undefined): OnConflict {
  if (text === undefined) return "fail";
  if (text === "fail" || text === "keep-both" || text === "replace") return text;
  throw new UsageError(`--on-conflict is fail, keep-both or replace, not "${text}"`);
}

export function parseInstant(text: string | undefined): InstantMode {
  if (text === undefined) return "overlap";
  if (text === "overlap" || text === "first" || text === "off") return text;
  throw new UsageError(`--instant is overlap, first or off, not "${text}"`);
}

const DEFAULT_RETRY_MS = 120_000;

export function parseRetryFor(text: string | undefined): number {
  if (text === undefined) return DEFAULT_RETRY_MS;
  const retryForMs = parseDuration(text);
  if (retryForMs !== null) return retryForMs;
  throw new UsageError(`--retry-for is a time such as 90, 90s, 2m or 0, not "${text}"`);
}
