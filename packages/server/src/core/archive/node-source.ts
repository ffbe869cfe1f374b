/** Files and folders of a drive as an archive: all of it, or what was chosen, each folder with what is in it. */
import type { DriveAccess } from "../drive/access.ts";
import { isRoot } from "../drive/node.ts";
import type { NodeStore } from "../drive/node-store.ts";
import { CoreError } from "../errors.ts";
import type { ArchiveItem, ArchiveSource } from "./archive-entry.ts";
import type { ArchiveTree, ListedNode } from "./archive-tree.ts";
import { createUniquePaths } from "./entry-path.ts";

export interface Chosen {
  readonly accountId: string;
  /** Null: everything that the account has. */
  readonly ids: readonly string[] | null;
}

export type OpenNodeSource = (chosen: Chosen) => Promise<{
  source: ArchiveSource;
  /** Of the only thing chosen. */
  name: string | null;
  /** Whose drive it is in. */
  ownerId: string;
}>;

const pageNodes = 1_000;

/** Throws `node-not-found` for what the account may not see, and for what is in the trash. */
export function createOpenNodeSource({
  tree,
  nodes,
  access,
}: {
  tree: ArchiveTree;
  nodes: Pick<NodeStore, "trail">;
  access: Pick<DriveAccess, "openListed">;
}): OpenNodeSource {
  return async ({ accountId, ids }) => {
    // The same selection in another order is the same archive.
    const asked = ids === null ? [accountId] : ids.toSorted();
    const { nodes: tops, ownerId } = await access.openListed({
      accountId,
      ids: asked,
      right: "view",
      find: (some) => tree.find(some),
    });
    await assertLive(nodes, tops);
    const [only] = tops;
    const name = tops.length === 1 && only && !isRoot(only) ? only.name : null;
    return { name, ownerId, source: { pages: () => listAll(tree, tops) } };
  };
}

/** Siblings share their parents' fate, so it is asked for once a folder. */
async function assertLive(
  nodes: Pick<NodeStore, "trail">,
  tops: readonly ListedNode[],
): Promise<void> {
  const known = new Map<string, boolean>();
  for (const top of tops) {
    if (isRoot(top)) continue;
    const parent = top.parentId;
    if (parent !== null && !known.has(parent))
      known.set(parent, (await nodes.trail(parent))?.isLive ?? false);
    if (parent === null || known.get(parent) !== true)
      throw new CoreError("node-not-found", { id: top.id });
  }
}

/** Things of one name, from different folders, stand beside each other by a number. */
async function* listAll(
  tree: ArchiveTree,
  tops: readonly ListedNode[],
): AsyncGenerator<ArchiveItem[]> {
  // Files alone are numbered by the plan, as any twins are; a folder's number is in the paths of all that is in it.
  const paths = tops.some(({ kind }) => kind === "folder") ? createUniquePaths() : undefined;
  let files: ArchiveItem[] = [];
  for (const top of tops) {
    // A number, for a folder too: it is not the folder of the same name.
    const path = isRoot(top) ? "" : (paths?.take(top.name, "file") ?? top.name);
    if (path !== "") files.push(toItem(top, path));
    if (top.kind === "file") continue;
    yield files;
    files = [];
    yield* listFolder(tree, { id: top.id, path });
  }
  yield files;
}

interface Frame {
  readonly id: string;
  readonly path: string;
  items: readonly ListedNode[];
  at: number;
  /** Undefined: nothing was asked for yet. Null: nothing is left. */
  next: string | null | undefined;
}

/** Depth first, a page of each folder on the way down at a time. */
async function* listFolder(
  tree: ArchiveTree,
  { id, path }: { id: string; path: string },
): AsyncGenerator<ArchiveItem[]> {
  const open = (folder: { id: string; path: string }): Frame => ({
    ...folder,
    items: [],
    at: 0,
    next: undefined,
  });
  const stack = [open({ id, path })];
  for (let frame = stack.at(-1); frame; frame = stack.at(-1)) {
    const listed: ArchiveItem[] = [];
    const folder = takeUntilFolder(frame, listed);
    if (listed.length > 0) yield listed;
    if (folder) stack.push(open(folder));
    else if (frame.next === null) stack.pop();
    else {
      const from = frame.next ?? null;
      const page = await tree.children({ folderId: frame.id, from, limit: pageNodes });
      Object.assign(frame, { items: page.items, at: 0, next: page.next });
    }
  }
}

/** Lists what is next in a folder, up to and with the first folder in it, which it answers. */
function takeUntilFolder(
  frame: Frame,
  listed: ArchiveItem[],
): { id: string; path: string } | undefined {
  const prefix = frame.path === "" ? "" : `${frame.path}/`;
  while (frame.at < frame.items.length) {
    const node = frame.items[frame.at++]!;
    const path = prefix + node.name;
    listed.push(toItem(node, path));
    if (node.kind === "folder") return { id: node.id, path };
  }
  return undefined;
}

function toItem(node: ListedNode, path: string): ArchiveItem {
  const { modifiedAt } = node;
  return node.kind === "folder"
    ? { kind: "folder", path, modifiedAt }
    : { kind: "file", path, modifiedAt, size: node.size, blobId: node.blobId };
}
