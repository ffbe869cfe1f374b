/** The staging folder: one sparse file an open upload, each opened once however many write to it. */
import { readdir, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { MissingBytes, type Staging } from "../../core/blobs/blob-store.ts";
import { closeFd, errorCode, openFd, translateWriteError, type SyncFolder } from "./durable.ts";
import type { Layout } from "./layout.ts";
import { openStagingFile, type OpenStagingFile } from "./staging-file.ts";
import type { Volume } from "./volume.ts";

interface Shared {
  users: number;
  readonly file: Promise<OpenStagingFile>;
}

export function createStaging({
  layout,
  volume,
  syncFolder,
}: {
  layout: Layout;
  volume: Volume;
  syncFolder: SyncFolder;
}): Staging {
  const opened = new Map<string, Shared>();

  const open = async (id: string): Promise<OpenStagingFile> => {
    try {
      return await openStagingFile(layout.staging(id), volume);
    } catch (error) {
      opened.delete(id);
      if (errorCode(error) === "ENOENT") throw new MissingBytes(`staging ${id}`, { cause: error });
      throw error;
    }
  };

  const giveBack = async (id: string, shared: Shared): Promise<void> => {
    if (--shared.users > 0) return;
    if (opened.get(id) === shared) opened.delete(id);
    await (await shared.file).close();
  };

  return {
    async create(id) {
      volume.assertWritable();
      try {
        await closeFd(await openFd(layout.staging(id), "wx", 0o600));
        await volume.guard(syncFolder(layout.stagingFolder));
      } catch (error) {
        throw translateWriteError(error, 0);
      }
    },
    async open(id) {
      const shared = opened.get(id) ?? { users: 0, file: open(id) };
      opened.set(id, shared);
      shared.users++;
      const file = await shared.file;
      if (file.isBroken()) {
        // Its writers keep what they have; who comes now begins with a descriptor of their own.
        if (opened.get(id) === shared) opened.delete(id);
        await giveBack(id, shared);
        return this.open(id);
      }
      return { ...file, [Symbol.asyncDispose]: () => giveBack(id, shared) };
    },
    async remove(id) {
      await unlinkIfThere(layout.staging(id));
    },
    async *list() {
      for (const id of await readdir(layout.stagingFolder)) {
        const found = await statIfThere(join(layout.stagingFolder, id));
        if (found) yield { id, length: found.size, modifiedAt: found.mtimeMs };
      }
    },
    async length(id) {
      return (await statIfThere(layout.staging(id)))?.size;
    },
  };
}

export async function unlinkIfThere(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
}

async function statIfThere(path: string) {
  try {
    return await stat(path);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}
