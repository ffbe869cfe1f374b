/** What people do with their folders and files: each asks `access` first, then is one command of the store. */
import type { Clock } from "../clock.ts";
import { CoreError } from "../errors.ts";
import type { Actor } from "../events.ts";
import type { ConflictPolicy } from "../uploads/upload.ts";
import type { DriveAccess, Right } from "./access.ts";
import { isRoot, type DriveNode } from "./node.ts";
import { parseName } from "./name.ts";
import type { NodeStore, TreeOutcome } from "./node-store.ts";

/** Somebody with an account. */
export interface Member extends Actor {
  readonly accountId: string;
}

interface Place {
  readonly parentId: string;
  readonly onConflict?: ConflictPolicy;
}

export interface NodeChanges {
  readonly name?: string;
  readonly parentId?: string;
  readonly onConflict?: ConflictPolicy;
  readonly starred?: boolean;
  /** In the place of those that it has. */
  readonly tags?: readonly string[];
}

export interface ChangeTree {
  makeFolder(
    by: Member,
    folder: {
      parentId: string;
      names: readonly string[];
      onConflict?: "fail" | "keep-both" | "reuse";
    },
  ): Promise<DriveNode>;
  /** Renames, moves, stars and tags one node, all that is given or nothing. Returns the id under which it is found now. */
  change(by: Member, change: { id: string } & NodeChanges): Promise<string>;
  /** Renames, moves, or both. Returns the ids under which the nodes are found now. */
  move(
    by: Member,
    move: { ids: readonly string[]; name?: string; parentId?: string; onConflict?: ConflictPolicy },
  ): Promise<readonly string[]>;
  copy(by: Member, copy: { ids: readonly string[]; name?: string } & Place): Promise<TreeOutcome>;
  trash(by: Member, ids: readonly string[]): Promise<void>;
  /** Without a folder: back to where they were, or the root if that is gone. */
  restore(
    by: Member,
    restore: { ids: readonly string[]; parentId?: string; onConflict?: ConflictPolicy },
  ): Promise<readonly string[]>;
  /** For good. */
  remove(by: Member, ids: readonly string[]): Promise<TreeOutcome>;
  emptyTrash(by: Member): Promise<TreeOutcome>;
  restoreVersion(by: Member, version: { id: string; number: number }): Promise<DriveNode>;
  removeVersion(by: Member, version: { id: string; number: number }): Promise<void>;
  star(by: Member, star: { ids: readonly string[]; starred: boolean }): Promise<void>;
}

