/** Reads many short stretches of stored files into memory: neighbours together, several at once. */
import { MissingBytes, type StoredReader } from "../blobs/blob-store.ts";
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

export type ReadStretches = (stretches: readonly Stretch[]) => Promise<void>;

/** Throws `MissingBytes`; whatever happens, no read is under way any more when it settles. May be called again meanwhile. */
export function createReadStretches(readers: StoredReaders): ReadStretches {
  const scratch: Buffer[] = [];

  const readAll = async (runs: Iterator<Run>): Promise<void> => {
    const room = scratch.pop() ?? Buffer.allocUnsafeSlow(maxRunBytes);
    try {
      for (let next = runs.next(); next.done !== true; next = runs.next()) {
        const run = next.value;
        const { segment } = run.stretches[0]!;
        await readers.use(segment, (reader) => readRun(reader, { ...run, room }));
      }
    } finally {
      scratch.push(room);
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

/** One alone goes where it belongs, and may be longer than `room`; several are taken out of it. */
async function readRun(
  reader: StoredReader,
  { stretches, end, room }: Run & { room: Buffer },
): Promise<void> {
  const [first] = stretches as [Stretch];
  const { stored, offset } = first.segment;
  const isAlone = stretches.length === 1;
  const bytes = isAlone ? first.target : room.subarray(0, end - offset);
  const count = await reader.read(bytes, offset);
  if (count < bytes.length)
    throw new MissingBytes(`${stored} ends at ${offset + count}, before ${end}`);
  if (isAlone) return;
  for (const { segment, target } of stretches) {
    const at = segment.offset - offset;
    target.set(bytes.subarray(at, at + segment.length));
  }
}
