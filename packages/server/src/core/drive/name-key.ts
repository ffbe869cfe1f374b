import { dropIgnorable } from "./hidden.ts";

/**
 * Two names with the same key are twins: they could not live side by side on every file system, or nobody could tell them apart by what is
 * seen of them.
 */
export function nameKey(name: string): string {
  return dropIgnorable(name).normalize("NFC").toLowerCase().normalize("NFC");
}
