/** A median with the range it came from: one number never hides how far the rounds disagreed. */
export type Spread = { median: number; min: number; max: number; samples: number };

export function percentile(values: readonly number[], fraction: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const index = Math.min(sorted.length - 1, Math.max(0, Math.ceil(fraction * sorted.length) - 1));
  return sorted[index] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const upper = sorted[half] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? Number.NaN) + upper) / 2;
}

export function spreadOf(values: readonly number[]): Spread {
  return {
    median: median(values),
    min: Math.min(...values),
    max: Math.max(...values),
    samples: values.length,
  };
}

/** Compared round by round, so that what slowed one round slows both sides of its ratio. */
export function pairedRatio(ours: readonly number[], theirs: readonly number[]): Spread {
  const rounds = Math.min(ours.length, theirs.length);
  const ratios = Array.from({ length: rounds }, (_, round) => {
    return (ours[round] ?? Number.NaN) / (theirs[round] ?? Number.NaN);
  });
  return spreadOf(ratios);
}
