import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { ServerKind } from "./lib/server-process.ts";
import { FLAWS, type Flaw } from "./naive/flaws.ts";

export interface Options {
  only: string[] | null;
  rounds: number | null;
  seed: string;
  server: ServerKind;
  json: string | null;
  workDir: string;
  flaw: Flaw | null;
  isProof: boolean;
  isHelp: boolean;
}

export const HELP = `npm run faults -- [options]

  --only a,b       kinds to run: kill-loop, power-loop, nth-fault, disk-full, slow-net (default: all)
  --rounds N       how long each kind runs; without it every kind has its own short default
  --seed S         repeat a run (default: a new seed, which is printed)
  --server NAME    sampan (default), or naive: the harness's own small test server
  --flaw NAME      a mistake for the naive server to make (see src/naive/flaws.ts)
  --prove          show that each kind catches the mistake it is there for (uses naive)
  --json FILE      write the results as JSON too
  --work-dir DIR   where data and evidence folders are made (default: the system's temporary folder)
`;

export class UsageError extends Error {}

export function readOptions(args: string[], kinds: readonly string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: "string" },
      rounds: { type: "string" },
      seed: { type: "string" },
      server: { type: "string", default: "sampan" },
      json: { type: "string" },
      flaw: { type: "string" },
      "work-dir": { type: "string" },
      prove: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const only = values.only?.split(",").filter(Boolean) ?? null;
  const unknown = only?.find((name) => !kinds.includes(name));
  if (unknown !== undefined) throw new UsageError(`no such kind: ${unknown}`);
  const { server } = values;
  if (server !== "sampan" && server !== "naive") throw new UsageError(`no such server: ${server}`);
  return {
    only,
    rounds: values.rounds === undefined ? null : parseRounds(values.rounds),
    seed: values.seed ?? Date.now().toString(36),
    server,
    json: values.json ?? null,
    workDir: values["work-dir"] ?? join(tmpdir(), "sampan-faults"),
    flaw: values.flaw === undefined ? null : parseFlaw(values.flaw),
    isProof: values.prove,
    isHelp: values.help,
  };
}

function parseFlaw(text: string): Flaw {
  const flaw = FLAWS.find((known) => known === text);
  if (flaw === undefined) throw new UsageError(`no such flaw: ${text} (${FLAWS.join(", ")})`);
  return flaw;
}

function parseRounds(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new UsageError(`--rounds ${text} is not a count`);
  return Number(text);
}
