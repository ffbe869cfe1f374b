import type { FileWish } from "./file-operations.ts";
import type { Random } from "./random.ts";

export interface Names {
  /**
   * A file that was never named before; at times it repeats an earlier content (and its size), of at
   * most `maxSize` bytes.
   */
  file(size: number, maxSize?: number): FileWish;
}

/** `scope` keeps the names of different rounds and clients apart. */
export function createNames(
  random: Random,
  { scope, repeats = 0 }: { scope: string; repeats?: number },
): Names {
  const prefix = `${scope}-${random.int(0, 2 ** 30).toString(36)}`;
  const earlier: { seed: string; size: number }[] = [];
  let count = 0;
  return {
    file(size, maxSize = Number.MAX_SAFE_INTEGER) {
      count++;
      const fitting = earlier.filter((content) => content.size <= maxSize);
      const isRepeat = fitting.length > 0 && random.chance(repeats);
      const content = isRepeat ? random.pick(fitting) : { seed: `${prefix}/${count}`, size };
      if (earlier.length < 50) earlier.push(content);
      return { name: `${prefix}-${count}.bin`, ...content };
    },
  };
}
