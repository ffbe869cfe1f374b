/** What every workload is given. */
import { createContent, createContents, GiB, MiB, type Content, type Pool } from "./content.ts";
import type { Contender } from "./peers/contender.ts";
import type { Outcome } from "./report.ts";

export type Bench = {
  pool: Pool;
  rounds: number;
  /** Small sizes, to see that everything runs. Its figures prove nothing. */
  quick: boolean;
};

export type Workload = {
  name: string;
  what: string;
  run: (bench: Bench) => Promise<Outcome>;
};

/** The big upload: 1 GiB, or what `--quick` makes of it. */
export function bigSize({ quick }: Bench): number {
  return quick ? 64 * MiB : GiB;
}

export function bigContents(bench: Bench, count: number): Content[] {
  return Array.from({ length: count }, () => createContent(bench.pool, bigSize(bench)));
}

export function smallContents({ pool }: Bench, count: number): Content[] {
  return createContents(pool, count, 4096);
}

export function formatSize(bytes: number): string {
  return bytes >= GiB ? `${bytes / GiB} GiB` : `${bytes / MiB} MiB`;
}

export type Field = { present: Contender[]; notes: string[] };

/** Who can run here; the others are named with their reason. */
export function field(contenders: readonly Contender[]): Field {
  const present: Contender[] = [];
  const notes: string[] = [];
  for (const contender of contenders) {
    const reason = contender.absent();
    if (reason === undefined) present.push(contender);
    else notes.push(`${contender.name} skipped: ${reason}`);
  }
  return { present, notes };
}

/** To standard error, so that standard output is the report alone. */
export function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}
