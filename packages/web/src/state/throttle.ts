/** Calls `run` soon after it is asked to, at most once in `intervalMs`. */
export function createThrottle(run: () => void, intervalMs: number): () => void {
  let lastAtMs = Number.NEGATIVE_INFINITY;
  let timer: ReturnType<typeof setTimeout> | null = null;
  return () => {
    if (timer !== null) return;
    const waitMs = Math.max(0, lastAtMs + intervalMs - performance.now());
    timer = setTimeout(() => {
      timer = null;
      lastAtMs = performance.now();
      run();
    }, waitMs);
  };
}
