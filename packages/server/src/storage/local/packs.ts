/**
 * Packs: small files side by side in one append-only file, so that a batch costs one flush. A pack found after a restart is
 * left as it is and a new one begun: what lies past its recorded end was never acknowledged.
 */
import { join } from "node:path";
import { FlushFailed, type PackStore } from "../../core/blobs/blob-store.ts";
import { newId } from "../../core/ids.ts";
import { closeFd, openFd, translateWriteError, type SyncFolder } from "./durable.ts";
import type { Layout } from "./layout.ts";
import { writeAll } from "./io.ts";
import type { Volume } from "./volume.ts";

interface OpenPack {
  readonly stored: string;
  readonly fd: number;
  length: number;
}

export interface LocalPacks extends PackStore {
  close(): Promise<void>;
}

export function createPacks({
  layout,
  volume,
  syncFolder,
  maxPackBytes,
}: {
  layout: Layout;
  volume: Volume;
  syncFolder: SyncFolder;
  maxPackBytes: number;
}): LocalPacks {
  let current: OpenPack | undefined;

  const close = async (): Promise<void> => {
    const pack = current;
    current = undefined;
    if (pack) await closeFd(pack.fd);
  };

  const openPack = async (): Promise<OpenPack> => {
    const stored = newId();
    const fd = await openFd(join(layout.packsFolder, stored), "wx", 0o600);
    try {
      await volume.guard(syncFolder(layout.packsFolder));
    } catch (error) {
      await closeFd(fd);
      throw error;
    }
    return { stored, fd, length: 0 };
  };

  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  };

  return {
    maxBytes: maxPackBytes,
    close,
    append: (pieces) => inTurn(() => append(pieces)),
    retire: (stored) =>
      inTurn(async () => {
        if (current?.stored === stored) await close();
      }),
  };

  async function append(pieces: readonly Uint8Array[]) {
    volume.assertWritable();
    const bytes = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
    try {
      if (current && current.length + bytes.length > maxPackBytes) await close();
      const pack = (current ??= await openPack());
      const start = pack.length;
      // The length moves only after the flush: a failed append is overwritten by the next one.
      await writeAll(pack.fd, { bytes, position: start });
      await volume.flush(pack.fd);
      pack.length += bytes.length;
      let offset = start;
      const offsets = pieces.map((piece) => (offset += piece.length) - piece.length);
      return { stored: pack.stored, offsets, length: pack.length };
    } catch (error) {
      // A pack whose flush failed is never flushed again: the next append begins another.
      if (error instanceof FlushFailed) await close();
      throw translateWriteError(error, bytes.length);
    }
  }
}
