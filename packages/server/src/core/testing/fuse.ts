/**
 * The end of a process, in a test: from one effect on no port answers any more, so that whatever the engine was doing stops there for good.
 * Every call to a guarded port is an effect, and so is every call to what a port returned (an open file).
 */
export interface Fuse {
  guard<T extends object>(port: T): T;
  /** Blows at the `effects`-th effect from now: `before` it happens, or `after` it did and before anybody heard of it. */
  arm(when: { effects: number; phase: "before" | "after" }): void;
  blow(): void;
  /** Resolves when it has blown. */
  readonly blown: Promise<void>;
  readonly isBlown: boolean;
  /** Resolves when what had begun has ended, as a system call does though its process was killed. */
  drained(): Promise<void>;
}

export function createFuse(): Fuse {
  const { promise: blown, resolve } = Promise.withResolvers<void>();
  const running = new Set<Promise<unknown>>();
  let isBlown = false;
  let left = Infinity;
  let phase: "before" | "after" = "before";

  const blow = (): void => {
    isBlown = true;
    resolve();
  };

  const effect = async (run: () => unknown): Promise<unknown> => {
    if (isBlown) return never();
    left--;
    const isLast = left === 0;
    if (isLast && phase === "before") {
      blow();
      return never();
    }
    const result = run();
    running.add(Promise.resolve(result));
    try {
      const value = await result;
      if (isLast) blow();
      if (isBlown) return await never();
      return isObject(value) && isPort(value) ? guard(value) : value;
    } catch (error) {
      if (isLast) blow();
      if (isBlown) return never();
      throw error;
    }
  };

  const guard = <T extends object>(port: T): T =>
    new Proxy(port, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key);
        if (isObject(value) && typeof value !== "function" && isPort(value)) return guard(value);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => {
          if (pure.has(key)) return Reflect.apply(value, target, args) as unknown;
          return effect(() => Reflect.apply(value, target, args));
        };
      },
    });

  return {
    guard,
    blow,
    blown,
    get isBlown() {
      return isBlown;
    },
    arm(when) {
      left = when.effects;
      phase = when.phase;
    },
    async drained() {
      while (running.size > 0) {
        const some = [...running];
        await Promise.allSettled(some);
        for (const one of some) running.delete(one);
      }
    },
  };
}

/** Sync, or an iteration: used only while an engine opens. */
const pure = new Set<string | symbol>(["stagingPath", "list"]);

const never = (): Promise<never> => new Promise(() => undefined);
const isObject = (value: unknown): value is object =>
  (typeof value === "object" || typeof value === "function") && value !== null;
/** Ports and open files have methods; rows and digests have none. */
const isPort = (value: object): boolean =>
  !Array.isArray(value) && Object.values(value).some((member) => typeof member === "function");
