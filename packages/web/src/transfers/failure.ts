import { SampanError } from "@sampan/sdk";

/** Why something did not work, for the dictionary to put into words. */
export interface Failure {
  /** The server's or the SDK's code, or one of ours: `unreadable`, `unexpected`. */
  readonly code: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** What browsers throw when a chosen file is gone, changed or may not be read. */
const UNREADABLE: ReadonlySet<string> = new Set([
  "NotFoundError",
  "NotReadableError",
  "NotAllowedError",
  "SecurityError",
]);

export function toFailure(error: unknown): Failure {
  if (error instanceof SampanError) return { code: error.code, facts: error.facts };
  const isUnreadable = error instanceof DOMException && UNREADABLE.has(error.name);
  if (isUnreadable) return { code: "unreadable", facts: {} };
  return { code: "unexpected", facts: { message: String(error) } };
}

/** Trying the same again can help. Else the file has to be added again, renamed or decided about. */
export function canRetry(failure: Failure): boolean {
  const { code } = failure;
  if (isConflict(failure)) return false;
  return !["source-changed", "unreadable", "name-refused", "file-too-large"].includes(code);
}

/** The person has to choose which of two files keeps the name. */
export function isConflict({ code }: Failure): boolean {
  return code === "name-taken";
}
