/**
 * Who may do what in whose drive: the one place that is asked before anything in a tree is read or changed. What somebody may not see is
 * answered as what does not exist; what they may see and not change, as `share-right-missing`. The store then acts in the drive that this named.
 *
 * Everybody may do everything in their own drive. What is shared with an account it may reach through the chain of parents' ids, while it is live:
 *
 * - `view`: read it. `edit`: put things into it, and give a file new content, where it was shared for editing;
 * - `arrange`: rename, move, trash it: where a folder above it was shared for editing, never what was shared itself;
 * - `own`: delete for good, restore, share, mark: the owner alone.
 */
import type { Clock } from "../clock.ts";
import { CoreError } from "../errors.ts";
import { isId } from "../ids.ts";
import type { ShareStore } from "../sharing/share-store.ts";
import type { DriveNode } from "./node.ts";
import type { NodeStore, Trail } from "./node-store.ts";

export type Right = "view" | "edit" | "arrange" | "own";

/** What clients call the root folder of whoever asks. */
const rootAlias = "root";

/** What a right is asked for. */
type Opened = Pick<DriveNode, "id" | "ownerId">;

interface Asker {
  readonly accountId: string;
  readonly right: Right;
}

export interface DriveAccess {
  /** Throws `node-not-found`, `share-right-missing`. */
  open(input: Asker & { id: string }): Promise<DriveNode>;
  /** As `open`, and all in one drive, each once and in the order asked for. */
  openAll(
    input: Asker & { ids: readonly string[] },
  ): Promise<{ ownerId: string; nodes: DriveNode[] }>;
  /** As `openAll`, of those that the caller finds by its own means, with what it needs of each; roots are found here. */
  openListed<N extends Opened>(
    input: Asker & {
      ids: readonly string[];
      find: (ids: readonly string[]) => Promise<ReadonlyMap<string, N>>;
    },
  ): Promise<{ ownerId: string; nodes: (N | DriveNode)[] }>;
  /** The folders above a node as far up as an account may see: to the root, or to what was shared. */
  foldersSeen(input: { accountId: string; trail: Trail }): Promise<readonly DriveNode[]>;
}

export function createDriveAccess({
  nodes,
  shares,
  clock,
}: {
  nodes: Pick<NodeStore, "find" | "findMany" | "trail">;
  shares: Pick<ShareStore, "grantsOn">;
  clock: Clock;
}): DriveAccess {
  const grantsAlong = async (accountId: string, { node, folders }: Trail) => {
    const nodeIds = [...folders, node].map(({ id }) => id);
    const grants = await shares.grantsOn({ accountId, nodeIds, now: clock.now() });
    return grants.filter((grant) => grant.ownerId === node.ownerId);
  };

  const rightsThroughShares = async (accountId: string, id: string): Promise<Set<Right>> => {
    const trail = await nodes.trail(id);
    const grants = trail?.isLive ? await grantsAlong(accountId, trail) : [];
    const editing = grants.filter(({ right }) => right === "edit");
    const rights = new Set<Right>(grants.length > 0 ? ["view"] : []);
    if (editing.length > 0) rights.add("edit");
    if (editing.some(({ nodeId }) => nodeId !== id)) rights.add("arrange");
    return rights;
  };

  const assertAllowed = async <N extends Opened>(
    node: N | undefined,
    { accountId, right, asked }: Asker & { asked: string },
  ): Promise<N> => {
    if (node?.ownerId === accountId) return node;
    const rights = node && (await rightsThroughShares(accountId, node.id));
    if (!node || !rights?.has("view")) throw new CoreError("node-not-found", { id: asked });
    if (!rights.has(right)) throw new CoreError("share-right-missing", { needed: right });
    return node;
  };

  const open: DriveAccess["open"] = async ({ id: asked, ...asker }) => {
    const id = asked === rootAlias ? asker.accountId : asked;
    return assertAllowed(isId(id) ? await nodes.find(id) : undefined, { ...asker, asked });
  };

  const openListed: DriveAccess["openListed"] = async <N extends Opened>({
    ids,
    find,
    ...asker
  }: Asker & {
    ids: readonly string[];
    find: (ids: readonly string[]) => Promise<ReadonlyMap<string, N>>;
  }) => {
    const distinct = [...new Set(ids)];
    const found = await find(distinct.filter(isId));
    const opened: (N | DriveNode)[] = [];
    for (const id of distinct) {
      const node = found.get(id);
      // Most are one's own, of which there are thousands.
      if (node?.ownerId === asker.accountId) opened.push(node);
      else if (node) opened.push(await assertAllowed(node, { ...asker, asked: id }));
      else opened.push(await open({ ...asker, id }));
    }
    const ownerId = opened[0]?.ownerId ?? asker.accountId;
    const elsewhere = opened.find((node) => node.ownerId !== ownerId);
    if (elsewhere) throw new CoreError("node-not-found", { id: elsewhere.id });
    return { ownerId, nodes: opened };
  };

  return {
    open,
    openListed,
    openAll: (input) => openListed({ ...input, find: (ids) => nodes.findMany(ids) }),
    async foldersSeen({ accountId, trail }) {
      const { node, folders } = trail;
      if (node.ownerId === accountId) return folders;
      const granted = new Set((await grantsAlong(accountId, trail)).map(({ nodeId }) => nodeId));
      const first = folders.findIndex(({ id }) => granted.has(id));
      return first < 0 ? [] : folders.slice(first);
    },
  };
}
