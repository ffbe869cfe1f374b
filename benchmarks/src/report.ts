/** What a workload hands back, and how it is shown. Misses are reported, never thrown. */
import { spreadOf, type Spread } from "./stats.ts";

export type Goal = {
  goal: string;
  measured: string;
  /** Undefined when one side was not measured. */
  pass: boolean | undefined;
};

export type Outcome = {
  title: string;
  columns: readonly string[];
  rows: readonly (readonly string[])[];
  goals: readonly Goal[];
  notes: readonly string[];
  /** Every single measurement, for `--json`. */
  samples: readonly unknown[];
};

export function describeError(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toFixed(digits);
}

/** `median (min–max)`, or the one value there is. */
function formatSpread(spread: Spread, unit = ""): string {
  if (spread.samples === 0) return "–";
  const median = `${formatNumber(spread.median)}${unit}`;
  if (spread.samples === 1) return median;
  return `${median} (${formatNumber(spread.min)}–${formatNumber(spread.max)})`;
}

export function formatValues(values: readonly number[], unit = ""): string {
  return formatSpread(spreadOf(values), unit);
}

export function atLeast(goal: string, { ratio, limit }: { ratio: Spread; limit: number }): Goal {
  if (ratio.samples === 0) return { goal, measured: "not measured", pass: undefined };
  return { goal, measured: formatSpread(ratio, "×"), pass: ratio.median >= limit };
}

export function below(
  goal: string,
  { values, limit, unit }: { values: readonly number[]; limit: number; unit: string },
): Goal {
  if (values.length === 0) return { goal, measured: "not measured", pass: undefined };
  const spread = spreadOf(values);
  return { goal, measured: formatSpread(spread, unit), pass: spread.median < limit };
}

function verdict({ pass }: Goal): string {
  return pass === undefined ? "–" : pass ? "pass" : "MISS";
}

/** A Markdown table, padded so that it is as readable in a terminal. */
export function formatTable(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const widths = columns.map((column, index) => {
    return Math.max(column.length, ...rows.map((row) => row[index]?.length ?? 0));
  });
  const line = (cells: readonly string[]): string => {
    return `| ${widths.map((width, index) => (cells[index] ?? "").padEnd(width)).join(" | ")} |`;
  };
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [line(columns), rule, ...rows.map(line)].join("\n");
}

export function formatOutcome(outcome: Outcome): string {
  const blocks = [`### ${outcome.title}`];
  if (outcome.rows.length > 0) blocks.push(formatTable(outcome.columns, outcome.rows));
  if (outcome.goals.length > 0) {
    const goals = outcome.goals.map((goal) => [goal.goal, goal.measured, verdict(goal)]);
    blocks.push(formatTable(["goal", "measured", "result"], goals));
  }
  if (outcome.notes.length > 0) blocks.push(outcome.notes.map((note) => `- ${note}`).join("\n"));
  return `${blocks.join("\n\n")}\n`;
}
