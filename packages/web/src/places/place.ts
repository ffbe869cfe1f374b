/** What the page shows; each place has an address, so that the browser's own back, reload and bookmarks work. */
export type Place =
  | { readonly kind: "folder"; readonly id: string }
  | { readonly kind: "search"; readonly text: string }
  | { readonly kind: "recent" }
  | { readonly kind: "starred" }
  | { readonly kind: "trash" }
  /** What others share with one, and what one shares oneself. */
  | { readonly kind: "shared" }
  | { readonly kind: "shares" }
  | { readonly kind: "fetches" }
  | { readonly kind: "people" }
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
    case "shared":
    case "shares":
    case "fetches":
    case "people":
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
    case "shared":
    case "shares":
    case "fetches":
    case "people":
    case "account":
      return `/${place.kind}`;
  }
}

/** What is typed may not be searched for yet: nothing is everything. */
export function searchPlace(text: string): Place {
  return text.trim() === "" ? rootPlace : { kind: "search", text: text.slice(0, 255) };
}

/** These show no list of files and folders. */
export function isPage({ kind }: Place): boolean {
  return kind === "account" || kind === "people" || kind === "fetches" || kind === "shares";
}

/** The file that is looked at, of those that the place shows. */
export function parseShownFile(search: string): string | null {
  const id = new URLSearchParams(search).get("file");
  return id !== null && /^[A-Za-z0-9-]{1,64}$/.test(id) ? id : null;
}

/** How places are spelled. */
export interface Addresses {
  parse(location: { pathname: string; search: string }): Place;
  format(place: Place): string;
}

export const driveAddresses: Addresses = { parse: parsePlace, format: formatPlace };

export function addShownFile(address: string, fileId: string | null): string {
  if (fileId === null) return address;
  return `${address}${address.includes("?") ? "&" : "?"}file=${fileId}`;
}

export function isSamePlace(a: Place, b: Place): boolean {
  return formatPlace(a) === formatPlace(b);
}
