import { dropHidden } from "../drive/hidden.ts";
import { parseName } from "../drive/name.ts";
import { isCoreError } from "../errors.ts";

const maxBytes = 200;
const fallbackName = "download";

/**
 * A file's name out of what a remote suggests. Only the last component counts, whichever separator it uses; what could not stand in a name is
 * replaced, and what is left over is checked like every other name. The first suggestion that yields one wins.
 */
export function chooseRemoteName(suggestions: readonly string[]): string {
  for (const suggestion of suggestions) {
    const name = clean(suggestion);
    if (isName(name)) return name;
  }
  return fallbackName;
}

function clean(suggestion: string): string {
  const last = suggestion.split(/[/\\]/).at(-1) ?? "";
  const visible = last
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\ufff9-\ufffd]/gu, "")
    .replaceAll(/[<>:"|?*]/g, "_")
    .normalize("NFC");
  return shorten(
    dropHidden(visible).replaceAll(/^[\p{White_Space}\u2800.]+|[\p{White_Space}\u2800.]+$/gu, ""),
  );
}

/** Cuts the stem, so that the extension stays. */
function shorten(name: string): string {
  if (Buffer.byteLength(name) <= maxBytes) return name;
  const extension = /\.[A-Za-z0-9.]{1,12}$/.exec(name)?.[0] ?? "";
  let stem = "";
  for (const letter of name.slice(0, name.length - extension.length)) {
    if (Buffer.byteLength(stem + letter + extension) > maxBytes) break;
    stem += letter;
  }
  return stem.trimEnd() + extension;
}

function isName(name: string): boolean {
  try {
    parseName(name);
    return true;
  } catch (error) {
    if (isCoreError(error, "name-refused")) return false;
    throw error;
  }
}
