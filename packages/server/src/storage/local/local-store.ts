/** `BlobStore` on a folder of this machine. Layout: layout.ts. Durability: durable.ts and volume.ts. */
import { readdir, rename, stat, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { MissingBytes, type BlobStore, type StoredReader } from "../../core/blobs/blob-store.ts";
import {
  closeFd,
  createSyncFolder,
  errorCode,
  linkDurably,
  openFd,
  translateWriteError,
} from "./durable.ts";
import { createLayout } from "./layout.ts";
import { createPacks } from "./packs.ts";
import { createStaging, unlinkIfThere } from "./staging.ts";
import { readFull, readScattered, writeAll } from "./io.ts";
import { createVolume } from "./volume.ts";

export interface LocalStore extends BlobStore, AsyncDisposable {
  /** Of the volume: what is used, and what we may still use. What its file system keeps for others is neither. */
  space(): Promise<{ usedBytes: number; freeBytes: number }>;
}

export async function openLocalStore({
  root,
  onPoison,
  direct = true,
  maxPackBytes,
}: {
  root: string;
  onPoison: (error: Error) => void;
  direct?: boolean;
  /** Default: 64 MiB, less on a small volume. */
  maxPackBytes?: number;
}): Promise<LocalStore> {
  const syncFolder = createSyncFolder();
  const layout = await createLayout(root, syncFolder);
  const volume = createVolume({ direct, onPoison });
  const staging = createStaging({ layout, volume, syncFolder });
  const packs = createPacks({
    layout,
    volume,
    syncFolder,
    maxPackBytes: maxPackBytes ?? (await packBytesFor(root)),
  });
  const guardedSync = (path: string) => volume.guard(syncFolder(path));

  return {
    staging,
    packs,
    get poisoned() {
      return volume.poisoned;
    },
    stagingPath: layout.staging,
    async publish({ stagingId, name }) {
      volume.assertWritable();
      try {
        await linkDurably(
          { from: layout.staging(stagingId), to: layout.stored({ stored: name, kind: "blob" }) },
          guardedSync,
        );
      } catch (error) {
        throw translateWriteError(error, 0);
      }
    },
    async write({ name, source }) {
      volume.assertWritable();
      const scratch = layout.staging(`write-${name}`);
      const fd = await openFd(scratch, "wx", 0o600);
      try {
        let position = 0;
        for await (const bytes of source) position += await writeAll(fd, { bytes, position });
        await volume.flush(fd);
        await linkDurably(
          { from: scratch, to: layout.stored({ stored: name, kind: "blob" }) },
          guardedSync,
        );
      } catch (error) {
        throw translateWriteError(error, 0);
      } finally {
        await closeFd(fd);
        await unlinkIfThere(scratch);
      }
    },
    async open(file) {
      return openReader(layout.stored(file));
    },
    async remove(file) {
      // An append after this would go to a file that no name leads to any more.
      if (file.kind === "pack") await packs.retire(file.stored);
      await unlinkIfThere(layout.stored(file));
    },
    async *list() {
      for (const stored of await readdir(layout.packsFolder)) yield* described(stored, "pack");
      for (const shard of await readdir(layout.blobsFolder)) {
        for (const stored of await readdir(join(layout.blobsFolder, shard)))
          yield* described(stored, "blob");
      }
    },
    async quarantine(file) {
      if (file.kind === "pack") await packs.retire(file.stored);
      const to = layout.quarantine(file.stored);
      await rename(layout.stored(file), to);
      await guardedSync(dirname(to));
    },
    async space() {
      const { blocks, bfree, bavail, bsize } = await statfs(layout.root);
      return { usedBytes: (blocks - bfree) * bsize, freeBytes: bavail * bsize };
    },
    async freeBytes() {
      const { bavail, bsize } = await statfs(layout.root);
      return bavail * bsize;
    },
    async reserveBytes(wanted) {
      const { blocks, bsize } = await statfs(layout.root);
      return Math.min(wanted, Math.floor((blocks * bsize) / 20));
    },
    async [Symbol.asyncDispose]() {
      await packs.close();
    },
  };

  async function* described(stored: string, kind: "blob" | "pack") {
    const found = await stat(layout.stored({ stored, kind }));
    yield { stored, kind, length: found.size, modifiedAt: found.mtimeMs };
  }
}

const mebibyte = 1024 * 1024;

/** Half a pack must fit into the reserve, or a full disk could not be compacted. */
async function packBytesFor(root: string): Promise<number> {
  const { blocks, bsize } = await statfs(root);
  return Math.min(64 * mebibyte, Math.max(mebibyte / 4, Math.floor((blocks * bsize) / 64)));
}

async function openReader(path: string): Promise<StoredReader> {
  const fd = await openFd(path, "r").catch((error: unknown) => {
    if (errorCode(error) === "ENOENT") throw new MissingBytes(path, { cause: error });
    throw error;
  });
  const { size } = await stat(path);
  return {
    length: size,
    read: (target, position) => readFull(fd, { target, position }),
    readInto: (targets, position) => readScattered(fd, { targets, position }),
    async [Symbol.asyncDispose]() {
      await closeFd(fd);
    },
  };
}
