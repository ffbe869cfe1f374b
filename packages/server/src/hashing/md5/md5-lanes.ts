/** MD5 of many messages, as many at once as have bytes waiting (see kernels.ts). */
import { setImmediate as nextTurn } from "node:timers/promises";
import { copyBytes } from "../../core/blobs/copy-bytes.ts";
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
  readonly tail: Uint8Array;
  length: number;
}

interface Job {
  readonly state: State;
  readonly bytes: Uint8Array;
  position: number;
  readonly end: number;
  readonly done: () => void;
}

const initialWords = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];
/** Then messages may come from outside: others that wait to share the lanes, or the thread. */
const stridesInOneGo = 4;

export function createMd5Lanes(): Md5Lanes {
  const kernels = createMd5Kernels();
  const jobs: Job[] = [];
  let running = false;

  /** Hashes `count` bytes of each job. */
  const advance = (batch: readonly Job[], count: number): void => {
    const { states, input } = kernels;
    const lanes = batch.length;
    batch.forEach(({ state, bytes, position }, lane) => {
      copyBytes(bytes.subarray(position, position + count), input.subarray(lane * strideBytes));
      for (let i = 0; i < 4; i++) states[stateIndex(lanes, { lane, i })] = state.words[i]!;
    });
    kernels.run(lanes, count);
    batch.forEach((job, lane) => {
      job.position += count;
      for (let i = 0; i < 4; i++) job.state.words[i] = states[stateIndex(lanes, { lane, i })]!;
    });
  };

  const run = async (): Promise<void> => {
    if (running) return;
    running = true;
    for (let strides = 1; jobs.length > 0; strides++) {
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
  };

  const hashBlocks = (state: State, bytes: Uint8Array): Promise<void> =>
    new Promise((done) => {
      jobs.push({ state, bytes, position: 0, end: bytes.length, done });
      void run();
    });

  const open = (state: State): Md5Message => ({
    async append(bytes) {
      const held = state.length % blockBytes;
      state.length += bytes.length;
      const first = held === 0 ? 0 : Math.min(blockBytes - held, bytes.length);
      state.tail.set(bytes.subarray(0, first), held);
      if (held > 0 && held + first === blockBytes) advance([jobOf(state, state.tail)], blockBytes);
      const whole = Math.floor((bytes.length - first) / blockBytes) * blockBytes;
      if (whole > 0) await hashBlocks(state, bytes.subarray(first, first + whole));
      if (first + whole < bytes.length) state.tail.set(bytes.subarray(first + whole), 0);
    },
    digest() {
      const ended = copyOf(state);
      const padding = paddingOf(state);
      for (let at = 0; at < padding.length; at += blockBytes)
        advance([jobOf(ended, padding.subarray(at, at + blockBytes))], blockBytes);
      return Buffer.from(ended.words.buffer).toString("hex");
    },
    copy: () => open(copyOf(state)),
  });
  return {
    open: () =>
      open({ words: Uint32Array.from(initialWords), tail: new Uint8Array(blockBytes), length: 0 }),
  };
}

function jobOf(state: State, bytes: Uint8Array): Job {
  return { state, bytes, position: 0, end: bytes.length, done: () => undefined };
}

function copyOf({ words, tail, length }: State): State {
  return { words: words.slice(), tail: tail.slice(), length };
}

/** RFC 1321 §3.1: the tail, a bit, zeroes, and the number of bits in the last eight bytes. */
function paddingOf({ tail, length }: State): Uint8Array {
  const held = length % blockBytes;
  const padding = new Uint8Array(held < blockBytes - 8 ? blockBytes : 2 * blockBytes);
  padding.set(tail.subarray(0, held));
  padding[held] = 0x80;
  new DataView(padding.buffer).setBigUint64(padding.length - 8, BigInt(length) * 8n, true);
  return padding;
}
