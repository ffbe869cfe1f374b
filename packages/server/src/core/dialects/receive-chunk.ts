/**
 * One chunk of a task into its upload. Only whole chunks count, and what the client claimed of it holds.
 *
 * Two senders of the same chunk take turns as long as the first makes progress: both succeed, because the second finds the bytes there.
 * One that stands still is taken over. Chunks of a suspect task replace what is held, one after another.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Digests } from "../blobs/digest.ts";
import type { ByteSource } from "../uploads/byte-source.ts";
import type { UploadLifecycle } from "../uploads/lifecycle.ts";
import type { ReceiveBytes } from "../uploads/receive.ts";
import type { Range, Upload } from "../uploads/upload.ts";

export interface ChunkToReceive {
  readonly upload: Upload;
  readonly range: Range;
  readonly source: ByteSource;
  readonly claimed: Digests;
  readonly isSuspect: boolean;
}

export type ReceiveChunk = (chunk: ChunkToReceive) => Promise<Upload>;

/** A sender that brought nothing for this long has to give way. Its bytes come at least once a second if they come. */
const patienceMs = 3_000;
const lookAgainMs = 20;

interface Turn {
  readonly range: Range;
  progressAt: number;
}

export function createReceiveChunk({
  receiveBytes,
  lifecycle,
}: {
  receiveBytes: ReceiveBytes;
  lifecycle: Pick<UploadLifecycle, "dropRange">;
}): ReceiveChunk {
  const turns = new Map<string, Set<Turn>>();

  const takeTurn = async <T>(
    { id, range }: { id: string; range: Range },
    work: (turn: Turn) => Promise<T>,
  ): Promise<T> => {
    const mine: Turn = { range, progressAt: performance.now() };
    const all = turns.get(id) ?? new Set();
    turns.set(id, all);
    const isInTheWay = (turn: Turn): boolean =>
      turn.range.start < range.end &&
      range.start < turn.range.end &&
      performance.now() - turn.progressAt < patienceMs;
    while ([...all].some(isInTheWay)) await sleep(lookAgainMs);
    all.add(mine);
    try {
      return await work(mine);
    } finally {
      all.delete(mine);
      if (all.size === 0 && turns.get(id) === all) turns.delete(id);
    }
  };

  return ({ upload: { id }, range, source, claimed, isSuspect }) => {
    const { start, end } = range;
    const whole = { start: 0, end: Number.MAX_SAFE_INTEGER };
    return takeTurn({ id, range: isSuspect ? whole : range }, async (turn) => {
      if (isSuspect) await lifecycle.dropRange(id, range);
      return receiveBytes({
        id,
        source: watch(source, turn),
        claimed,
        onlyWhole: true,
        place: () => ({ start, limit: end, unit: "byte", endsContent: () => false }),
      });
    });
  };
}

function watch({ declaredLength, chunks }: ByteSource, turn: Turn): ByteSource {
  return {
    declaredLength,
    async *chunks(options) {
      for await (const chunk of chunks(options)) {
        turn.progressAt = performance.now();
        yield chunk;
      }
      // What is left to do depends on the disk alone.
      turn.progressAt = Number.POSITIVE_INFINITY;
    },
  };
}
