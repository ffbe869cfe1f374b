/**
 * How fast an upload comes, while it comes: bytes as they arrive, before they are durable, over the last seconds. In memory alone: a speed
 * is of now, and worth nothing after a restart.
 */
import type { Clock } from "../clock.ts";
import type { ByteSource } from "./byte-source.ts";
import type { ReceiveBytes } from "./receive.ts";

export interface UploadSpeed {
  /** Bodies that are coming in. */
  readonly senders: number;
  /** Null: nothing has come for a while. */
  readonly bytesPerSecond: number | null;
}

export interface UploadSpeeds {
  begin(id: string): void;
  count(id: string, bytes: number): void;
  end(id: string): void;
  of(id: string): UploadSpeed;
}

const windowSeconds = 10;
const windowMs = windowSeconds * 1000;
/** So that the first packet of a body does not make a speed of its own. */
const leastMs = 1000;
/** Above so many, those that stand still are forgotten. */
const tidyAbove = 1_000;

interface Meter {
  senders: number;
  /** When bytes came after a pause, and when the last did. */
  since: number;
  lastAt: number;
  /** Bytes by second, in a ring; `second` says of which one each is. */
  readonly bytes: Float64Array;
  readonly second: Float64Array;
}

export function createUploadSpeeds({ clock }: { clock: Clock }): UploadSpeeds {
  const meters = new Map<string, Meter>();
  const isIdle = (meter: Meter): boolean =>
    meter.senders === 0 && clock.now() - meter.lastAt >= windowMs;

  const open = (id: string): Meter => {
    const known = meters.get(id);
    if (known) return known;
    if (meters.size >= tidyAbove)
      for (const [other, meter] of meters) if (isIdle(meter)) meters.delete(other);
    const meter: Meter = {
      senders: 0,
      since: 0,
      lastAt: Number.NEGATIVE_INFINITY,
      bytes: new Float64Array(windowSeconds),
      second: new Float64Array(windowSeconds).fill(-1),
    };
    meters.set(id, meter);
    return meter;
  };

  return {
    begin(id) {
      open(id).senders++;
    },
    count(id, bytes) {
      const meter = open(id);
      const now = clock.now();
      const second = Math.floor(now / 1000);
      const slot = second % windowSeconds;
      if (meter.second[slot] !== second) {
        meter.second[slot] = second;
        meter.bytes[slot] = 0;
      }
      meter.bytes[slot]! += bytes;
      if (now - meter.lastAt >= windowMs) meter.since = now;
      meter.lastAt = now;
    },
    end(id) {
      const meter = open(id);
      meter.senders = Math.max(0, meter.senders - 1);
      if (isIdle(meter)) meters.delete(id);
    },
    of(id) {
      const meter = meters.get(id);
      if (!meter) return { senders: 0, bytesPerSecond: null };
      const { senders, since, lastAt } = meter;
      const now = clock.now();
      if (now - lastAt >= windowMs) return { senders, bytesPerSecond: null };
      const oldest = Math.floor(now / 1000) - windowSeconds;
      const sum = meter.bytes.reduce((all, n, i) => all + (meter.second[i]! > oldest ? n : 0), 0);
      const elapsed = Math.min(windowMs, Math.max(leastMs, now - since));
      return { senders, bytesPerSecond: Math.round((sum * 1000) / elapsed) };
    },
  };
}

/** The same, with what it brings counted. */
export function measureSpeed(receiveBytes: ReceiveBytes, speeds: UploadSpeeds): ReceiveBytes {
  return async (request) => {
    const { id, source } = request;
    const count = (bytes: number): void => speeds.count(id, bytes);
    speeds.begin(id);
    try {
      return await receiveBytes({ ...request, source: counted(source, count) });
    } finally {
      speeds.end(id);
    }
  };
}

function counted(
  { declaredLength, chunks }: ByteSource,
  count: (bytes: number) => void,
): ByteSource {
  return {
    declaredLength,
    async *chunks(options) {
      for await (const chunk of chunks(options)) {
        count(chunk.bytes.length);
        yield chunk;
      }
    },
  };
}
