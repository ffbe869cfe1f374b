/**
 * The part numbers still to be sent, as sorted half-open stretches. A part is in exactly one place:
 * in the plan, in a run under way, or acknowledged.
 */
export interface Run {
  /** First part number. */
  first: number;
  /** One past the last part number. */
  end: number;
}

export interface Plan {
  readonly remaining: number;
  /** Removes and returns the lowest run of at most `maxParts` consecutive parts. */
  take(maxParts: number): Run | null;
  /** Puts parts back after a failure. */
  giveBack(parts: readonly number[]): void;
}

export function createPlan(missing: readonly number[]): Plan {
  let stretches = toStretches(missing);
  let remaining = missing.length;
  return {
    get remaining() {
      return remaining;
    },
    take(maxParts) {
      const lowest = stretches[0];
      if (lowest === undefined) return null;
      const end = Math.min(lowest.end, lowest.first + Math.max(1, Math.floor(maxParts)));
      const run = { first: lowest.first, end };
      if (end === lowest.end) stretches.shift();
      else lowest.first = end;
      remaining -= end - run.first;
      return run;
    },
    giveBack(parts) {
      const held = stretches.flatMap(listParts);
      stretches = toStretches([...new Set([...held, ...parts])]);
      remaining = stretches.reduce((sum, { first, end }) => sum + end - first, 0);
    },
  };
}

export function listParts(run: Run): number[] {
  return Array.from({ length: run.end - run.first }, (_, index) => run.first + index);
}

function toStretches(parts: readonly number[]): Run[] {
  const stretches: Run[] = [];
  for (const part of parts.toSorted((a, b) => a - b)) {
    const last = stretches.at(-1);
    if (last !== undefined && last.end === part) last.end += 1;
    else stretches.push({ first: part, end: part + 1 });
  }
  return stretches;
}
