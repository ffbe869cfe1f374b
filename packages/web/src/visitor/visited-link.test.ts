import { describe, expect, it } from "vitest";
import { rootPlace } from "../places/place.ts";
import { createLinkAddresses, parseVisitedLink } from "./visited-link.ts";

describe("the address of a link", () => {
  it("has the link's key, and what is open below it", () => {
    const key = "AAAAAAAAAAAAAAAAAAAA_-";
    expect(parseVisitedLink({ pathname: `/s/${key}` })).toBe(key);
    expect(parseVisitedLink({ pathname: `/s/${key}/0198-a` })).toBe(key);
    for (const pathname of ["/", "/s/", "/shared", "/s", "/s/a%2fb", "/folder/s/x"])
      expect(parseVisitedLink({ pathname }), pathname).toBeNull();
    const addresses = createLinkAddresses(key);
    for (const place of [rootPlace, { kind: "folder", id: "0198-a" } as const]) {
      const pathname = addresses.format(place);
      expect(addresses.parse({ pathname, search: "" })).toEqual(place);
    }
    expect(addresses.parse({ pathname: `/s/${key}/..`, search: "" })).toEqual(rootPlace);
  });
});
