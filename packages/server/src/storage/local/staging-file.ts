/**
 * One open staging file, shared by all who write to it at once.
 *
 * Large aligned writes go around the page cache (O_DIRECT): measured on one machine, 1 GiB written and flushed took 0.06 s of CPU
 * instead of 0.58 s, and half the time. What is not aligned (the edges of a part) goes through the cache; the two never share a block
 * in one call, and the kernel keeps both views coherent.
 */
import { constants, fstat, ftruncate } from "node:fs";
import { promisify } from "node:util";
import { slabAlignment } from "../../core/blobs/slab-pool.ts";
import type { StagingFile } from "../../core/blobs/blob-store.ts";
import { asError } from "../../core/errors.ts";
import { closeFd, createSharedRun, errorCode, openFd, translateWriteError } from "./durable.ts";
import { readFull, writeAll, writeOnce } from "./io.ts";
import type { Volume } from "./volume.ts";

const statFd = promisify(fstat);
const truncateFd = promisify(ftruncate);

/** Below this, a second descriptor and the alignment rules cost more than the copy they save. */
const directFromBytes = 256 * 1024;

export type OpenStagingFile = Omit<StagingFile, typeof Symbol.asyncDispose> & {
  /** A flush failed: whoever begins to write now needs a fresh descriptor. */
  isBroken(): boolean;
  close(): Promise<void>;
};

export async function openStagingFile(path: string, volume: Volume): Promise<OpenStagingFile> {
  const fd = await openFd(path, "r+");
  let directFd: Promise<number | undefined> | undefined;
  const { size: length } = await statFd(fd);
  const flush = createSharedRun(() => volume.flush(fd));
  let broken: Error | undefined;

  const openDirect = async (): Promise<number | undefined> => {
    try {
      return await openFd(path, constants.O_WRONLY | constants.O_DIRECT);
    } catch (error) {
      if (errorCode(error) !== "EINVAL") throw error;
      volume.direct = false;
      return undefined;
    }
  };

  const writeAligned = async (bytes: Uint8Array, position: number): Promise<number> => {
    const direct = await (directFd ??= openDirect());
    if (direct === undefined) return writeAll(fd, { bytes, position });
    try {
      // Short writes are legal; what is left of one may be unaligned, and goes through the cache.
      const written = await writeOnce(direct, { bytes, position });
      if (written < bytes.length)
        await writeAll(fd, { bytes: bytes.subarray(written), position: position + written });
      return bytes.length;
    } catch (error) {
      if (errorCode(error) !== "EINVAL") throw error;
      volume.direct = false;
      return writeAll(fd, { bytes, position });
    }
  };

  return {
    length,
    isBroken: () => broken !== undefined,
    async write(bytes, position) {
      volume.assertWritable();
      try {
        const cut = volume.direct ? splitAligned(bytes, position) : undefined;
        if (!cut) {
          await writeAll(fd, { bytes, position });
          return;
        }
        if (cut.from > 0) await writeAll(fd, { bytes: bytes.subarray(0, cut.from), position });
        await writeAligned(bytes.subarray(cut.from, cut.to), position + cut.from);
        if (cut.to < bytes.length)
          await writeAll(fd, { bytes: bytes.subarray(cut.to), position: position + cut.to });
      } catch (error) {
        throw translateWriteError(error, bytes.length);
      }
    },
    async sync() {
      volume.assertWritable();
      // A flush that failed may have dropped what any writer of this file wrote before it: none of them can flush it any more.
      await flush().catch((error: unknown) => {
        broken = asError(error);
      });
      if (broken) throw broken;
    },
    read: (target, position) => readFull(fd, { target, position }),
    async trim(size) {
      if ((await statFd(fd)).size > size) await truncateFd(fd, size);
    },
    async close() {
      const direct = await directFd;
      await Promise.all([closeFd(fd), direct === undefined ? undefined : closeFd(direct)]);
    },
  };
}

/** The stretch of `bytes` fit for direct I/O: aligned in memory and in the file, and long enough; else undefined. */
function splitAligned(
  bytes: Uint8Array,
  position: number,
): { from: number; to: number } | undefined {
  if (!(bytes.buffer instanceof SharedArrayBuffer)) return undefined;
  if (bytes.byteOffset % slabAlignment !== position % slabAlignment) return undefined;
  const from = (slabAlignment - (position % slabAlignment)) % slabAlignment;
  const to = from + Math.floor((bytes.length - from) / slabAlignment) * slabAlignment;
  return to - from >= directFromBytes ? { from, to } : undefined;
}
