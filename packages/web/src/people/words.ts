import type { Words } from "../text/words.ts";
import { chinese } from "./words-chinese.ts";
import { english, type PeopleTexts } from "./words-english.ts";
import { traditional } from "./words-traditional.ts";

export const peopleWords: Words<PeopleTexts> = {
  en: english,
  "zh-CN": chinese,
  "zh-TW": traditional,
};
