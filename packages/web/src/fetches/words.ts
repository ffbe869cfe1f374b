import type { Words } from "../text/words.ts";
import { chinese } from "./words-chinese.ts";
import { english, type FetchTexts } from "./words-english.ts";
import { traditional } from "./words-traditional.ts";

export const fetchWords: Words<FetchTexts> = {
  en: english,
  "zh-CN": chinese,
  "zh-TW": traditional,
};