export function createChangeTree({
  nodes,
  access,
  clock,
}: {
  nodes: NodeStore;
  access: DriveAccess;
  clock: Clock;
}): ChangeTree {
  const change = (by: Member, ownerId: string) => ({
    ownerId,
    actor: { accountId: by.accountId, address: by.address },
    now: clock.now(),
  });
  const openAll = async (by: Member, { ids, right }: { ids: readonly string[]; right: Right }) => {
    const opened = await access.openAll({ accountId: by.accountId, ids, right });
    const root = opened.nodes.find(isRoot);
    if (root) throw new CoreError("invalid-request", { field: "ids", reason: "the root stays" });
    return { ...opened, ids: opened.nodes.map((node) => node.id) };
  };
  const open = (by: Member, id: string, right: Right = "edit") =>
    access.open({ accountId: by.accountId, id, right });

  return {
    async makeFolder(by, { parentId, names, onConflict = "fail" }) {
      names.forEach(parseName);
      const { id, ownerId } = await open(by, parentId);
      return nodes.makeFolders({ ...change(by, ownerId), parentId: id, names, onConflict });
    },
    async change(by, { id: asked, name, parentId, onConflict = "fail", starred, tags }) {
      if (name !== undefined) parseName(name);
      const isMarked = starred !== undefined || tags !== undefined;
      const isMoved = name !== undefined || parentId !== undefined;
      const right = isMarked ? "own" : isMoved ? "arrange" : "view";
      const node = await open(by, asked, right);
      const { id, ownerId } = node;
      if (!isMarked && !isMoved) return id;
      if (isMoved && isRoot(node))
        throw new CoreError("invalid-request", { field: "id", reason: "the root stays" });
      const place = parentId === undefined ? node.parentId : (await open(by, parentId)).id;
      // Without a folder to go to, something in the trash cannot be renamed either.
      if (isMoved && place === null) throw new CoreError("node-trashed", { id });
      const renamed = name === undefined ? {} : { name };
      const marks = {
        accountId: by.accountId,
        ...(starred === undefined ? {} : { starred }),
        ...(tags === undefined ? {} : { tags }),
      };
      return nodes.change({
        ...change(by, ownerId),
        id,
        ...(isMoved && place !== null && { place: { parentId: place, onConflict, ...renamed } }),
        ...(isMarked && { marks }),
      });
    },
    async move(by, { name, parentId, onConflict = "fail", ...asked }) {
      if (name !== undefined) parseName(name);
      const {
        ids,
        ownerId,
        nodes: [first],
      } = await openAll(by, { ids: asked.ids, right: "arrange" });
      const place = parentId === undefined ? first?.parentId : (await open(by, parentId)).id;
      // Without a folder to go to, something in the trash cannot be renamed either.
      if (place === null) throw new CoreError("node-trashed", { id: ids[0] ?? "" });
      if (place === undefined) return [];
      const renamed = name === undefined ? {} : { name };
      return nodes.move({ ...change(by, ownerId), ids, parentId: place, onConflict, ...renamed });
    },
    async copy(by, { parentId, name, onConflict = "fail", ids: wanted }) {
      if (name !== undefined) parseName(name);
      const sources = await access.openAll({
        accountId: by.accountId,
        ids: wanted,
        right: "view",
      });
      const root = sources.nodes.find(isRoot);
      if (root) throw new CoreError("folder-into-itself", { id: root.id });
      const { id, ownerId } = await open(by, parentId);
      const ids = sources.nodes.map((node) => node.id);
      const renamed = name === undefined ? {} : { name };
      const reader = { kind: "account", accountId: by.accountId } as const;
      const asked = sources.ownerId === by.accountId ? {} : { reader };
      const place = { parentId: id, onConflict, ...renamed };
      return nodes.copy({ ...change(by, ownerId), ids, ...place, ...asked });
    },
    async trash(by, asked) {
      const { ids, ownerId } = await openAll(by, { ids: asked, right: "arrange" });
      await nodes.trashNodes({ ...change(by, ownerId), ids });
    },
    async restore(by, { parentId, onConflict = "keep-both", ...asked }) {
      const { ids, ownerId } = await openAll(by, { ids: asked.ids, right: "own" });
      const place = parentId === undefined ? {} : { parentId: (await open(by, parentId)).id };
      return nodes.restore({ ...change(by, ownerId), ids, onConflict, ...place });
    },
    async remove(by, asked) {
      const { ids, ownerId } = await openAll(by, { ids: asked, right: "own" });
      return nodes.remove({ ...change(by, ownerId), ids });
    },
    emptyTrash: (by) => nodes.emptyTrash(change(by, by.accountId)),
    async restoreVersion(by, { id, number }) {
      const { ownerId } = await open(by, id, "own");
      return nodes.restoreVersion({ ...change(by, ownerId), id, number });
    },
    async removeVersion(by, { id, number }) {
      const { ownerId } = await open(by, id, "own");
      await nodes.removeVersion({ ...change(by, ownerId), id, number });
    },
    async star(by, { starred, ...asked }) {
      const { accountId } = by;
      const opened = await access.openAll({ accountId, ids: asked.ids, right: "own" });
      const ids = opened.nodes.map((node) => node.id);
      const { actor, now } = change(by, accountId);
      await nodes.setStar({ accountId, ids, starred, actor, now });
    },
  };
}
