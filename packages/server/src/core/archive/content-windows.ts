/** What the index knows of an archive's contents, asked for some hundred entries at a time: one query, and memory that stays flat. */
import { MissingBytes } from "../blobs/blob-store.ts";
import type { ArchiveIndex, StoredContent } from "./archive-index.ts";
import type { ArchivePlan } from "./archive-plan.ts";

const windowEntries = 512;
/** The one in use, and the one that the next part to be read ahead begins. */
const keptWindows = 2;

type Window = Promise<ReadonlyMap<string, StoredContent>>;

export interface ContentWindows {
  /** Of the entry at `position`, a file; throws `MissingBytes` when its blob is gone. */
  find(position: number): Promise<StoredContent>;
  /** Of the entries `[start, end)`: undefined for those without content. */
  findAll(start: number, end: number): Promise<(StoredContent | undefined)[]>;
}

export function createContentWindows(
  index: ArchiveIndex,
  { entries }: ArchivePlan,
): ContentWindows {
  const windows = new Map<number, Window>();

  const load = (window: number): Window => {
    const first = window * windowEntries;
    const ids = entries.slice(first, first + windowEntries).map(({ blobId }) => blobId);
    return index.contents([...new Set(ids.filter((id) => id !== null))]);
  };

  const open = (window: number): Window => {
    let contents = windows.get(window);
    if (!contents) {
      windows.set(window, (contents = load(window)));
      for (const old of [...windows.keys()].slice(0, -keptWindows)) windows.delete(old);
    }
    return contents;
  };

  const pick = (contents: Awaited<Window>, position: number): StoredContent => {
    const { blobId, path } = entries[position]!;
    const content = contents.get(blobId ?? "");
    if (!content) throw new MissingBytes(`the blob ${blobId} of ${path} is gone`);
    return content;
  };

  return {
    find: async (position) => pick(await open(Math.floor(position / windowEntries)), position),
    async findAll(start, end) {
      const found: (StoredContent | undefined)[] = [];
      for (let at = start; at < end;) {
        const window = Math.floor(at / windowEntries);
        const contents = await open(window);
        for (const stop = Math.min(end, (window + 1) * windowEntries); at < stop; at++)
          found.push(entries[at]!.size > 0 ? pick(contents, at) : undefined);
      }
      return found;
    },
  };
}
