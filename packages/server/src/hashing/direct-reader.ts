/**
 * Reads a file around the page cache where the file system allows it: bytes that were written that way are not in the cache, and
 * reading a gigabyte through it only to hash it once costs a copy and pushes out what others use.
 */
import { close, constants, open, read } from "node:fs";
import { promisify } from "node:util";
import { createSlabPool, slabAlignment, slabBytes } from "../core/blobs/slab-pool.ts";

const openFd = promisify(open);
const closeFd = promisify(close);
const readFd = promisify(read);

export interface DirectReader extends AsyncDisposable {
  /** Bytes from `position`, at most up to `end` and at most a slab. They stay valid until the next but one is asked for. */
  read(position: number, end: number): Promise<Uint8Array>;
}

/** Two slabs a reader, and readers of one thread seldom overlap: kept, because making shared memory is slow. */
const idleMemory: Uint8Array[][] = [];

function lendMemory(): Uint8Array[] {
  const kept = idleMemory.pop();
  if (kept) return kept;
  const pool = createSlabPool({ slabs: 2 });
  return [pool.tryAcquire(), pool.tryAcquire()].flatMap((slab) => (slab ? [slab.bytes] : []));
}

export async function openDirectReader(path: string): Promise<DirectReader> {
  const { fd, isDirect } = await openFor(path);
  const memory = lendMemory();
  let turn = 0;
  let reading: Promise<unknown> = Promise.resolve();

  const fill = async (position: number, end: number): Promise<Uint8Array> => {
    const buffer = memory[turn++ % memory.length];
    if (!buffer) throw new Error("no memory to read into");
    // A direct read begins and ends on block boundaries; what it brings along on either side is cut off.
    const skip = isDirect ? position % slabAlignment : 0;
    const wanted = Math.min(slabBytes, isDirect ? roundUp(skip + end - position) : end - position);
    const { bytesRead } = await readFd(fd, buffer, 0, wanted, position - skip);
    const count = Math.min(bytesRead - skip, end - position);
    if (count <= 0) throw new Error(`${path} ends before ${position}`);
    return buffer.subarray(skip, skip + count);
  };

  return {
    read(position, end) {
      const bytes = fill(position, end);
      reading = bytes.catch(() => undefined);
      return bytes;
    },
    async [Symbol.asyncDispose]() {
      await reading;
      idleMemory.push(memory);
      await closeFd(fd);
    },
  };
}

async function openFor(path: string): Promise<{ fd: number; isDirect: boolean }> {
  try {
    return { fd: await openFd(path, constants.O_RDONLY | constants.O_DIRECT), isDirect: true };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EINVAL") throw error;
    return { fd: await openFd(path, "r"), isDirect: false };
  }
}

function roundUp(bytes: number): number {
  return Math.ceil(bytes / slabAlignment) * slabAlignment;
}
