import { describe, expect, it } from "vitest";
import { createSeal, hasTokenShape } from "./seal.ts";

const seal = createSeal(new Uint8Array(32).fill(7));

describe("a seal", () => {
  it("makes the same token of the same id, and another of another id or key", () => {
    const token = seal.token("a");
    expect(hasTokenShape(token)).toBe(true);
    expect(seal.token("a")).toBe(token);
    expect(seal.token("b")).not.toBe(token);
    expect(createSeal(new Uint8Array(32)).token("a")).not.toBe(token);
  });

  it("opens what was sealed for this use, and nothing that was changed", () => {
    const sealed = seal.seal("ticket", ["a", "1"]);
    expect(seal.open("ticket", sealed)).toEqual(["a", "1"]);
    expect(seal.open("unlocked", sealed)).toBeUndefined();
    expect(seal.open("ticket", sealed.replace("a.1", "a.2"))).toBeUndefined();
    expect(createSeal(new Uint8Array(32)).open("ticket", sealed)).toBeUndefined();
    for (const text of ["", ".", "a.1", "a.1.", `${sealed}AAAA`])
      expect(seal.open("ticket", text), text).toBeUndefined();
  });
});
