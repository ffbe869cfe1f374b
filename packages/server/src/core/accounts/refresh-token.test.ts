import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { newId } from "../ids.ts";
import {
  findNewest,
  firstRefreshToken,
  formatRefreshToken,
  hashRefreshToken,
  nextRefreshToken,
  parseRefreshToken,
} from "./refresh-token.ts";

describe("the ratchet of refresh tokens", () => {
  const key = randomBytes(32);
  const first = firstRefreshToken(newId());
  const second = nextRefreshToken(first, key);
  const third = nextRefreshToken(second, key);
  const state = { generation: 2, refreshHash: hashRefreshToken(third), key };

  it("reads what it writes, and nothing else", () => {
    const text = formatRefreshToken(second);
    expect(parseRefreshToken(text)).toEqual(second);
    for (const wrong of [
      "",
      `${text}A`,
      text.slice(1),
      text.replace(".1.", ".01."),
      text.replace(".1.", ".-1."),
    ])
      expect(parseRefreshToken(wrong)).toBeUndefined();
  });

  it("turns any earlier token forward to the newest", () => {
    for (const token of [first, second, third]) expect(findNewest(token, state)).toEqual(third);
  });

  it("knows a forged token, one of another key, and one from ahead for none of its own", () => {
    const forged = { ...first, secret: "A".repeat(43) };
    expect(findNewest(forged, state)).toBeUndefined();
    expect(findNewest({ ...third, generation: 1 }, state)).toBeUndefined();
    expect(findNewest(second, { ...state, key: randomBytes(32) })).toBeUndefined();
    expect(findNewest(nextRefreshToken(third, key), state)).toBeUndefined();
    expect(findNewest({ ...first, sessionId: newId() }, state)).toBeUndefined();
  });

  it("does not turn for ever", () => {
    const far = { ...state, generation: 900_000_000 };
    expect(findNewest(first, far)).toBeUndefined();
  });
});
