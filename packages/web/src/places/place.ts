/** What the page shows; each place has an address, so that the browser's own back, reload and bookmarks work. */
export type Place =
  | { readonly kind: "folder"; readonly id: string }
  | { readonly kind: "search"; readonly text: string }
  | { readonly kind: "recent" }
  | { readonly kind: "starred" }
  | { readonly kind: "trash" }
  | { readonly kind: "account" };

const rootId = "root";
export const rootPlace: Place = { kind: "folder", id: rootId };

/** An address that leads nowhere leads to the root folder. */
export function parsePlace({ pathname, search }: { pathname: string; search: string }): Place {
  const [, first = "", second = ""] = pathname.split("/");
  switch (first) {
    case "folder":
      return /^[A-Za-z0-9-]{1,64}$/.test(second) ? { kind: "folder", id: second } : rootPlace;
    case "search":
      return searchPlace(new URLSearchParams(search).get("q") ?? "");
    case "recent":
    case "starred":
    case "trash":
    case "account":
      return { kind: first };
    default:
      return rootPlace;
  }
}

export function formatPlace(place: Place): string {
  switch (place.kind) {
    case "folder":
      return place.id === rootId ? "/" : `/folder/${place.id}`;
    case "search":
      return `/search?q=${encodeURIComponent(place.text)}`;
    case "recent":
    case "starred":
    case "trash":
    case "account":
      return `/${place.kind}`;
  }
}

/** What is typed may not be searched for yet: nothing is everything. */
export function searchPlace(text: string): Place {
  return text.trim() === "" ? rootPlace : { kind: "search", text: text.slice(0, 255) };
}

export function isSamePlace(a: Place, b: Place): boolean {
  return formatPlace(a) === formatPlace(b);
}
