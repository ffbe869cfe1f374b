import type { Addresses, Place } from "../places/place.ts";
import { rootPlace } from "../places/place.ts";

/** The key of a link, out of its address `/s/{key}`; null for every other address. */
export function parseVisitedLink({ pathname }: { pathname: string }): string | null {
  return /^\/s\/([A-Za-z0-9_-]{1,100})(?:\/|$)/.exec(pathname)?.[1] ?? null;
}

/** Below a link there are only folders: that which is shared, and those in it. */
export function createLinkAddresses(shareToken: string): Addresses {
  return {
    parse({ pathname }): Place {
      const [, , , id = ""] = pathname.split("/");
      return /^[A-Za-z0-9-]{1,64}$/.test(id) ? { kind: "folder", id } : rootPlace;
    },
    format(place) {
      const isTop = place.kind !== "folder" || place.id === "root";
      return isTop ? `/s/${shareToken}` : `/s/${shareToken}/${place.id}`;
    },
  };
}
