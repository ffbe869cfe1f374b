/** Scrub: re-reads every blob: all its bytes must be there, and have the recorded SHA-256. Changes nothing. */
import type { Blob, BlobIndex } from "./blob-index.ts";
import { MissingBytes } from "./blob-store.ts";
import type { ContentHasher } from "./content-hasher.ts";
import type { ReadContent } from "./content.ts";

export interface ScrubProblem {
  readonly blob: string;
  readonly problem: string;
}

export interface ScrubProgress {
  readonly checkedBlobs: number;
  readonly checkedBytes: number;
  readonly totalBlobs: number;
  readonly problems: readonly ScrubProblem[];
}

/** Yields after each blob; the last value is the result. */
export type Scrub = () => AsyncGenerator<ScrubProgress>;

export function createScrub({
  index,
  readContent,
  hasher,
}: {
  index: BlobIndex;
  readContent: ReadContent;
  hasher: ContentHasher;
}): Scrub {
  const inspect = async (blob: Blob): Promise<string | undefined> => {
    const stream = hasher.open({ algorithms: ["sha256"], path: null });
    try {
      for await (const bytes of readContent(blob.id, { start: 0, end: blob.size }))
        await stream.append(bytes);
      const { sha256 } = await stream.digest();
      const expected = blob.digests.sha256;
      if (expected !== undefined && sha256 !== expected)
        return `content is ${sha256}, recorded was ${expected}`;
      return undefined;
    } catch (error) {
      if (error instanceof MissingBytes) return error.message;
      throw error;
    } finally {
      stream.close();
    }
  };

  return async function* scrub() {
    const { blobs: totalBlobs } = await index.count();
    const problems: ScrubProblem[] = [];
    let checkedBlobs = 0;
    let checkedBytes = 0;
    let after = "";
    for (;;) {
      const page = await index.page({ after, limit: 200 });
      const last = page.at(-1);
      if (!last) break;
      after = last.id;
      for (const blob of page) {
        const problem = await inspect(blob);
        // Deleted while it was being read: not a fault of the store.
        if (problem !== undefined && (await index.find(blob.id)))
          problems.push({ blob: blob.id, problem });
        checkedBlobs++;
        checkedBytes += blob.size;
        yield { checkedBlobs, checkedBytes, totalBlobs, problems };
      }
    }
    yield { checkedBlobs, checkedBytes, totalBlobs, problems };
  };
}
