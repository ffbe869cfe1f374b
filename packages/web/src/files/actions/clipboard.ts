import { createStore } from "../../state/store.ts";
import type { Item } from "../item.ts";
import { settle } from "./settle.ts";
import { idsOf, inThousands, type ActionParts, type Attempt } from "./shared.ts";

export interface Clipboard {
  readonly mode: "cut" | "copy";
  readonly items: readonly Item[];
}

/** Moving and copying: take here, put down there. */
export function createClipboardActions(parts: ActionParts, attempt: Attempt) {
  const { client, files, usage, toasts } = parts;
  const clipboard = createStore<Clipboard | null>(null);

  async function move(items: readonly Item[], parentId: string): Promise<true | undefined> {
    const moved = await attempt(
      async (): Promise<true> => {
        await inThousands(idsOf(items), (ids) =>
          client.moveNodes({ ids, parentId, onConflict: "keep-both" }),
        );
        return true;
      },
      ({ t }, reason) => t.files.moveFailed(items.length, items[0]?.name ?? "", reason),
    );
    await files.refresh();
    return moved;
  }

  async function moveInto(items: readonly Item[], parentId: string): Promise<void> {
    const here = items.filter((item) => item.parentId !== parentId && item.id !== parentId);
    if (here.length === 0 || (await move(here, parentId)) === undefined) return;
    toasts.show(
      ({ t }) => t.files.moved(here.length, here[0]?.name ?? ""),
      async () => {
        for (const [from, some] of Map.groupBy(here, (item) => item.parentId ?? "root")) {
          await move(some, from);
        }
      },
    );
  }

  async function copyInto(items: readonly Item[], parentId: string): Promise<void> {
    const copied = await attempt(
      async () => {
        const made: string[] = [];
        await inThousands(idsOf(items), async (ids) => {
          const copying = await client.copyNodes({ ids, parentId, onConflict: "keep-both" });
          made.push(...(await settle(client, copying)));
        });
        return made;
      },
      ({ t }, reason) => t.files.copyFailed(items.length, items[0]?.name ?? "", reason),
    );
    await files.refresh();
    usage.refresh();
    if (copied === undefined) return;
    toasts.show(
      ({ t }) => t.files.copied(items.length, items[0]?.name ?? ""),
      async () => {
        await attempt(
          () => inThousands(copied, (ids) => client.trashNodes(ids)),
          ({ t }, reason) => t.files.trashFailed(copied.length, items[0]?.name ?? "", reason),
        );
        await files.refresh();
      },
    );
  }

  return {
    clipboard,
    moveInto,
    take(mode: Clipboard["mode"], items: readonly Item[]): void {
      if (items.length > 0) clipboard.set({ mode, items });
    },
    async paste(): Promise<void> {
      const taken = clipboard.get();
      const { folder } = files.get();
      if (taken === null || folder === null) return;
      if (taken.mode === "copy") return await copyInto(taken.items, folder.id);
      clipboard.set(null);
      await moveInto(taken.items, folder.id);
    },
  };
}
