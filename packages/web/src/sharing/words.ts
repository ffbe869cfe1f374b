import type { Words } from "../text/words.ts";
import { chinese } from "./words-chinese.ts";
import { english, type SharingTexts } from "./words-english.ts";
import { traditional } from "./words-traditional.ts";

export const sharingWords: Words<SharingTexts> = {
  en: english,
  "zh-CN": chinese,
  "zh-TW": traditional,
};
