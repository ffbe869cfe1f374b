import type { Result, Status } from "../shared/results.ts";

export type StageReport = { stage: string; results: Result[]; durationMs: number };

/** The closing part of `npm test`. Its last line is exactly `N passed, N failed, N skipped`. */
export function formatReport(stages: StageReport[]): string {
  const results = stages.flatMap((stage) => stage.results);
  const total = statuses.map((status) => `${count(results, status)} ${status}`).join(", ");
  return [
    formatTable(stages),
    ...formatReasons(stages, "failed"),
    ...formatReasons(stages, "skipped"),
    "",
    total,
  ].join("\n");
}

/** For machines that must run everything: there, a skipped test is a failed one. */
export function requireAll(results: Result[]): Result[] {
  return results.map(({ name, status, reason }) => {
    if (status !== "skipped") return { name, status, ...(reason !== undefined && { reason }) };
    return { name, status: "failed", reason: `skipped, but required here: ${reason ?? "?"}` };
  });
}

const statuses: Status[] = ["passed", "failed", "skipped"];

function formatTable(stages: StageReport[]): string {
  const rows = [
    ["stage", ...statuses, "time"],
    ...stages.map(({ stage, results, durationMs }) => [
      stage,
      ...statuses.map((status) => String(count(results, status))),
      `${(durationMs / 1000).toFixed(1)} s`,
    ]),
  ];
  return rows.map((row) => row.map(formatCell).join("  ")).join("\n");
}

function formatCell(text: string, column: number): string {
  return column === 0 ? text.padEnd(12) : text.padStart(9);
}

/** Many tests share one reason (no root, no broker): each reason stands once, with its number. */
function formatReasons(stages: StageReport[], status: "failed" | "skipped"): string[] {
  const lines = stages.flatMap(({ stage, results }) => {
    const wanted = results.filter((result) => result.status === status);
    const labels = wanted.map(({ name, reason = "no reason given" }) =>
      status === "failed" ? `${name}: ${reason}` : reason,
    );
    const uniqueLabels = [...new Set(labels)];
    return uniqueLabels.map((label) => {
      const times = labels.filter((other) => other === label).length;
      return `  ${stage.padEnd(10)}  ${times > 1 ? `${times} × ` : ""}${label}`;
    });
  });
  return lines.length === 0 ? [] : ["", `${status}:`, ...lines];
}

function count(results: Result[], status: Status): number {
  return results.filter((result) => result.status === status).length;
}
