import { describe, expect, it } from "vitest";
import {
  addShownFile,
  formatPlace,
  parsePlace,
  parseShownFile,
  rootPlace,
  searchPlace,
  type Place,
} from "./place.ts";

const places: Place[] = [
  rootPlace,
  { kind: "folder", id: "0198-a" },
  { kind: "search", text: "50 % & more/less?" },
  { kind: "recent" },
  { kind: "starred" },
  { kind: "trash" },
  { kind: "shared" },
  { kind: "shares" },
  { kind: "fetches" },
  { kind: "people" },
  { kind: "account" },
];

describe("places", () => {
  it("come back from their addresses as they were", () => {
    for (const place of places) {
      const { pathname, search } = new URL(formatPlace(place), "http://here");
      expect(parsePlace({ pathname, search })).toEqual(place);
    }
  });

  it("tell which file is looked at, and stay the same place", () => {
    for (const place of places) {
      const { pathname, search } = new URL(
        addShownFile(formatPlace(place), "0198-f"),
        "http://here",
      );
      expect(parseShownFile(search)).toBe("0198-f");
      expect(parsePlace({ pathname, search })).toEqual(place);
      expect(addShownFile(formatPlace(place), null)).toBe(formatPlace(place));
    }
    expect(parseShownFile("?file=../../x")).toBeNull();
  });

  it("are the root folder where an address says nothing", () => {
    for (const pathname of ["/", "/some/old/link", "/folder/", "/folder/..%2f", "/search"]) {
      expect(parsePlace({ pathname, search: "" }), pathname).toEqual(rootPlace);
    }
    expect(searchPlace("  ")).toEqual(rootPlace);
  });
});
