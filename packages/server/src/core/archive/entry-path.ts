/**
 * Paths as an archive may hold them. The drive's names are checked when they are made, but an archive is unpacked on other people's
 * machines: what leads out of the folder that it is unpacked into must not get in, however it came to be stored.
 */
import { nameKey } from "../drive/name-key.ts";
import { CoreError } from "../errors.ts";

/** The field's width in the format. */
const maxPathBytes = 0xffff;
// Windows' separator, its drives (a colon elsewhere is a name like any other), and controls.
const harmful = /[\u0000-\u001f\u007f\\]|(?<=^[A-Za-z]):/gu;

/** Most paths: nothing in them to look at twice. */
const plainPath = /^(?![A-Za-z]:)[\w -][\w :.-]*$/;

/** Relative, without `.`, `..`, empty or harmful parts; throws `name-refused` when nothing is left or it is too long. */
export function safePath(path: string): string {
  if (path.length <= 255 && plainPath.test(path)) return path;
  const parts = path
    .split("/")
    .map((part) => part.toWellFormed().replaceAll(harmful, "_"))
    .filter((part) => part !== "" && part !== "." && part !== "..");
  const safe = parts.join("/");
  const refuse = (reason: string) =>
    new CoreError("name-refused", { name: safe.slice(0, 300), reason });
  if (safe === "") throw refuse("cannot be a path in an archive");
  // One byte is left for the slash at the end of a folder.
  if (Buffer.byteLength(safe) >= maxPathBytes) throw refuse(`longer than ${maxPathBytes} bytes`);
  return safe;
}

/** Gives each path once: twins, also those in letter case only, get a number. Folders that come again are the same folder. */
export function createUniquePaths() {
  const taken = new Map<string, "file" | "folder">();
  const lastNumbers = new Map<string, number>();

  return {
    /** Undefined for a folder that is there already. */
    take(path: string, kind: "file" | "folder"): string | undefined {
      const safe = safePath(path);
      const key = keyOf(safe);
      const there = taken.get(key);
      if (there === "folder" && kind === "folder") return undefined;
      let free = safe;
      if (there !== undefined) {
        let number = lastNumbers.get(key) ?? 1;
        do free = numbered(safe, ++number);
        while (taken.has(keyOf(free)));
        lastNumbers.set(key, number);
      }
      taken.set(keyOf(free), kind);
      return kind === "folder" ? `${free}/` : free;
    },
  };
}

/** ASCII is its own normal form, and most of what there is. */
const keyOf = (path: string): string =>
  /^[\x20-\x7e]*$/.test(path) ? path.toLowerCase() : nameKey(path);

/** `a/b.txt` → `a/b (2).txt`. */
function numbered(path: string, number: number): string {
  const [, stem, ending] = /^(.*[^/])(\.[^./]*)$/su.exec(path) ?? [];
  return stem === undefined ? `${path} (${number})` : `${stem} (${number})${ending}`;
}
