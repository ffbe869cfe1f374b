/**
 * The folder of a local store.
 *
 *   staging/<upload id>      bytes of open uploads, written where they will stay; sparse
 *   blobs/<xx>/<name>        published files, immutable; <xx> are the last two characters of the name, which are random
 *   packs/<name>             small files side by side; append only
 *   quarantine/<name>        files that start-up found without a row; kept for a person to look at
 *
 * All in one file system: publishing is a `link`, never a copy. The 256 blob folders are made at once, so that no
 * publish ever has to make a folder's own name durable.
 */
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { StoredKind } from "../../core/blobs/manifest.ts";
import type { SyncFolder } from "./durable.ts";

export interface Layout {
  readonly root: string;
  readonly stagingFolder: string;
  readonly packsFolder: string;
  readonly blobsFolder: string;
  staging(id: string): string;
  stored(file: { stored: string; kind: StoredKind }): string;
  quarantine(stored: string): string;
}

export async function createLayout(root: string, syncFolder: SyncFolder): Promise<Layout> {
  const [stagingFolder, packsFolder, blobsFolder, quarantineFolder] = [
    "staging",
    "packs",
    "blobs",
    "quarantine",
  ].map((name) => join(root, name)) as [string, string, string, string];
  const shards = Array.from({ length: 256 }, (_, i) =>
    join(blobsFolder, i.toString(16).padStart(2, "0")),
  );
  for (const folder of [stagingFolder, packsFolder, blobsFolder, quarantineFolder, ...shards]) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  }
  for (const folder of [blobsFolder, root, dirname(root)]) await syncFolder(folder);
  return {
    root,
    stagingFolder,
    packsFolder,
    blobsFolder,
    staging: (id) => join(stagingFolder, id),
    stored: ({ stored, kind }) =>
      kind === "pack" ? join(packsFolder, stored) : join(blobsFolder, stored.slice(-2), stored),
    quarantine: (stored) => join(quarantineFolder, stored),
  };
}
