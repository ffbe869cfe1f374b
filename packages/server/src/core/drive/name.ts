/** What may name a file. Refused names are refused whole: nothing is stripped or repaired silently. */
import { CoreError } from "../errors.ts";
import { dropIgnorable, findHidden } from "./hidden.ts";

const MAX_BYTES = 255;
// Controls (C0, DEL, C1), line and paragraph separators, separators of either family of paths, what annotates text that is not there, what no text has.
const FORBIDDEN = /[\p{Cc}\p{Zl}\p{Zp}/\\\ufff9-\ufffb\ufffd\p{Noncharacter_Code_Point}]/u;
const DRIVE_LETTER = /^[A-Za-z]:/;
/** Spaces of all widths: nobody sees that they are there. U+2800 is a braille cell without dots. */
const SPACE_AT_END = /^[\p{White_Space}\u2800]|[\p{White_Space}\u2800]$/u;
const PLAIN = /^[!-~]([ -~]*[!-~])?$/;

/**
 * Returns `name` as given when it can be a file's name here; throws `name-refused`. Names that one system alone keeps for itself (`CON`, `aux.c`,
 * `a:b`) are names: files of other systems have them, and here they are no paths. U+FFFD is refused because it is what invalid UTF-8 decodes to.
 */
export function parseName(name: string): string {
  const refuse = (reason: string): never => {
    const shown = dropIgnorable(name.slice(0, 300)).replaceAll(FORBIDDEN_ALL, "\ufffd");
    throw new CoreError("name-refused", { name: shown.toWellFormed(), reason });
  };
  if (name === "") refuse("empty");
  if (name === "." || name === "..") refuse("reserved");
  const isPlain = PLAIN.test(name);
  if (!isPlain && !name.isWellFormed()) refuse("not valid Unicode");
  const forbidden = FORBIDDEN.exec(name)?.[0];
  if (forbidden !== undefined) refuse(`has ${codeOf(forbidden)}, a control or separator`);
  const hidden = isPlain ? undefined : findHidden(name);
  if (hidden !== undefined)
    refuse(`has ${codeOf(hidden)}, which hides or reorders what stands there`);
  if (DRIVE_LETTER.test(name)) refuse("begins with a drive letter");
  if (name.endsWith(".") || SPACE_AT_END.test(name))
    refuse("begins or ends with a space, or ends with a dot");
  if (Buffer.byteLength(name) > MAX_BYTES) refuse(`longer than ${MAX_BYTES} bytes in UTF-8`);
  return name;
}

const FORBIDDEN_ALL = new RegExp(FORBIDDEN.source, "gu");

/** As people find it in tables: `U+202E`. */
function codeOf(character: string): string {
  const hex = character.codePointAt(0)!.toString(16).toUpperCase();
  return `U+${hex.padStart(4, "0")}`;
}
