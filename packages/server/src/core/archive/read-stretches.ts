/** Reads many short stretches of stored files into memory: neighbours together, several at once. */
import { MissingBytes } from "../blobs/blob-store.ts";
import type { ManifestSegment } from "../blobs/manifest.ts";
import type { StoredReaders } from "./stored-readers.ts";

/** Where the bytes of `segment` belong. */
export interface Stretch {
  readonly segment: ManifestSegment;
  readonly target: Uint8Array;
}

/** Reading past this much between two stretches costs less than another read. */
const maxGapBytes = 16 * 1024;
const maxRunBytes = 256 * 1024;
/** Of libuv's sixteen threads: a download must leave some to uploads. */
const maxReads = 6;

/** Neighbouring stretches of one stored file. */
interface Run {
  readonly stretches: Stretch[];
  end: number;
}

/** Throws `MissingBytes`; whatever happens, no read is under way any more when it settles. */
export async function readStretches(
  readers: StoredReaders,
  stretches: readonly Stretch[],
): Promise<void> {
  const runs = gatherRuns(stretches);
  let taken = 0;
  const readSome = async (): Promise<void> => {
    for (let run = runs[taken++]; run; run = runs[taken++]) await readRun(readers, run);
  };
  const results = await Promise.allSettled(
    Array.from({ length: Math.min(maxReads, runs.length) }, readSome),
  );
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

function gatherRuns(stretches: readonly Stretch[]): Run[] {
  const runs: Run[] = [];
  for (const inOne of Map.groupBy(stretches, ({ segment }) => segment.stored).values()) {
    let run: Run | undefined;
    for (const stretch of inOne.toSorted((a, b) => a.segment.offset - b.segment.offset)) {
      const { offset, length } = stretch.segment;
      const end = offset + length;
      const start = run?.stretches[0]?.segment.offset ?? 0;
      if (run && offset - run.end <= maxGapBytes && end - start <= maxRunBytes) {
        run.stretches.push(stretch);
        run.end = Math.max(run.end, end);
      } else {
        runs.push((run = { stretches: [stretch], end }));
      }
    }
  }
  return runs;
}

async function readRun(readers: StoredReaders, { stretches, end }: Run): Promise<void> {
  const [first] = stretches as [Stretch];
  const { stored, offset } = first.segment;
  const reader = await readers.get(first.segment);
  const isAlone = stretches.length === 1;
  const bytes = isAlone ? first.target : Buffer.allocUnsafe(end - offset);
  const count = await reader.read(bytes, offset);
  if (count < bytes.length)
    throw new MissingBytes(`${stored} ends at ${offset + count}, before ${end}`);
  if (isAlone) return;
  for (const { segment, target } of stretches) {
    const at = segment.offset - offset;
    target.set(bytes.subarray(at, at + segment.length));
  }
}
