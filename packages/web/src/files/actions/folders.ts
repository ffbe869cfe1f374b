import type { Item } from "../item.ts";
import type { ActionParts, Attempt } from "./shared.ts";

export function createFolderActions(parts: ActionParts, attempt: Attempt) {
  const { client, files, toasts } = parts;

  async function rename(item: Item, name: string): Promise<boolean> {
    const renamed = await attempt(
      () => client.changeNode(item.id, { name }),
      ({ t }, reason) => t.files.renameFailed(item.name, reason),
    );
    if (renamed === undefined) return false;
    files.note({ placed: [renamed] });
    return true;
  }

  return {
    /** Under a free name, which is then to be changed in its place. */
    async makeFolder(name: string): Promise<Item | undefined> {
      const { place, folder } = files.get();
      if (place.kind !== "folder") return undefined;
      const made = await attempt(
        () =>
          client.makeFolder({
            path: name,
            parentId: folder?.id ?? place.id,
            onConflict: "keep-both",
          }),
        ({ t }, reason) => t.files.makeFolderFailed(reason),
      );
      if (made !== undefined) files.note({ placed: [made] });
      return made;
    },

    async rename(item: Item, name: string): Promise<void> {
      if (name === item.name || !(await rename(item, name))) return;
      toasts.show(
        ({ t }) => t.files.renamed(name),
        async () => void (await rename({ ...item, name }, item.name)),
      );
    },

    async star(items: readonly Item[], starred: boolean): Promise<void> {
      await attempt(
        async () => {
          const ids = items.map(({ id }) => id);
          await client.starNodes({ ids, starred });
          files.note({ placed: items.map((item) => ({ ...item, starred })) });
        },
        ({ t }, reason) => t.files.starFailed(reason),
      );
    },
  };
}
