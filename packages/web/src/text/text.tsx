import { createContext, use, useEffect, useMemo, useState, type ReactNode } from "react";
import type { Keep } from "../state/keep.ts";
import { chinese } from "./chinese.ts";
import { english, type Dictionary } from "./english.ts";
import { createFormat, type Format } from "./format.ts";

type Language = "en" | "zh-CN";

export interface Text {
  readonly t: Dictionary;
  readonly format: Format;
  /** The one that the switch leads to. */
  readonly otherLanguage: Language;
  switchLanguage(): void;
}

const KEY = "sampan.language";
const TextContext = createContext<Text | null>(null);

export function TextProvider({ keep, children }: { keep: Keep; children: ReactNode }) {
  const [language, setLanguage] = useState<Language>(() => chooseLanguage(keep.read(KEY)));
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const text = useMemo(() => {
    const otherLanguage: Language = language === "en" ? "zh-CN" : "en";
    return {
      t: language === "en" ? english : chinese,
      format: createFormat(localeFor(language)),
      otherLanguage,
      switchLanguage() {
        keep.write(KEY, otherLanguage);
        setLanguage(otherLanguage);
      },
    };
  }, [language, keep]);
  return <TextContext value={text}>{children}</TextContext>;
}

export function useText(): Text {
  const text = use(TextContext);
  if (text === null) throw new Error("There is no TextProvider above");
  return text;
}

function chooseLanguage(kept: string | null): Language {
  if (kept === "en" || kept === "zh-CN") return kept;
  const isChinese = (language: string): boolean => /^zh\b/i.test(language);
  const first = navigator.languages.find(
    (language) => isChinese(language) || /^en\b/i.test(language),
  );
  return first !== undefined && isChinese(first) ? "zh-CN" : "en";
}

/** A British reader keeps British dates. */
function localeFor(language: Language): string {
  const short = language.slice(0, 2);
  return navigator.languages.find((own) => own.toLowerCase().startsWith(short)) ?? language;
}
