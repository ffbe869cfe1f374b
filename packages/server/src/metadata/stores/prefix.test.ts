import fc from "fast-check";
import { expect, it } from "vitest";
import { endOfPrefix } from "./prefix.ts";

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
const text = fc.string({ unit: "binary", maxLength: 4 });

it("ends a prefix right after all that starts with it", () => {
  fc.assert(
    fc.property(text, text, (prefix, other) => {
      const end = endOfPrefix(prefix);
      const isWithin =
        byBytes(other, prefix) >= 0 && (end === undefined || byBytes(other, end) < 0);
      expect(isWithin).toBe(other.startsWith(prefix));
      expect(end === undefined || byBytes(prefix + other, end) < 0).toBe(true);
    }),
    {
      examples: [
        ["\ud7ff", "\ue000"],
        ["a\u{10ffff}", "b"],
        ["\u{10ffff}", "\u{10ffff}x"],
        ["", "x"],
      ],
    },
  );
});
