import { systemActor } from "../../core/events.ts";
import { newId } from "../../core/ids.ts";
import { sha256Of } from "../../core/uploads/testing/stores.ts";
import type { World } from "./world.ts";

/** Files with versions, in folders and beside them, in every drive: in an empty one, most of what is tried finds nothing to do. */
export async function furnish({ metadata, owners, files, folders, now }: World): Promise<void> {
  for (const ownerId of owners) {
    const change = { ownerId, actor: systemActor, now };
    const make = async (...names: string[]) =>
      (
        await metadata.nodes.makeFolders({
          ...change,
          parentId: ownerId,
          names,
          onConflict: "fail",
        })
      ).id;
    const made = [await make("b"), await make("b", "c"), await make("c")];
    folders.push(...made);
    for (const [i, content] of ["x", "y"].entries()) {
      const outcomes = await metadata.blobs.publishSmall({
        files: [ownerId, ...made].map((parentId, at) => ({
          fileId: newId(),
          blobId: newId(),
          ownerId,
          parentId,
          folders: [],
          actor: systemActor,
          name: "a.txt",
          mediaType: null,
          size: 10 + i,
          sha256: sha256Of(content),
          onConflict: "replace",
          segment: { stored: `furniture-${i}`, offset: at * 12 },
        })),
        pack: { stored: `furniture-${i}`, length: 48 },
        now,
      });
      for (const outcome of outcomes)
        if (outcome.kind === "published" && i === 0) files.push(outcome.fileId);
    }
  }
}
