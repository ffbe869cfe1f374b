import type { Words } from "../text/words.ts";
import { chinese } from "./words-chinese.ts";
import { english, type AccountTexts } from "./words-english.ts";
import { traditional } from "./words-traditional.ts";

export const accountWords: Words<AccountTexts> = {
  en: english,
  "zh-CN": chinese,
  "zh-TW": traditional,
};
