/** What the index knows of an archive's contents, asked for some hundred entries at a time: one query, and memory that stays flat. */
import { MissingBytes } from "../blobs/blob-store.ts";
import type { ArchiveIndex, StoredContent } from "./archive-index.ts";
import type { ArchivePlan } from "./archive-plan.ts";

const windowEntries = 512;
/** The one in use, and the one that the next part to be read ahead begins. */
const keptWindows = 2;

export interface ContentWindows {
  /** Of the entry at `position`, a file; throws `MissingBytes` when its blob is gone. */
  find(position: number): Promise<StoredContent>;
}

export function createContentWindows(
  index: ArchiveIndex,
  { entries }: ArchivePlan,
): ContentWindows {
  const windows = new Map<number, Promise<ReadonlyMap<string, StoredContent>>>();

  const load = (window: number) => {
    const first = window * windowEntries;
    const ids = entries.slice(first, first + windowEntries).map(({ blobId }) => blobId);
    return index.contents([...new Set(ids.filter((id) => id !== null))]);
  };

  return {
    async find(position) {
      const window = Math.floor(position / windowEntries);
      let contents = windows.get(window);
      if (!contents) {
        windows.set(window, (contents = load(window)));
        for (const old of [...windows.keys()].slice(0, -keptWindows)) windows.delete(old);
      }
      const { blobId, path } = entries[position]!;
      const content = (await contents).get(blobId ?? "");
      if (!content) throw new MissingBytes(`the blob ${blobId} of ${path} is gone`);
      return content;
    },
  };
}
