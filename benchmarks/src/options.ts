import { parseArgs } from "node:util";

export type Options = {
  only: string[] | undefined;
  rounds: number;
  quick: boolean;
  json: string | undefined;
  help: boolean;
};

export const usage = `npm run bench -- [--only name,…] [--rounds N] [--quick] [--json FILE]

  --only     the workloads to run, by name
  --rounds   how often each contender takes its turn (5; with --quick 2)
  --quick    small sizes: shows that everything runs, proves no figure
  --json     where to write every single measurement
`;

export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: "string" },
      rounds: { type: "string" },
      quick: { type: "boolean", default: false },
      json: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  const rounds = values.rounds ?? (values.quick ? "2" : "5");
  if (!/^[1-9]\d{0,3}$/.test(rounds)) throw new Error(`--rounds ${rounds}: not a count`);
  return {
    only: values.only?.split(",").map((name) => name.trim()),
    rounds: Number(rounds),
    quick: values.quick,
    json: values.json,
    help: values.help,
  };
}
