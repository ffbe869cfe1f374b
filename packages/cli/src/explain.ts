import { hasCode, SampanError } from "@sampan/sdk";
import { printable } from "./terminal/format.ts";

/** What a person can do about it, where the message alone does not say. */
const HINTS: Readonly<Record<string, string>> = {
  unauthenticated: "the server does not accept this token",
  "name-taken": "--on-conflict keep-both or replace decides otherwise",
  "target-exists": "--force replaces it",
  "source-changed": "put it again once it no longer changes",
  "fetches-not-allowed": "the server's setting offlineDownloads decides",
  "shared-link-not-found": "it may have ended, or be mistyped",
  "preview-only": "its owner allows no downloads",
  "too-many-attempts": "wait a few minutes",
  "upload-paused": "sampan uploads resume, then put again",
};

/** One line, safe to print. */
export function explain(error: unknown): string {
  const message = messageOf(error);
  const hint = error instanceof SampanError ? HINTS[error.code] : undefined;
  return printable(hint === undefined ? message : `${message} (${hint})`);
}

function messageOf(error: unknown): string {
  if (hasCode(error, "invalid-request")) {
    const { field, reason } = error.facts;
    const what = typeof reason === "string" ? reason : error.message;
    return typeof field === "string" ? `${field}: ${what}` : what;
  }
  if (hasCode(error, "forbidden") && typeof error.facts["needed"] === "string")
    return `${error.message} (it would have to be allowed ${error.facts["needed"]})`;
  if (hasCode(error, "share-locked") && error.facts["isWrong"] === true)
    return "that is not the password of the link";
  return error instanceof Error ? error.message : String(error);
}

/** The same for scripts. */
export function describeError(error: unknown): { code: string; message: string } {
  const code = error instanceof SampanError ? error.code : "unexpected";
  return { code, message: messageOf(error) };
}
