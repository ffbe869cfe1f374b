/**
 * Scratch files in `<root>/spool`, each without a name from the moment it is open: whatever ends the process, the file system takes the
 * bytes back.
 */
import { randomUUID } from "node:crypto";
import { mkdir, unlink } from "node:fs/promises";
import { join } from "node:path";
import type { Spool } from "../../core/blobs/spool.ts";
import { closeFd, openFd, translateWriteError } from "./durable.ts";
import { readFull, writeAll } from "./io.ts";

export async function openLocalSpool(root: string): Promise<Spool> {
  const folder = join(root, "spool");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return {
    async open() {
      const path = join(folder, randomUUID());
      const fd = await openFd(path, "wx+", 0o600).catch((error: unknown) => {
        throw translateWriteError(error, 0);
      });
      await unlink(path);
      return {
        async write(bytes, position) {
          try {
            await writeAll(fd, { bytes, position });
          } catch (error) {
            throw translateWriteError(error, bytes.length);
          }
        },
        read: (target, position) => readFull(fd, { target, position }),
        [Symbol.asyncDispose]: () => closeFd(fd),
      };
    },
  };
}
