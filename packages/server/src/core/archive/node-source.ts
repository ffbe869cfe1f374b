/** Files and folders of a drive as an archive: all of it, or what was chosen, each folder with what is in it. */
import type { DriveAccess } from "../drive/access.ts";
import { isRoot, type DriveNode } from "../drive/node.ts";
import type { NodeStore } from "../drive/node-store.ts";
import { CoreError } from "../errors.ts";
import type { ArchiveItem, ArchiveSource } from "./archive-entry.ts";
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
  nodes,
  access,
}: {
  nodes: Pick<NodeStore, "children" | "trail">;
  access: DriveAccess;
}): OpenNodeSource {
  return async ({ accountId, ids }) => {
    // The same selection in another order is the same archive.
    const asked = ids === null ? [accountId] : ids.toSorted();
    const { nodes: tops, ownerId } = await access.openAll({
      accountId,
      ids: asked,
      right: "view",
    });
    await assertLive(nodes, tops);
    const [only] = tops;
    const name = tops.length === 1 && only && !isRoot(only) ? only.name : null;
    return { name, ownerId, source: { items: () => listAll(nodes, tops) } };
  };
}

/** Siblings share their parents' fate, so it is asked for once a folder. */
async function assertLive(
  nodes: Pick<NodeStore, "trail">,
  tops: readonly DriveNode[],
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
  nodes: Pick<NodeStore, "children">,
  tops: readonly DriveNode[],
): AsyncGenerator<ArchiveItem> {
  const paths = createUniquePaths();
  for (const top of tops) {
    // A number, for a folder too: it is not the folder of the same name.
    const path = isRoot(top) ? "" : paths.take(top.name, "file")!;
    if (path !== "") yield toItem(top, path);
    if (top.kind === "folder") yield* listFolder(nodes, { id: top.id, path });
  }
}

interface Frame {
  readonly id: string;
  readonly path: string;
  items: readonly DriveNode[];
  next: number;
  /** Undefined: nothing was asked for yet. Null: nothing is left. */
  cursor: string | null | undefined;
}

/** Depth first, a page of each folder on the way down at a time. */
async function* listFolder(
  nodes: Pick<NodeStore, "children">,
  { id, path }: { id: string; path: string },
): AsyncGenerator<ArchiveItem> {
  const open = (folder: { id: string; path: string }): Frame => ({
    ...folder,
    items: [],
    next: 0,
    cursor: undefined,
  });
  const stack = [open({ id, path })];
  for (let frame = stack.at(-1); frame; frame = stack.at(-1)) {
    const node = frame.items[frame.next++];
    if (node) {
      const itsPath = frame.path === "" ? node.name : `${frame.path}/${node.name}`;
      yield toItem(node, itsPath);
      if (node.kind === "folder") stack.push(open({ id: node.id, path: itsPath }));
    } else if (frame.cursor === null) {
      stack.pop();
    } else {
      const from: { cursor?: string } = frame.cursor === undefined ? {} : { cursor: frame.cursor };
      const page = await nodes.children({ folderId: frame.id, limit: pageNodes, ...from });
      Object.assign(frame, { items: page.items, next: 0, cursor: page.nextCursor });
    }
  }
}

function toItem(node: DriveNode, path: string): ArchiveItem {
  const { modifiedAt } = node;
  return node.kind === "folder"
    ? { kind: "folder", path, modifiedAt }
    : { kind: "file", path, modifiedAt, size: node.size, blobId: node.blobId };
}
