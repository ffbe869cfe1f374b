import type { KindResult } from "./lib/kind.ts";

/** The closing table, and below it what was skipped, what was found, and how to see it again. */
export function formatTable(results: readonly KindResult[]): string {
  const head = ["kind", "rounds", "operations", "MiB", "lost", "wrong", "seconds"];
  const rows = results.map((result) => [
    result.kind,
    String(result.rounds),
    String(result.acknowledgedOperations),
    (result.acknowledgedBytes / 2 ** 20).toFixed(1),
    String(result.lost),
    String(result.wrong),
    (result.durationMs / 1000).toFixed(1),
  ]);
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const format = (row: string[]): string =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  ");
  const lines = [format(head), ...rows.map(format)];
  for (const result of results) {
    const facts = Object.entries(result.facts).map(([name, value]) => `${name} ${value}`);
    if (facts.length > 0) lines.push(`${result.kind}: ${facts.join(", ")}`);
    for (const reason of result.skipped) lines.push(`${result.kind}: skipped ${reason}`);
    if (result.evidence === null) continue;
    lines.push(`${result.kind}: FAILED, evidence in ${result.evidence}`);
    lines.push(`  again: npm run faults -- --only ${result.kind} --seed ${result.seed}`);
  }
  return lines.join("\n");
}
