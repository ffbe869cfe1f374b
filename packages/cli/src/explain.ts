import { SampanError } from "@sampan/sdk";
import { printable } from "./terminal/format.ts";

/** What a person can do about it, where the message alone does not say. */
const HINTS: Readonly<Record<string, string>> = {
  unauthenticated: "the server does not accept this token",
  "name-taken": "--on-conflict keep-both or replace decides otherwise",
  "target-exists": "--force replaces it",
  "source-changed": "put it again once it no longer changes",
  "fetches-not-allowed": "the server's setting offlineDownloads decides",
  "upload-paused": "sampan uploads resume, then put again",
};

/** One line, safe to print. */
export function explain(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const hint = error instanceof SampanError ? HINTS[error.code] : undefined;
  return printable(hint === undefined ? message : `${message} (${hint})`);
}

/** The same for scripts. */
export function describeError(error: unknown): { code: string; message: string } {
  const code = error instanceof SampanError ? error.code : "unexpected";
  return { code, message: error instanceof Error ? error.message : String(error) };
}
