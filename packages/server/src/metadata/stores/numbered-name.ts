import { extname } from "node:path";
import { nameKey } from "../../core/drive/name-key.ts";

const MAX_NAME_BYTES = 255;
const MAX_EXTENSION_BYTES = 64;

/** `photo.jpg` → `photo (2).jpg`, the stem cut where the whole would not fit a file name. */
export function numberedName(name: string, number: number): string {
  const extension = extensionOf(name);
  const suffix = ` (${number})${extension}`;
  const room = MAX_NAME_BYTES - Buffer.byteLength(suffix);
  let stem = "";
  let bytes = 0;
  for (const character of name.slice(0, name.length - extension.length)) {
    bytes += Buffer.byteLength(character);
    if (bytes > room) break;
    stem += character;
  }
  return stem + suffix;
}

/** What follows the last dot, as far as anyone means it as a type: a name that is nearly all "extension" is cut like any other. */
function extensionOf(name: string): string {
  const extension = extname(name);
  return Buffer.byteLength(extension) <= MAX_EXTENSION_BYTES ? extension : "";
}

/**
 * A free number from `from` on, by doubling steps and then halving: some dozen probes beside a million siblings. It is the next one after a
 * taken one; where files in between were deleted it need not be the lowest.
 */
export async function findFreeName(
  name: string,
  { from = 2, isTaken }: { from?: number; isTaken: (key: string) => Promise<boolean> },
): Promise<{ name: string; number: number }> {
  const isNumberTaken = (number: number) => isTaken(nameKey(numberedName(name, number)));
  let taken = from - 1;
  let free = from;
  for (let step = 1; await isNumberTaken(free); step *= 2) {
    taken = free;
    free += step;
  }
  while (free - taken > 1) {
    const middle = Math.floor((taken + free) / 2);
    if (await isNumberTaken(middle)) taken = middle;
    else free = middle;
  }
  return { name: numberedName(name, free), number: free };
}
