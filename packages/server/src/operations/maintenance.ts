/** Background housekeeping: each task in turn, at intervals, one round at a time. A task that fails does not stop the others. */
export function startMaintenance({
  intervalMs,
  tasks,
  onError,
}: {
  intervalMs: number;
  tasks: Readonly<Record<string, () => Promise<unknown>>>;
  onError: (facts: { task: string; error: unknown }) => void;
}): AsyncDisposable {
  let stopped = false;
  let round: Promise<void> = Promise.resolve();

  const runRound = async (): Promise<void> => {
    for (const [task, run] of Object.entries(tasks)) {
      if (stopped) return;
      await run().catch((error: unknown) => onError({ task, error }));
    }
    if (!stopped) timer = setTimeout(next, intervalMs);
  };
  const next = () => {
    round = runRound();
  };
  let timer = setTimeout(next, intervalMs);

  return {
    async [Symbol.asyncDispose]() {
      stopped = true;
      clearTimeout(timer);
      await round;
    },
  };
}
