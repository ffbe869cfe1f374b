import type { Words } from "../text/words.ts";
import { chinese } from "./words-chinese.ts";
import { english, type VisitorTexts } from "./words-english.ts";
import { traditional } from "./words-traditional.ts";

export const visitorWords: Words<VisitorTexts> = {
  en: english,
  "zh-CN": chinese,
  "zh-TW": traditional,
};
