import { createContext, use, useEffect, useMemo, useState, type ReactNode } from "react";
import type { Keep } from "../state/keep.ts";
import { chinese } from "./chinese.ts";
import { english, type Dictionary } from "./english.ts";
import { createFormat, type Format } from "./format.ts";
import { chooseLanguage, isLanguage, localeFor, type Language } from "./language.ts";
import { traditional } from "./traditional.ts";

export interface Text {
  readonly t: Dictionary;
  readonly format: Format;
  readonly language: Language;
  setLanguage(language: Language): void;
}

const KEY = "sampan.language";
const dictionaries: Readonly<Record<Language, Dictionary>> = {
  en: english,
  "zh-CN": chinese,
  "zh-TW": traditional,
};
const TextContext = createContext<Text | null>(null);

export function TextProvider({ keep, children }: { keep: Keep; children: ReactNode }) {
  const [language, setLanguage] = useState<Language>(() => {
    const kept = keep.read(KEY);
    return isLanguage(kept) ? kept : chooseLanguage(navigator.languages);
  });
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const text = useMemo(
    () => ({
      t: dictionaries[language],
      format: createFormat(localeFor(language, navigator.languages)),
      language,
      setLanguage(next: Language) {
        keep.write(KEY, next);
        setLanguage(next);
      },
    }),
    [language, keep],
  );
  return <TextContext value={text}>{children}</TextContext>;
}

export function useText(): Text {
  const text = use(TextContext);
  if (text === null) throw new Error("There is no TextProvider above");
  return text;
}
