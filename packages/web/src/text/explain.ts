import type { Failure } from "../transfers/failure.ts";
import type { Format } from "./format.ts";

type Facts = Failure["facts"];
type Sentence = string | ((facts: Facts, format: Format) => string);

/** Words for what went wrong, by its code; for a code without any, `unexpected` has some. */
export function createExplain(
  sentences: Readonly<Record<string, Sentence>>,
  unexpected: (code: string) => string,
): (failure: Failure, format: Format) => string {
  const known = new Map(Object.entries(sentences));
  return ({ code, facts }, format) => {
    const sentence = known.get(code) ?? unexpected(code);
    return typeof sentence === "string" ? sentence : sentence(facts, format);
  };
}

export function numberOf(facts: Facts, name: string): number {
  return Number(facts[name] ?? 0);
}
