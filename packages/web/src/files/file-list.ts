import type { Client, StoredFile } from "@sampan/sdk";
import { toFailure, type Failure } from "../transfers/failure.ts";
import { createStore, type Store } from "../state/store.ts";
import { createThrottle } from "../state/throttle.ts";
import { mergeFiles, type Listing } from "./merge.ts";

export interface FileListState extends Listing {
  /** False until the first answer: whether the drive is empty is not known yet. */
  readonly isLoaded: boolean;
  readonly isLoading: boolean;
  readonly failure: Failure | null;
}

/** The files by name, loaded page by page as far as somebody looks. */
export interface FileList extends Store<FileListState> {
  /** Shows the names that begin so. What is shown stays until the answer is there. */
  search(prefix: string): Promise<void>;
  /** Asks again for as much as is loaded. */
  refresh(): Promise<void>;
  loadMore(): Promise<void>;
  noteStored(file: StoredFile): void;
  /** Rejects when the server did not delete it. */
  remove(id: string): Promise<void>;
  /** Forgets everything. */
  leave(): void;
}

const FIRST_PAGE = 100;
const FURTHER_PAGE = 500;
const MERGE_MS = 150;
const EMPTY: FileListState = {
  items: [],
  prefix: "",
  nextCursor: null,
  isLoaded: false,
  isLoading: false,
  failure: null,
};

export function createFileList(client: Pick<Client, "listFiles" | "deleteFile">): FileList {
  const store = createStore(EMPTY);
  let stored: StoredFile[] = [];
  let loading = new AbortController();
  const update = (change: Partial<FileListState>): void => store.set({ ...store.get(), ...change });

  const merge = createThrottle(() => {
    const state = store.get();
    if (!state.isLoaded || stored.length === 0) return;
    update({ items: mergeFiles(state, stored) });
    stored = [];
  }, MERGE_MS);

  /** Only the latest question counts: an earlier one is cut short and its answer ignored. */
  async function ask(load: (signal: AbortSignal) => Promise<Partial<FileListState>>) {
    loading.abort();
    loading = new AbortController();
    const { signal } = loading;
    update({ isLoading: true });
    try {
      const change = await load(signal);
      if (signal.aborted) return;
      update({ ...change, isLoaded: true, isLoading: false, failure: null });
      merge();
    } catch (error) {
      if (!signal.aborted) update({ isLoading: false, failure: toFailure(error) });
    }
  }

  async function load(prefix: string, wanted: number, signal: AbortSignal) {
    const items: StoredFile[] = [];
    let cursor: string | undefined;
    do {
      const limit = wanted > FIRST_PAGE ? FURTHER_PAGE : FIRST_PAGE;
      const page = await client.listFiles({ prefix, limit, cursor, signal });
      items.push(...page.items);
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined && items.length < wanted);
    return { items, prefix, nextCursor: cursor ?? null };
  }

  return {
    ...store,
    search: (prefix) => ask((signal) => load(prefix, 1, signal)),
    refresh() {
      const { prefix, items } = store.get();
      return ask((signal) => load(prefix, Math.max(1, items.length), signal));
    },
    async loadMore() {
      const { nextCursor, isLoading, prefix } = store.get();
      if (nextCursor === null || isLoading) return;
      await ask(async (signal) => {
        const asked = { prefix, cursor: nextCursor, limit: FURTHER_PAGE, signal };
        const page = await client.listFiles(asked);
        return { items: [...store.get().items, ...page.items], nextCursor: page.nextCursor };
      });
    },
    noteStored(file) {
      stored.push(file);
      merge();
    },
    async remove(id) {
      await client.deleteFile(id);
      stored = stored.filter((file) => file.id !== id);
      update({ items: store.get().items.filter((file) => file.id !== id) });
    },
    leave() {
      loading.abort();
      stored = [];
      store.set(EMPTY);
    },
  };
}
