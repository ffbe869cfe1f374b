/** The `sampan` command in processes of its own, by somebody with a home and a folder of their own. */
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";

const main = fileURLToPath(new URL("../../packages/cli/src/main.ts", import.meta.url));

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  /** What `--json` printed. */
  readonly lines: Record<string, unknown>[];
}

export interface How {
  /** To standard input; nothing unless said. */
  readonly input?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export interface Desk {
  /** Where the command runs. */
  readonly folder: string;
  sampan(argv: readonly string[], how?: How): Promise<Ran>;
}

/** Removed after the tests of this file or block. `env` is asked at each run, since a server is there only then. */
export async function openDesk(
  env: () => Readonly<Record<string, string | undefined>> = () => ({}),
): Promise<Desk> {
  const home = await mkdtemp(join(tmpdir(), "sampan-acceptance-desk-"));
  desks.push(home);
  const folder = join(home, "here");
  await mkdir(folder);
  return {
    folder,
    sampan: (argv, how = {}) => run({ argv, folder, home, ...how, env: { ...env(), ...how.env } }),
  };
}

const desks: string[] = [];

/** To be called once in each file that opens desks. */
export function removeDesksAfterAll(): void {
  afterAll(async () => {
    for (const desk of desks.splice(0)) await rm(desk, { recursive: true, force: true });
  });
}

function run({
  argv,
  folder,
  home,
  input = "",
  env = {},
}: How & { argv: readonly string[]; folder: string; home: string }): Promise<Ran> {
  const isOurs = ([name]: [string, unknown]): boolean => !/^(SAMPAN_|XDG_)/.test(name);
  const inherited = Object.fromEntries(Object.entries(process.env).filter(isOurs));
  const child = spawn(process.execPath, [main, ...argv], {
    cwd: folder,
    env: { ...inherited, HOME: home, ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  // A command that asks for nothing has ended before it reads.
  child.stdin.on("error", () => undefined).end(input);
  const said = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said.out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said.err += text));
  return new Promise((resolve) =>
    child.once("close", (code) =>
      resolve({
        code,
        ...said,
        get lines() {
          const lines = said.out.split("\n").filter(Boolean);
          return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
        },
      }),
    ),
  );
}
