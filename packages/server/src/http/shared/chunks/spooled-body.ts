/**
 * Bytes kept until it is known where they belong: the first of them in memory, as far as all such bodies together may have some, the
 * rest in a scratch file. Never more than the limit.
 */
import type { ContentHasher } from "../../../core/blobs/content-hasher.ts";
import type { DigestAlgorithm, Digests } from "../../../core/blobs/digest.ts";
import type { MemoryBudget } from "../../../core/blobs/memory-budget.ts";
import type { Spool, SpoolFile } from "../../../core/blobs/spool.ts";
import { CoreError } from "../../../core/errors.ts";
import type { ByteSource } from "../../../core/uploads/byte-source.ts";

export interface SpooledBody extends AsyncDisposable {
  readonly length: number;
  /** May be read again and again. */
  source(): ByteSource;
  digest(algorithms: readonly DigestAlgorithm[]): Promise<Digests>;
}

export interface SpoolOptions {
  readonly spool: Spool;
  readonly hasher: ContentHasher;
  readonly memory: MemoryBudget;
}

/** Of one body. */
const maxMemoryBytes = 1024 * 1024;
const readBytes = 1024 * 1024;

/** Throws `body-too-long` past the limit, and whatever the source throws. */
export async function spoolBody(
  source: ByteSource,
  { spool, hasher, memory, limitBytes }: SpoolOptions & { limitBytes: number },
): Promise<SpooledBody> {
  const pieces: Uint8Array[] = [];
  let inMemory = 0;
  let length = 0;
  let file: SpoolFile | undefined;
  const close = async (): Promise<void> => {
    memory.giveBack(inMemory);
    inMemory = 0;
    pieces.length = 0;
    await file?.[Symbol.asyncDispose]();
  };
  try {
    for await (const { bytes, release } of source.chunks({ position: 0, signal: never })) {
      try {
        if (length + bytes.length > limitBytes)
          throw new CoreError("body-too-long", { limitBytes });
        const isKept =
          !file && inMemory + bytes.length <= maxMemoryBytes && memory.take(bytes.length);
        if (isKept) {
          pieces.push(Uint8Array.from(bytes));
          inMemory += bytes.length;
        } else {
          file ??= await spool.open();
          await file.write(bytes, length - inMemory);
        }
        length += bytes.length;
      } finally {
        release();
      }
    }
  } catch (error) {
    await close();
    throw error;
  }

  async function* chunks({ signal }: { signal: AbortSignal }) {
    const release = (): void => undefined;
    for (const bytes of pieces) {
      if (signal.aborted) return;
      yield { bytes, release };
    }
    for (let at = inMemory; at < length && file; at += readBytes) {
      const bytes = new Uint8Array(Math.min(readBytes, length - at));
      await file.read(bytes, at - inMemory);
      if (signal.aborted) return;
      yield { bytes, release };
    }
  }
  return {
    length,
    source: () => ({ declaredLength: length, chunks }),
    async digest(algorithms) {
      const stream = hasher.open({ algorithms, path: null });
      try {
        for await (const { bytes } of chunks({ signal: never })) await stream.append(bytes);
        return await stream.digest();
      } finally {
        stream.close();
      }
    },
    [Symbol.asyncDispose]: close,
  };
}

const never = new AbortController().signal;
