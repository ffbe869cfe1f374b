import { hasCode, type VisitedLink, type Visitor } from "@sampan/sdk";
import { createStore, type Store } from "../state/store.ts";
import { toFailure, type Failure } from "../transfers/failure.ts";

/**
 * A link, as one stands before it.
 *
 *   asking → locked | open | closed     the server's answer
 *   locked → open | closed              by the password, which may be asked for again: it was changed, or 12 hours are over
 *   open → locked | closed              revoked, expired or used up meanwhile
 *   closed → asking                     when it is tried again
 */
export type LinkState =
  | { readonly kind: "asking" }
  | { readonly kind: "locked" }
  | { readonly kind: "open"; readonly link: VisitedLink }
  | { readonly kind: "closed"; readonly failure: Failure };

export interface LinkVisit extends Store<LinkState> {
  /** Asks how it stands; what is shown stays until the answer is there. */
  refresh(): Promise<void>;
  /** Throws what the server says against the password. */
  unlock(password: string): Promise<void>;
  /** Something below it was refused: true where that is about the link as a whole, which is then asked about. */
  note(failure: Failure): boolean;
}

const ABOUT_THE_LINK: ReadonlySet<string> = new Set([
  "share-locked",
  "shared-link-not-found",
  "downloads-spent",
]);

export function createLinkVisit(visitor: Pick<Visitor, "getLink" | "unlock">): LinkVisit {
  const store = createStore<LinkState>({ kind: "asking" });
  let asked = 0;

  async function refresh(): Promise<void> {
    asked += 1;
    const question = asked;
    const set = (state: LinkState): void => {
      if (question === asked) store.set(state);
    };
    try {
      set({ kind: "open", link: await visitor.getLink() });
    } catch (error) {
      if (hasCode(error, "share-locked")) set({ kind: "locked" });
      else set({ kind: "closed", failure: toFailure(error) });
    }
  }
  return {
    ...store,
    refresh,
    async unlock(password) {
      await visitor.unlock(password);
      await refresh();
    },
    note(failure) {
      const isAboutIt = ABOUT_THE_LINK.has(failure.code);
      if (isAboutIt) void refresh();
      return isAboutIt;
    },
  };
}
