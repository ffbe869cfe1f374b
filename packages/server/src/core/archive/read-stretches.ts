/** Reads many short stretches of stored files into memory: neighbours together, several at once. */
import { MissingBytes, type StoredReader } from "../blobs/blob-store.ts";
import type { ManifestSegment } from "../blobs/manifest.ts";
import type { StoredReaders } from "./stored-readers.ts";

/** Where the bytes of `segment` belong. */
export interface Stretch {
  readonly segment: ManifestSegment;
  readonly target: Uint8Array;
}

/** Reading past this much between two stretches costs less than another read, which wakes a thread. */
const maxGapBytes = 128 * 1024;
const maxRunBytes = 1024 * 1024;
/** Of libuv's sixteen threads: a download must leave some to uploads. */
const maxReads = 6;

/** Neighbouring stretches of one stored file. */
interface Run {
  readonly stretches: Stretch[];
  end: number;
}

export type ReadStretches = (stretches: readonly Stretch[]) => Promise<void>;

/** Throws `MissingBytes`; whatever happens, no read is under way any more when it settles. May be called again meanwhile. */
export function createReadStretches(readers: StoredReaders): ReadStretches {
  // What lies between stretches, which nobody looks at: it may be overwritten while it is being written.
  const gaps = Buffer.allocUnsafeSlow(maxGapBytes);

  const readAll = async (runs: Iterator<Run>): Promise<void> => {
    for (let next = runs.next(); next.done !== true; next = runs.next()) {
      const run = next.value;
      const { segment } = run.stretches[0]!;
      await readers.use(segment, (reader) => readRun(reader, { ...run, gaps }));
    }
  };

  return async (stretches) => {
    const runs = gatherRuns(stretches);
    const waiting = runs.values();
    const results = await Promise.allSettled(
      Array.from({ length: Math.min(maxReads, runs.length) }, () => readAll(waiting)),
    );
    for (const result of results) if (result.status === "rejected") throw result.reason;
  };
}

function gatherRuns(stretches: readonly Stretch[]): Run[] {
  const runs: Run[] = [];
  for (const inOne of Map.groupBy(stretches, ({ segment }) => segment.stored).values()) {
    let run: Run | undefined;
    for (const stretch of inOne.toSorted((a, b) => a.segment.offset - b.segment.offset)) {
      const { offset, length } = stretch.segment;
      const end = offset + length;
      const start = run?.stretches[0]?.segment.offset ?? 0;
      const gap = offset - (run?.end ?? 0);
      // The same bytes twice are two reads: each of a run goes to one place.
      if (run && gap >= 0 && gap <= maxGapBytes && end - start <= maxRunBytes) {
        run.stretches.push(stretch);
        run.end = end;
      } else {
        runs.push((run = { stretches: [stretch], end }));
      }
    }
  }
  return runs;
}

/** Each where it belongs, in one read. */
async function readRun(
  reader: StoredReader,
  { stretches, end, gaps }: Run & { gaps: Buffer },
): Promise<void> {
  const { stored, offset } = stretches[0]!.segment;
  const targets: Uint8Array[] = [];
  let at = offset;
  for (const { segment, target } of stretches) {
    if (segment.offset > at) targets.push(gaps.subarray(0, segment.offset - at));
    targets.push(target);
    at = segment.offset + segment.length;
  }
  const count = await reader.readInto(targets, offset);
  if (count < end - offset)
    throw new MissingBytes(`${stored} ends at ${offset + count}, before ${end}`);
}
