/** Short ways to grow a tree for the suites of the drive's ports. */
import { newId } from "../../ids.ts";
import type { Actor } from "../../events.ts";
import { NOW, newUpload, putFile } from "../../uploads/testing/stores.ts";
import type { Stores } from "../../uploads/testing/stores.ts";
import type { ConflictPolicy } from "../../uploads/upload.ts";
import type { TreeJob } from "../tree-job.ts";

export const actor: Actor = { accountId: null, address: "203.0.113.7" };

export function growTree(stores: Stores, ownerId: string) {
  const change = { ownerId, actor, now: NOW };
  const { nodes } = stores;
  return {
    change,
    folder: async (path: string, parentId = ownerId): Promise<string> =>
      (
        await nodes.makeFolders({
          ...change,
          parentId,
          names: path.split("/"),
          onConflict: "reuse",
        })
      ).id,
    file: async (
      name: string,
      { parentId = ownerId, size = 10, content = name, onConflict = "fail" as ConflictPolicy } = {},
    ): Promise<string> => {
      const upload = newUpload(ownerId, { name, parentId, size, onConflict });
      return (await putFile(stores, { content, upload })).fileId!;
    },
    /** Every name below the folder, as `a/ a/b.txt`. */
    async names(folderId = ownerId): Promise<string> {
      const found: string[] = [];
      const visit = async (id: string, prefix: string): Promise<void> => {
        const { items } = await nodes.children({ folderId: id, limit: 1_000 });
        for (const node of items) {
          found.push(prefix + node.name + (node.kind === "folder" ? "/" : ""));
          if (node.kind === "folder") await visit(node.id, `${prefix}${node.name}/`);
        }
      };
      await visit(folderId, "");
      return found.join(" ");
    },
    used: async (): Promise<number> => (await stores.accounts.find(ownerId))!.usedBytes,
    reserved: async (): Promise<number> => (await stores.accounts.find(ownerId))!.reservedBytes,
    move: (
      ids: string[],
      parentId: string,
      more: { name?: string; onConflict?: ConflictPolicy } = {},
    ) => nodes.move({ ...change, ids, parentId, onConflict: "fail", ...more }),
    copy: (
      ids: string[],
      parentId: string,
      more: { name?: string; onConflict?: ConflictPolicy } = {},
    ) => nodes.copy({ ...change, ids, parentId, onConflict: "fail", ...more }),
    trash: (...ids: string[]) => nodes.trashNodes({ ...change, ids }),
    restore: (ids: string[], more: { parentId?: string; onConflict?: ConflictPolicy } = {}) =>
      nodes.restore({ ...change, ids, onConflict: "fail", ...more }),
    remove: (...ids: string[]) => nodes.remove({ ...change, ids }),
    /** Takes all steps of a job. */
    async finish(id: string): Promise<TreeJob | undefined> {
      while (await nodes.advanceJob({ id, now: NOW }));
      return nodes.findJob(id);
    },
    /** Many small files in one go. */
    async fill(parentId: string, count: number, name: (i: number) => string = (i) => `f${i}`) {
      const stored = newId();
      for (let start = 0; start < count; start += 1_000) {
        const files = Array.from({ length: Math.min(1_000, count - start) }, (_, i) => ({
          fileId: newId(),
          blobId: newId(),
          ownerId,
          parentId,
          folders: [],
          name: name(start + i),
          mediaType: null,
          size: 1,
          sha256: "ab".repeat(32),
          onConflict: "fail" as const,
          segment: { stored, offset: 0 },
        }));
        await stores.blobs.publishSmall({ files, pack: { stored, length: 1 }, now: NOW });
      }
    },
  };
}
