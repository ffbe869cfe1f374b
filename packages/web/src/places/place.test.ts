import { describe, expect, it } from "vitest";
import { formatPlace, parsePlace, rootPlace, searchPlace, type Place } from "./place.ts";

const places: Place[] = [
  rootPlace,
  { kind: "folder", id: "0198-a" },
  { kind: "search", text: "50 % & more/less?" },
  { kind: "recent" },
  { kind: "starred" },
  { kind: "trash" },
  { kind: "account" },
];

describe("places", () => {
  it("come back from their addresses as they were", () => {
    for (const place of places) {
      const { pathname, search } = new URL(formatPlace(place), "http://here");
      expect(parsePlace({ pathname, search })).toEqual(place);
    }
  });

  it("are the root folder where an address says nothing", () => {
    for (const pathname of ["/", "/some/old/link", "/folder/", "/folder/..%2f", "/search"]) {
      expect(parsePlace({ pathname, search: "" }), pathname).toEqual(rootPlace);
    }
    expect(searchPlace("  ")).toEqual(rootPlace);
  });
});
