/** MD5 of many messages, as many at once as have bytes waiting (see kernels.ts). */
import { setImmediate as nextTurn } from "node:timers/promises";
import { blockBytes, createMd5Kernels, maxLanes, stateIndex, strideBytes } from "./kernels.ts";

export interface Md5Message {
  /** Resolves when the memory may be used again. One call at a time. */
  append(bytes: Uint8Array): Promise<void>;
  /** Of what has been appended; the message goes on. */
  digest(): string;
  /** Goes on on its own from here; not while an append is under way. */
  copy(): Md5Message;
}

export interface Md5Lanes {
  open(): Md5Message;
}

interface State {
  readonly words: Uint32Array;
  /** The bytes after the last whole block. */
  readonly tail: Uint8Array<ArrayBuffer>;
  length: number;
}

/** Whole blocks to be hashed: `[position, end)` of `memory`. */
interface Job {
  readonly state: State;
  readonly memory: Buffer;
  position: number;
  readonly end: number;
  readonly since: number;
  readonly done: () => void;
}

const initialWords = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];
/** Then messages may come from outside: others that wait to share the lanes, or the thread. */
const stridesInOneGo = 4;
/** Hashing four at once takes no longer than two, so bytes wait this long for those of others that have lately brought some. */
const companyMs = 2;
const enoughCompany = 4;
const latelyMs = 20;

export function createMd5Lanes(): Md5Lanes {
  const { states, input, run } = createMd5Kernels();
  const jobs: Job[] = [];
  const broughtAt = new Map<State, number>();
  let running = false;
  let timer: NodeJS.Timeout | undefined;

  /** Hashes `count` bytes of each job. */
  const advance = (batch: readonly Job[], count: number): void => {
    const lanes = batch.length;
    for (const [lane, { state, memory, position }] of batch.entries()) {
      // Not `set`: it moves bytes of shared memory one by one unless both sides are aligned alike, 0.39 s for a gibibyte instead of 0.02 s.
      memory.copy(input, lane * strideBytes, position, position + count);
      for (let i = 0; i < 4; i++) states[stateIndex(lanes, { lane, i })] = state.words[i]!;
    }
    run(lanes, count);
    for (const [lane, job] of batch.entries()) {
      job.position += count;
      for (let i = 0; i < 4; i++) job.state.words[i] = states[stateIndex(lanes, { lane, i })]!;
    }
  };

  const mayHaveCompany = (): boolean => {
    const now = performance.now();
    if (now - jobs[0]!.since >= companyMs) return false;
    for (const [state, at] of broughtAt) if (now - at > latelyMs) broughtAt.delete(state);
    return jobs.length < Math.min(enoughCompany, broughtAt.size);
  };

  const work = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    if (running) return;
    running = true;
    for (let strides = 1; jobs.length > 0 && !mayHaveCompany(); strides++) {
      const batch = jobs.slice(0, maxLanes);
      advance(batch, Math.min(strideBytes, ...batch.map(({ position, end }) => end - position)));
      for (const job of batch) {
        if (job.position < job.end) continue;
        jobs.splice(jobs.indexOf(job), 1);
        job.done();
      }
      if (strides % stridesInOneGo === 0) await nextTurn();
    }
    running = false;
    if (jobs.length > 0) timer = setTimeout(() => void work(), companyMs);
  };

  const hashBlocks = (state: State, bytes: Uint8Array): Promise<void> =>
    new Promise((done) => {
      const { buffer, byteOffset: position, byteLength } = bytes;
      const since = performance.now();
      broughtAt.set(state, since);
      const end = position + byteLength;
      jobs.push({ state, memory: Buffer.from(buffer), position, end, since, done });
      void work();
    });

  /** At once, whoever else waits. */
  const hashNow = (state: State, blocks: Uint8Array<ArrayBuffer>): void => {
    const memory = Buffer.from(blocks.buffer);
    const job = { state, memory, position: 0, end: 0, since: 0, done: () => undefined };
    for (let at = 0; at < blocks.length; at += blockBytes) advance([job], blockBytes);
  };

  const open = (state: State): Md5Message => ({
    async append(bytes) {
      const held = state.length % blockBytes;
      state.length += bytes.length;
      const first = held === 0 ? 0 : Math.min(blockBytes - held, bytes.length);
      state.tail.set(bytes.subarray(0, first), held);
      if (held > 0 && held + first === blockBytes) hashNow(state, state.tail);
      const whole = Math.floor((bytes.length - first) / blockBytes) * blockBytes;
      if (whole > 0) await hashBlocks(state, bytes.subarray(first, first + whole));
      if (first + whole < bytes.length) state.tail.set(bytes.subarray(first + whole));
    },
    digest() {
      broughtAt.delete(state);
      const ended = copyOf(state);
      hashNow(ended, paddingOf(state));
      return Buffer.from(ended.words.buffer).toString("hex");
    },
    copy: () => open(copyOf(state)),
  });
  return {
    open: () =>
      open({ words: Uint32Array.from(initialWords), tail: new Uint8Array(blockBytes), length: 0 }),
  };
}

function copyOf({ words, tail, length }: State): State {
  return { words: words.slice(), tail: tail.slice(), length };
}

/** RFC 1321 §3.1: the tail, a bit, zeroes, and the number of bits in the last eight bytes. */
function paddingOf({ tail, length }: State): Uint8Array<ArrayBuffer> {
  const held = length % blockBytes;
  const padding = new Uint8Array(held < blockBytes - 8 ? blockBytes : 2 * blockBytes);
  padding.set(tail.subarray(0, held));
  padding[held] = 0x80;
  new DataView(padding.buffer).setBigUint64(padding.length - 8, BigInt(length) * 8n, true);
  return padding;
}
