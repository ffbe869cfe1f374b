/** What is told of a file on its way to a server. */
import type { UploadProgress } from "@sampan/sdk";
import { formatBytes, formatDuration, printable } from "./terminal/format.ts";

export function describePhase({ phase, size, hashedBytes }: UploadProgress): string | undefined {
  if (phase === "checking" && hashedBytes === 0) return undefined;
  if (phase !== "verifying" && phase !== "checking") return undefined;
  return hashedBytes < size ? `hashing ${Math.floor((hashedBytes / size) * 100)}%` : "verifying";
}

export function summarizeSent(done: {
  path: string;
  /** What follows the path where it is stored under another name. */
  renamed?: string;
  size: number;
  seconds: number;
  resumedBytes: number;
}): string {
  const { path, renamed = "", size, seconds, resumedBytes } = done;
  const resumed = resumedBytes > 0 ? `, ${formatBytes(resumedBytes)} of it sent before` : "";
  return `✓ ${printable(path)}${renamed}  ${formatBytes(size)} in ${formatDuration(seconds)}${resumed}`;
}
