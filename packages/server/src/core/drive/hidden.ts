/**
 * Characters that cannot be seen (Unicode's `Default_Ignorable_Code_Point`): they make two names look alike, hide a part of one, or turn its
 * direction. A few of them belong to writing, and stay where they mean something, which is directly after a character of their own kind:
 *
 *   joiners (U+200C, U+200D)            after a letter or mark of a script that joins letters or builds conjuncts (Persian, Hindi, …); U+200D in emoji
 *   variation selectors                 after an emoji, a symbol, an ideograph, or a letter of a script that has such forms
 *   tags (U+E0020–E007F)                after the black flag: the flags of England and others
 *   zero width space (U+200B)           after a letter of a script that is written without spaces (Khmer, Thai, …)
 *
 * Anywhere else they are hidden. What stays does not make a name another one: see `name-key.ts`.
 */
const ignorable = /\p{Default_Ignorable_Code_Point}/u;
const ignorables = new RegExp(ignorable.source, "gu");

const joining = letterOf(
  ["Arabic", "Syriac", "Nko", "Mongolian", "Mandaic", "Adlam", "Hanifi_Rohingya", "Phags_Pa"],
  ["Devanagari", "Bengali", "Gurmukhi", "Gujarati", "Oriya", "Tamil", "Telugu", "Kannada"],
  ["Malayalam", "Sinhala", "Tibetan", "Myanmar", "Khmer", "Balinese", "Javanese", "Sundanese"],
  ["Limbu", "Meetei_Mayek", "Chakma", "Newa", "Tirhuta", "Grantha", "Lepcha"],
);
const unspaced = letterOf(["Khmer", "Lao", "Thai", "Myanmar"]);
const varied = letterOf(["Mongolian", "Myanmar", "Phags_Pa"]);

/** Which characters may stand, and after which. */
const meanings: readonly { readonly what: RegExp; readonly after: RegExp }[] = [
  { what: /^[\u200c\u200d]$/, after: joining },
  { what: /^\u200d$/, after: /^[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f]$/u },
  { what: /^\u200b$/, after: unspaced },
  { what: /^[\ufe00-\ufe0f]$/, after: /^[\p{Emoji}\p{S}\p{Ideographic}]$/u },
  { what: /^[\u{e0100}-\u{e01ef}]$/u, after: /^\p{Ideographic}$/u },
  { what: /^\p{Variation_Selector}$/u, after: varied },
  { what: /^\u180e$/, after: varied },
  { what: /^[\u{e0020}-\u{e007f}]$/u, after: /^[\u{1f3f4}\u{e0020}-\u{e007e}]$/u },
];

/** The first character that cannot be seen and means nothing where it stands. */
export function findHidden(text: string): string | undefined {
  if (!ignorable.test(text)) return undefined;
  let before = "";
  for (const character of text) {
    if (isHidden(character, before)) return character;
    before = character;
  }
  return undefined;
}

/** The text without what `findHidden` would find. */
export function dropHidden(text: string): string {
  if (!ignorable.test(text)) return text;
  let kept = "";
  let before = "";
  for (const character of text) {
    if (isHidden(character, before)) continue;
    kept += character;
    before = character;
  }
  return kept;
}

/** The text without anything that cannot be seen. */
export function dropIgnorable(text: string): string {
  return ignorable.test(text) ? text.replaceAll(ignorables, "") : text;
}

function isHidden(character: string, before: string): boolean {
  if (!ignorable.test(character)) return false;
  return !meanings.some(({ what, after }) => what.test(character) && after.test(before));
}

function letterOf(...scripts: string[][]): RegExp {
  const any = scripts.flat().map((script) => `\\p{Script_Extensions=${script}}`);
  return new RegExp(`^(?=[\\p{L}\\p{M}])[${any.join("")}]$`, "u");
}
