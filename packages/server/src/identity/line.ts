/** At most so many at once, and at most so many who wait. */
export function createLine({
  maxAtOnce,
  maxWaiting,
  onFull,
}: {
  maxAtOnce: number;
  maxWaiting: number;
  onFull: () => Error;
}): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running < maxAtOnce) running++;
    else if (waiting.length >= maxWaiting) throw onFull();
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
}
