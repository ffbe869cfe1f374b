import type { Language } from "./language.ts";
import { useText } from "./text.tsx";

/** The texts of one part of the page, which come with that part. English is the type that the others have to fill. */
export type Words<Texts> = Readonly<Record<Language, Texts>>;

export function useWords<Texts>(words: Words<Texts>): Texts {
  return words[useText().language];
}
