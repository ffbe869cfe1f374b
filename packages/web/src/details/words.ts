import type { Words } from "../text/words.ts";
import { chinese } from "./words-chinese.ts";
import { english, type DetailsTexts } from "./words-english.ts";
import { traditional } from "./words-traditional.ts";

export const detailsWords: Words<DetailsTexts> = {
  en: english,
  "zh-CN": chinese,
  "zh-TW": traditional,
};
