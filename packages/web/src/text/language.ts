/** The languages of the page, each by its own name. */
export const languageNames = {
  en: "English",
  "zh-CN": "简体中文",
  "zh-TW": "繁體中文",
} as const;

export type Language = keyof typeof languageNames;

export function isLanguage(value: unknown): value is Language {
  return typeof value === "string" && Object.hasOwn(languageNames, value);
}

/** Of what somebody reads, the first that there is. */
export function chooseLanguage(wanted: readonly string[]): Language {
  return wanted.map(languageOf).find((language) => language !== null) ?? "en";
}

/** A British reader keeps British dates. */
export function localeFor(language: Language, wanted: readonly string[]): string {
  return wanted.find((own) => languageOf(own) === language) ?? language;
}

function languageOf(tag: string): Language | null {
  if (/^en\b/i.test(tag)) return "en";
  if (!/^zh\b/i.test(tag)) return null;
  return /\b(Hant|TW|HK|MO)\b/i.test(tag) && !/\bHans\b/i.test(tag) ? "zh-TW" : "zh-CN";
}
