/** Positioned reads and writes that do not stop short of what was asked. */
import { read, readv, write } from "node:fs";
import { promisify } from "node:util";

const readFd = promisify(read);

interface Stretch {
  bytes: Uint8Array;
  position: number;
}

/** The callback form with a plain view: the promise form copies nothing either, but costs an object a call. */
export function writeOnce(fd: number, { bytes, position }: Stretch): Promise<number> {
  return new Promise((resolve, reject) => {
    write(fd, bytes, 0, bytes.length, position, (error, written) =>
      error ? reject(error) : resolve(written),
    );
  });
}

/** A short write is legal (signal, nearly full disk): go on until all is written or the kernel says why not. */
export async function writeAll(fd: number, { bytes, position }: Stretch): Promise<number> {
  let done = 0;
  while (done < bytes.length) {
    done += await writeOnce(fd, { bytes: bytes.subarray(done), position: position + done });
  }
  return done;
}

/** Fills `target` from `position`; fewer bytes only at the end of the file. */
export async function readFull(
  fd: number,
  { target, position }: { target: Uint8Array; position: number },
): Promise<number> {
  let filled = 0;
  while (filled < target.length) {
    const { bytesRead } = await readFd(
      fd,
      target,
      filled,
      target.length - filled,
      position + filled,
    );
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}

/** As `readFull`, into one target behind the other. */
export async function readScattered(
  fd: number,
  { targets, position }: { targets: readonly Uint8Array[]; position: number },
): Promise<number> {
  let filled = 0;
  let left = targets;
  while (left.length > 0) {
    const count = await readvOnce(fd, { targets: left, position: position + filled });
    if (count === 0) break;
    filled += count;
    left = skipBytes(left, count);
  }
  return filled;
}

function readvOnce(
  fd: number,
  { targets, position }: { targets: readonly Uint8Array[]; position: number },
): Promise<number> {
  return new Promise((resolve, reject) => {
    readv(fd, targets, position, (error, count) => (error ? reject(error) : resolve(count)));
  });
}

/** What is not filled yet: the kernel takes 1,024 targets at a time, and may stop short anywhere. */
function skipBytes(targets: readonly Uint8Array[], count: number): readonly Uint8Array[] {
  let skipped = 0;
  let first = 0;
  while (first < targets.length && skipped + targets[first]!.length <= count)
    skipped += targets[first++]!.length;
  const [next, ...rest] = targets.slice(first);
  return next === undefined ? [] : [next.subarray(count - skipped), ...rest];
}
