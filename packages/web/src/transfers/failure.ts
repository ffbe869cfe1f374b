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

/** Trying the same again cannot help: the file itself has to be added again, or renamed. */
export function canRetry({ code }: Failure): boolean {
  return !["source-changed", "unreadable", "name-refused", "file-too-large"].includes(code);
}
