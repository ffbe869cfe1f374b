import { hasCode } from "@sampan/sdk";
import { settle } from "../files/actions/settle.ts";
import { isFolder, type Item } from "../files/item.ts";
import { createStore, type Store } from "../state/store.ts";
import { toFailure } from "../transfers/failure.ts";
import type { VisitorServices } from "./visitor-services.ts";
import { visitorWords } from "./words.ts";

/**
 * Into the drive of whoever is signed in, by reference.
 *
 *   idle → saving       asked for
 *   saving → idle       done, or refused
 *   saving → signing-in nobody is signed in
 *   signing-in → saving somebody is, now
 *   signing-in → idle   they went back
 */
export type SaveState =
  | { readonly kind: "idle" }
  | { readonly kind: "saving" }
  | { readonly kind: "signing-in"; readonly items: readonly Item[]; readonly isAll: boolean };

export interface Save extends Store<SaveState> {
  /** Everything that is shared, or some of it. */
  save(items: readonly Item[], options: { isAll: boolean }): void;
  signedIn(): void;
  goBack(): void;
}

export function createSave(services: VisitorServices): Save {
  const { visitor, client, toasts, notices, visit } = services;
  const store = createStore<SaveState>({ kind: "idle" });

  async function run(items: readonly Item[], isAll: boolean): Promise<void> {
    if (store.get().kind === "saving") return;
    store.set({ kind: "saving" });
    try {
      const ids = isAll ? undefined : items.map(({ id }) => id);
      tell(items, await settle(client, await visitor.save({ ids })));
      store.set({ kind: "idle" });
    } catch (error) {
      if (hasCode(error, "unauthenticated")) {
        store.set({ kind: "signing-in", items, isAll });
        return;
      }
      store.set({ kind: "idle" });
      const failure = toFailure(error);
      if (!visit.note(failure)) notices.show(({ t, format }) => t.explain(failure, format));
    }
    // It counts as a download.
    void visit.refresh();
  }

  function tell(items: readonly Item[], ids: readonly string[]): void {
    const [first] = items;
    toasts.showWithLink(
      ({ language }) => visitorWords[language].saved(items.length, first?.name ?? ""),
      {
        link: {
          href: addressOf(items, ids),
          word: ({ language }) => visitorWords[language].show,
        },
        undo: () => takeBack(ids),
      },
    );
  }

  async function takeBack(ids: readonly string[]): Promise<void> {
    try {
      await client.trashNodes(ids);
      toasts.show(({ language }) => visitorWords[language].takenBack);
    } catch (error) {
      const failure = toFailure(error);
      notices.show(({ t, format }) => t.explain(failure, format));
    }
  }

  return {
    ...store,
    save: (items, { isAll }) => void run(items, isAll),
    signedIn() {
      const state = store.get();
      if (state.kind === "signing-in") void run(state.items, state.isAll);
    },
    goBack: () => store.set({ kind: "idle" }),
  };
}

function addressOf(items: readonly Item[], [id]: readonly string[]): string {
  const [only] = items;
  if (items.length !== 1 || only === undefined || id === undefined) return "/";
  return isFolder(only) ? `/folder/${id}` : `/?file=${id}`;
}
