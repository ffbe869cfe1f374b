import type { Item } from "../item.ts";
import { rightsOf } from "../rights.ts";
import { idsOf, inThousands, type ActionParts, type Attempt } from "./shared.ts";

/** To the trash and out of it, each at once, with a way back; for good only from the trash. */
export function createTrashActions(parts: ActionParts, attempt: Attempt) {
  const { client, files, usage, toasts } = parts;
  const named = (items: readonly Item[]): string => items[0]?.name ?? "";

  async function putBack(items: readonly Item[]): Promise<void> {
    await attempt(
      async () => {
        await inThousands(idsOf(items), (ids) => client.restoreNodes({ ids }));
        await files.refresh();
      },
      ({ t }, reason) => t.files.restoreFailed(items.length, named(items), reason),
    );
  }

  return {
    async trash(items: readonly Item[]): Promise<void> {
      const ids = idsOf(items);
      files.note({ removed: ids });
      const done = await attempt(
        async () => {
          await inThousands(ids, (some) => client.trashNodes(some));
          return true;
        },
        ({ t }, reason) => t.files.trashFailed(items.length, named(items), reason),
      );
      if (done === undefined) return await files.refresh();
      // What was somebody else's is in their trash.
      const undo = rightsOf(files.get()).isOwn ? () => putBack(items) : undefined;
      toasts.show(({ t }) => t.files.trashed(items.length, named(items)), undo);
    },

    async restore(items: readonly Item[]): Promise<void> {
      const ids = idsOf(items);
      files.note({ removed: ids });
      const done = await attempt(
        async () => {
          await inThousands(ids, (some) => client.restoreNodes({ ids: some }));
          return true;
        },
        ({ t }, reason) => t.files.restoreFailed(items.length, named(items), reason),
      );
      if (done === undefined) return await files.refresh();
      toasts.show(
        ({ t }) => t.files.restored(items.length, named(items)),
        async () => {
          await attempt(
            () => inThousands(ids, (some) => client.trashNodes(some)),
            ({ t }, reason) => t.files.trashFailed(items.length, named(items), reason),
          );
          await files.refresh();
        },
      );
    },

    /** There is no way back: whoever calls has asked. */
    async deleteForGood(items: readonly Item[]): Promise<void> {
      files.note({ removed: idsOf(items) });
      await attempt(
        () => inThousands(idsOf(items), (ids) => client.deleteNodes(ids)),
        ({ t }, reason) => t.files.deleteFailed(items.length, named(items), reason),
      );
      await files.refresh();
      usage.refresh();
    },

    async emptyTrash(): Promise<void> {
      await attempt(
        () => client.emptyTrash(),
        ({ t }, reason) => t.files.emptyFailed(reason),
      );
      await files.refresh();
      usage.refresh();
    },
  };
}
