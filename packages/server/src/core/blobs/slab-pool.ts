/**
 * Memory that bytes cross once: the kernel fills a slab from the socket, and the same slab is written to disk and hashed in another
 * thread, without a copy. That asks for memory that is shared (threads) and page-aligned (direct I/O): a shared WebAssembly memory is
 * both, by specification. The pool is the bound on memory in flight: who finds it empty waits, in order.
 */
export const slabBytes = 1024 * 1024;
/** What direct I/O needs of memory, file position and length on every common device. */
export const slabAlignment = 4096;

const WASM_PAGE = 65_536;

/** The part of the standard that this uses; the type library of a server has none of it. */
declare const WebAssembly: {
  Memory: new (descriptor: { initial: number; maximum: number; shared: true }) => {
    readonly buffer: SharedArrayBuffer;
  };
};

export interface Slab {
  readonly bytes: Uint8Array;
  /** Gives it back; call once. */
  release(): void;
}

export interface SlabPool {
  /** Resolves with a slab, or undefined once `signal` aborts. */
  acquire(signal: AbortSignal): Promise<Slab | undefined>;
  tryAcquire(): Slab | undefined;
}

export function createSlabPool({ slabs }: { slabs: number }): SlabPool {
  const pages = (slabs * slabBytes) / WASM_PAGE;
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  const free = Array.from(
    { length: slabs },
    (_, i) => new Uint8Array(memory.buffer, i * slabBytes, slabBytes),
  );
  const waiting: ((slab: Slab | undefined) => void)[] = [];

  const lend = (bytes: Uint8Array<SharedArrayBuffer>): Slab => {
    let lent = true;
    return {
      bytes,
      release() {
        if (!lent) throw new Error("slab released twice");
        lent = false;
        const next = waiting.shift();
        if (next) next(lend(bytes));
        else free.push(bytes);
      },
    };
  };

  const tryAcquire = (): Slab | undefined => {
    const bytes = free.pop();
    return bytes && lend(bytes);
  };

  return {
    tryAcquire,
    acquire(signal) {
      if (signal.aborted) return Promise.resolve(undefined);
      const slab = tryAcquire();
      if (slab) return Promise.resolve(slab);
      return new Promise((resolve) => {
        const settle = (lent: Slab | undefined) => {
          signal.removeEventListener("abort", onAbort);
          resolve(lent);
        };
        const onAbort = () => {
          waiting.splice(waiting.indexOf(settle), 1);
          settle(undefined);
        };
        signal.addEventListener("abort", onAbort);
        waiting.push(settle);
      });
    },
  };
}
