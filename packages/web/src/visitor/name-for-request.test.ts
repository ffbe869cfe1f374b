import { describe, expect, it } from "vitest";
import { nameForRequest } from "./name-for-request.ts";

describe("the name of a file that was asked for", () => {
  it("tells the folders that it lay in", () => {
    expect(nameForRequest("a.jpg")).toBe("a.jpg");
    expect(nameForRequest("Trip/Day 1/a.jpg")).toBe("Trip - Day 1 - a.jpg");
  });

  it("leaves out what would make it too long, the uppermost folder first", () => {
    const long = "文".repeat(90);
    expect(nameForRequest(`${long}/near/a.jpg`)).toBe("near - a.jpg");
    expect(nameForRequest(`${long}/${"b".repeat(250)}`)).toBe("b".repeat(250));
  });
});
