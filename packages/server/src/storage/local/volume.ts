/**
 * What all files of one store share: the poison flag and whether direct I/O works here.
 *
 * After a failed flush the kernel may have dropped the dirty pages and marked them clean, so a second flush that succeeds
 * proves nothing (the "fsyncgate" of 2018). The volume is poisoned: no write is accepted until a restart has read the disk again.
 */
import { FlushFailed } from "../../core/blobs/blob-store.ts";
import { CoreError } from "../../core/errors.ts";
import { dataSyncFd, errorCode, isNoSpace } from "./durable.ts";

export interface Volume {
  readonly poisoned: string | null;
  /** False once direct I/O was refused here (tmpfs, some network file systems). */
  direct: boolean;
  /** Throws `writes-stopped` when poisoned. */
  assertWritable(): void;
  /** fdatasync; throws `FlushFailed`, and unless space was lacking the volume is poisoned. */
  flush(fd: number): Promise<void>;
  /** Runs a flush of another kind (folders) under the same rule. */
  guard(flush: Promise<void>): Promise<void>;
}

export function createVolume({
  direct,
  onPoison,
}: {
  direct: boolean;
  onPoison: (error: Error) => void;
}): Volume {
  let poisoned: string | null = null;
  const guard = async (flush: Promise<void>): Promise<void> => {
    try {
      await flush;
    } catch (error) {
      const code = errorCode(error);
      // These fail before anything is flushed: opening the folder did not work, no page was touched.
      if (code === "ENOENT" || code === "EMFILE" || code === "ENFILE") throw error;
      const noSpace = isNoSpace(error);
      if (!noSpace && poisoned === null) {
        poisoned = `a flush failed: ${(error as Error).message}`;
        onPoison(error as Error);
      }
      throw new FlushFailed({ noSpace, cause: error });
    }
  };
  return {
    get poisoned() {
      return poisoned;
    },
    direct,
    assertWritable() {
      if (poisoned !== null) throw new CoreError("writes-stopped", { reason: poisoned });
    },
    flush: (fd) => guard(dataSyncFd(fd)),
    guard,
  };
}
