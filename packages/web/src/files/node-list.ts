import { hasCode, type NodeInPlace } from "@sampan/sdk";
import { rootPlace, type Place } from "../places/place.ts";
import { createStore, type Store } from "../state/store.ts";
import { createThrottle } from "../state/throttle.ts";
import { toFailure, type Failure } from "../transfers/failure.ts";
import type { Grant } from "./grant.ts";
import type { Item } from "./item.ts";
import { applyChanges, type ItemOrder, type Listing } from "./item-order.ts";
import type { ListSource } from "./list-source.ts";

export interface NodeListState extends Listing {
  /** Of what is shown: after another one was asked for, it stays until the answer is there. */
  readonly place: Place;
  /** The open folder with those above it; null elsewhere. */
  readonly folder: NodeInPlace | null;
  /** By what right one is there, where it is somebody else's. */
  readonly grant: Grant | null;
  /** False until the first answer: whether there is anything is not known yet. */
  readonly isLoaded: boolean;
  readonly isLoading: boolean;
  readonly failure: Failure | null;
}

/** What a place holds, loaded page by page as far as somebody looks. */
export interface NodeList extends Store<NodeListState> {
  open(place: Place): Promise<void>;
  orderBy(by: ItemOrder): Promise<void>;
  /** Asks again for as much as is loaded. */
  refresh(): Promise<void>;
  loadMore(): Promise<void>;
  /** What is known to have changed: shown without asking. Entries of other folders are ignored. */
  note(changes: { placed?: readonly Item[]; removed?: readonly string[] }): void;
  /** Forgets everything. */
  leave(): void;
}

const FIRST_PAGE = 100;
const FURTHER_PAGE = 1_000;
const NOTE_MS = 150;
const byName: ItemOrder = { sort: "name", order: "asc" };

const empty: NodeListState = {
  place: rootPlace,
  folder: null,
  grant: null,
  items: [],
  by: byName,
  nextCursor: null,
  isLoaded: false,
  isLoading: false,
  failure: null,
};

export function createNodeList(source: ListSource): NodeList {
  const store = createStore(empty);
  let loading = new AbortController();
  let asked: Place = rootPlace;
  const placed = new Map<string, Item>();
  const removed = new Set<string>();
  const update = (change: Partial<NodeListState>): void => store.set({ ...store.get(), ...change });

  function applyNoted(): void {
    const state = store.get();
    if (!state.isLoaded || placed.size + removed.size === 0) return;
    const { place, folder } = state;
    const here = [...placed.values()].filter((item) => belongs(item, { place, folder, state }));
    const gone = new Set([...removed, ...leftFolder(state, [...placed.values()])]);
    update({ items: applyChanges(state, { placed: here, removed: gone }) });
    placed.clear();
    removed.clear();
  }
  const applySoon = createThrottle(applyNoted, NOTE_MS);

  /** Only the latest question counts: an earlier one is cut short and its answer ignored. */
  async function ask(load: (signal: AbortSignal) => Promise<Partial<NodeListState>>) {
    loading.abort();
    loading = new AbortController();
    const { signal } = loading;
    update({ isLoading: true });
    try {
      const change = await load(signal);
      if (signal.aborted) return;
      update({ ...change, isLoaded: true, isLoading: false, failure: null });
      applyNoted();
    } catch (error) {
      if (signal.aborted) return;
      update({ isLoading: false, failure: toFailure(error), ...lost(error) });
    }
  }

  /** A folder that is gone shows nothing, rather than what it held. */
  function lost(error: unknown): Partial<NodeListState> {
    if (!hasCode(error, "node-not-found", "not-a-folder")) return {};
    return { place: asked, folder: null, grant: null, items: [], nextCursor: null, isLoaded: true };
  }

  async function load(place: Place, { wanted, by }: { wanted: number; by: ItemOrder }) {
    const { signal } = loading;
    const finding = place.kind === "folder" ? source.findFolder(place.id, { signal }) : null;
    // Both are awaited below; until then the first failure is nobody's.
    finding?.catch(() => undefined);
    const items: Item[] = [];
    let cursor: string | undefined;
    do {
      const limit = wanted > FIRST_PAGE ? FURTHER_PAGE : FIRST_PAGE;
      const page = await source.loadPage({ place, by, limit, cursor, signal });
      items.push(...page.items);
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined && items.length < wanted);
    const found = (await finding) ?? { folder: null, grant: null };
    return { place, by, items, nextCursor: cursor ?? null, ...found };
  }

  return {
    ...store,
    open(place) {
      asked = place;
      placed.clear();
      removed.clear();
      return ask(() => load(place, { wanted: 1, by: store.get().by }));
    },
    orderBy: (by) => ask(() => load(asked, { wanted: 1, by })),
    refresh() {
      const { items, by } = store.get();
      return ask(() => load(asked, { wanted: Math.max(1, items.length), by }));
    },
    async loadMore() {
      const { nextCursor, isLoading, place, by } = store.get();
      if (nextCursor === null || isLoading) return;
      await ask(async (signal) => {
        const page = await source.loadPage({
          place,
          by,
          limit: FURTHER_PAGE,
          cursor: nextCursor,
          signal,
        });
        // What was noted meanwhile may be in the page as well.
        const known = new Set(store.get().items.map(({ id }) => id));
        const further = page.items.filter(({ id }) => !known.has(id));
        return { items: [...store.get().items, ...further], nextCursor: page.nextCursor };
      });
    },
    note(changes) {
      for (const item of changes.placed ?? []) {
        placed.set(item.id, item);
        removed.delete(item.id);
      }
      for (const id of changes.removed ?? []) {
        removed.add(id);
        placed.delete(id);
      }
      applySoon();
    },
    leave() {
      loading.abort();
      placed.clear();
      removed.clear();
      asked = rootPlace;
      store.set(empty);
    },
  };
}

/** A folder shows its own; the other lists only what they show already. */
function belongs(
  item: Item,
  { place, folder, state }: Pick<NodeListState, "place" | "folder"> & { state: NodeListState },
): boolean {
  if (place.kind === "folder") return folder !== null && item.parentId === folder.id;
  return state.items.some(({ id }) => id === item.id);
}

/** What was shown here, and lies somewhere else by now. */
function leftFolder({ folder, items }: NodeListState, placed: readonly Item[]): string[] {
  if (folder === null) return [];
  const moved = placed.filter(({ parentId }) => parentId !== folder.id).map(({ id }) => id);
  const shown = new Set(items.map(({ id }) => id));
  return moved.filter((id) => shown.has(id));
}
