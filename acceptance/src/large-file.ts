/** A file too large to be held: made again piece by piece whenever it is asked for, no two stretches of it alike. */
import { createHash, randomBytes, type Hash } from "node:crypto";
import { get } from "node:http";
import { mebibyte } from "./content.ts";
import type { Target } from "./server.ts";

const blockBytes = mebibyte;

export interface LargeFile {
  readonly size: number;
  read(start: number, end: number): Buffer;
}

export function makeLargeFile(size: number): LargeFile {
  const noise = randomBytes(2 * blockBytes);
  return {
    size,
    read(start, end) {
      const bytes = Buffer.allocUnsafe(end - start);
      for (let at = start; at < end;) {
        const block = Math.floor(at / blockBytes);
        const stop = Math.min(end, (block + 1) * blockBytes);
        // Each block is the noise from another place on, so that a block in the wrong place is seen.
        const shift = (block * 509) % blockBytes;
        noise.copy(
          bytes,
          at - start,
          shift + (at % blockBytes),
          shift + (at % blockBytes) + stop - at,
        );
        at = stop;
      }
      return bytes;
    },
  };
}

/** The digest of the whole and of each chunk, read once. */
export function digestChunks(
  file: LargeFile,
  { chunkBytes, algorithm }: { chunkBytes: number; algorithm: "sha1" | "sha256" },
): { whole: string; chunks: string[] } {
  const whole = createHash(algorithm);
  const chunks: string[] = [];
  for (let at = 0; at < file.size; at += chunkBytes) {
    const chunk = file.read(at, Math.min(file.size, at + chunkBytes));
    whole.update(chunk);
    chunks.push(createHash(algorithm).update(chunk).digest("hex"));
  }
  return { whole: whole.digest("hex"), chunks };
}

/** The digest of what a GET brings, and how much that is. */
export function digestDownload(
  target: Target,
  { path, algorithm }: { path: string; algorithm: "sha1" | "sha256" },
): Promise<{ size: number; digest: string }> {
  const headers = { authorization: `Bearer ${target.token}` };
  return new Promise((resolve, reject) => {
    get(new URL(path, target.url), { headers, agent: false }, (response) => {
      const hash: Hash = createHash(algorithm);
      let size = 0;
      response.on("data", (piece: Buffer) => {
        size += piece.length;
        hash.update(piece);
      });
      response.on("error", reject);
      response.on("end", () => {
        if (response.statusCode === 200) resolve({ size, digest: hash.digest("hex") });
        else reject(new Error(`GET ${path} answered ${response.statusCode}`));
      });
    }).on("error", reject);
  });
}

/** Work on each of these, so many at once; what fails of it stops nothing else, and is answered. */
export async function workThrough<T>(
  items: readonly T[],
  { atOnce, work }: { atOnce: number; work: (item: T) => Promise<void> },
): Promise<T[]> {
  const failed: T[] = [];
  const waiting = [...items];
  const worker = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
      try {
        await work(item);
      } catch {
        failed.push(item);
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return failed;
}
