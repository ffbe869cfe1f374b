/** The addresses by which somebody comes in. A link's secret stands behind `#`, where no server and no log sees it. */
export type Entry =
  | { readonly kind: "log-in"; readonly error: string | null }
  | { readonly kind: "sign-up" }
  | { readonly kind: "set-up"; readonly token: string }
  | { readonly kind: "join"; readonly token: string }
  | { readonly kind: "reset"; readonly token: string };

type Address = Pick<Location, "pathname" | "search" | "hash">;

/** Null for every other address. */
export function parseEntry({ pathname, search, hash }: Address): Entry | null {
  const token = hash.slice(1);
  switch (pathname) {
    case "/login":
      return { kind: "log-in", error: new URLSearchParams(search).get("error") };
    case "/signup":
      return { kind: "sign-up" };
    case "/setup":
      return { kind: "set-up", token };
    case "/invite":
      return { kind: "join", token };
    case "/reset":
      return { kind: "reset", token };
    default:
      return null;
  }
}

/** It is for somebody new, or for another way in: also who is signed in already may follow it. */
export function isForAnybody(entry: Entry): boolean {
  return entry.kind === "set-up" || entry.kind === "join" || entry.kind === "reset";
}
