import { basename } from "node:path";
import { UsageError } from "./exit-codes.ts";
import { printable } from "./terminal/format.ts";

/** A server's name never leads out of the folder. */
export function localName(remoteName: string): string {
  const name = basename(remoteName);
  if (name === "" || name === "." || name === ".." || name.includes("\0"))
    throw new UsageError(`"${printable(remoteName)}" is no name for a local file; use -o`);
  return name;
}
