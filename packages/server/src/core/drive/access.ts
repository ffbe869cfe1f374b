/**
 * Who may do what in whose drive: the one place that is asked before anything in a tree is read or changed. What somebody may not see is
 * answered as what does not exist. The store then acts in the drive that this named, so sharing has to teach only this file.
 */
import { CoreError } from "../errors.ts";
import { isId } from "../ids.ts";
import type { DriveNode } from "./node.ts";
import type { NodeStore } from "./node-store.ts";

export type Right = "view" | "edit";

/** What clients call the root folder of whoever asks. */
export const rootAlias = "root";

export interface DriveAccess {
  /** Throws `node-not-found`. */
  open(input: { accountId: string; id: string; right: Right }): Promise<DriveNode>;
  /** As `open`, and all in one drive, each once and in the order asked for. */
  openAll(input: {
    accountId: string;
    ids: readonly string[];
    right: Right;
  }): Promise<{ ownerId: string; nodes: DriveNode[] }>;
}

export function createDriveAccess({
  nodes,
}: {
  nodes: Pick<NodeStore, "find" | "findMany">;
}): DriveAccess {
  /** Everybody may do everything in their own drive, and nothing elsewhere. */
  const isAllowed = (node: DriveNode, { accountId }: { accountId: string; right: Right }) =>
    node.ownerId === accountId;

  const open: DriveAccess["open"] = async ({ id: asked, ...asker }) => {
    const id = asked === rootAlias ? asker.accountId : asked;
    const node = isId(id) ? await nodes.find(id) : undefined;
    if (node === undefined || !isAllowed(node, asker))
      throw new CoreError("node-not-found", { id: asked });
    return node;
  };

  return {
    open,
    async openAll({ ids, ...asker }) {
      const distinct = [...new Set(ids)];
      const found = await nodes.findMany(distinct.filter(isId));
      const opened: DriveNode[] = [];
      for (const id of distinct) {
        const node = found.get(id);
        opened.push(node && isAllowed(node, asker) ? node : await open({ ...asker, id }));
      }
      const ownerId = opened[0]?.ownerId ?? asker.accountId;
      const elsewhere = opened.find((node) => node.ownerId !== ownerId);
      if (elsewhere) throw new CoreError("node-not-found", { id: elsewhere.id });
      return { ownerId, nodes: opened };
    },
  };
}
