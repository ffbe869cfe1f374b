import { createRetryBudget, withRetry, type Check, type Client } from "@sampan/sdk";
import { connect, connectionOptions } from "../connection.ts";
import { EXIT, UsageError } from "../exit-codes.ts";
import { complain, printJson, printLine, type CommandContext } from "../output.ts";
import { parseFlags } from "../parse.ts";
import { formatBar, formatBytes, printable } from "../terminal/format.ts";
import { openScreen } from "../terminal/screen.ts";
import { sleep } from "../sleep.ts";

export const checkHelp = `Usage: sampan check [--json]

Has the server read every stored blob again and compare it with its SHA-256.
Exits 1 when it finds a problem.`;

const POLL_MS = 250;

export async function check({ argv, env, output, signal }: CommandContext): Promise<number> {
  const config = { args: argv, options: connectionOptions, allowPositionals: true } as const;
  const { values, positionals } = parseFlags(config);
  if (positionals.length > 0) throw new UsageError("check takes no names");
  const { client } = await connect(values, env);
  const isJson = values.json === true;
  let current = await client.startCheck({ signal });
  const draw = (): string[] => [drawCheck(current)];
  const screen = openScreen(output.err, { isWanted: !isJson, draw });
  try {
    while (current.state === "running") {
      await sleep(POLL_MS, signal);
      current = await poll(client, current.id, signal);
    }
  } finally {
    screen.close();
  }
  if (isJson) printJson(output, current);
  else if (screen.isLive) printLine(output, drawCheck(current));
  for (const { blob, problem } of isJson ? [] : current.problems) {
    complain(output, `${printable(blob)}: ${printable(problem)}`);
  }
  if (current.state === "failed") complain(output, "the check could not be finished");
  return current.state === "done" && current.problems.length === 0 ? EXIT.ok : EXIT.failed;
}

function poll(client: Client, id: string, signal: AbortSignal): Promise<Check> {
  return withRetry(() => client.getCheck(id, { signal }), { budget: createRetryBudget(), signal });
}

function drawCheck({ checkedBlobs, checkedBytes, totalBlobs, problems }: Check): string {
  const fraction = totalBlobs === 0 ? 1 : checkedBlobs / totalBlobs;
  const found = `${problems.length} problem${problems.length === 1 ? "" : "s"}`;
  const counted = `${checkedBlobs}/${totalBlobs} blobs, ${formatBytes(checkedBytes)}`;
  return `${formatBar(fraction, 20)}  ${counted}, ${found}`;
}
