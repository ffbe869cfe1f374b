/** What may name a file. Refused names are refused whole: nothing is stripped or repaired silently. */
import { CoreError } from "../errors.ts";

const MAX_BYTES = 255;
// Controls (C0, DEL, C1), separators of either family, and the characters that reorder or hide text.
const FORBIDDEN =
  /[\u0000-\u001f\u007f-\u009f/\\\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffd]/u;
const DRIVE_LETTER = /^[A-Za-z]:/;

/**
 * Returns `name` as given when it can be a file's name on every platform people sync to; throws `name-refused`.
 * U+FFFD is refused because it is what invalid UTF-8 decodes to.
 */
export function parseName(name: string): string {
  const refuse = (reason: string): never => {
    throw new CoreError("name-refused", {
      name: name.slice(0, 300).replaceAll(FORBIDDEN_ALL, "\ufffd"),
      reason,
    });
  };
  if (name === "") refuse("empty");
  if (name === "." || name === "..") refuse("reserved");
  if (!name.isWellFormed() || FORBIDDEN.test(name))
    refuse("has a control, separator or direction-changing character");
  if (DRIVE_LETTER.test(name)) refuse("begins with a drive letter");
  if (name.endsWith(".") || name.endsWith(" ") || name.startsWith(" "))
    refuse("begins or ends with a space, or ends with a dot");
  if (Buffer.byteLength(name) > MAX_BYTES) refuse(`longer than ${MAX_BYTES} bytes in UTF-8`);
  return name;
}

const FORBIDDEN_ALL = new RegExp(FORBIDDEN.source, "gu");
