import { createRetryBudget, withRetry, type Client, type Fetch } from "@sampan/sdk";
import { connect, connectionOptions } from "../connection.ts";
import { EXIT, UsageError } from "../exit-codes.ts";
import { describeError, explain } from "../explain.ts";
import { complain, printJson, printLine, type CommandContext, type Output } from "../output.ts";
import { makeFolder } from "../find-path.ts";
import { parseFlags } from "../parse.ts";
import { sleep } from "../sleep.ts";
import { formatBytes, printable } from "../terminal/format.ts";

export const offlineHelp = `Usage: sampan offline URL… [--to FOLDER] [--name NAME] [--wait] [--json]
       sampan offline [list] [--json]
       sampan offline cancel|retry|forget ID…

Has the server fetch http(s) URLs into the drive. It goes on without this machine; --wait stays
until it has ended, and exits 1 when it failed. Cancelling frees what was received; forgetting
leaves the file.

  --to FOLDER          where the file goes, made if needed; the root if it is gone by then`;

const ACTIONS = ["cancel", "retry", "forget"] as const;
type Action = (typeof ACTIONS)[number];

const options = {
  ...connectionOptions,
  name: { type: "string" },
  to: { type: "string" },
  wait: { type: "boolean" },
} as const;

const POLL_MS = 1_000;

export async function offline(context: CommandContext): Promise<number> {
  const { argv, env, output, signal } = context;
  const { values, positionals } = parseFlags({ args: argv, options, allowPositionals: true });
  const [word = "list", ...rest] = positionals;
  const { client } = await connect(values, env);
  const isJson = values.json === true;
  if (word === "list") {
    if (rest.length > 0) throw new UsageError("offline list takes no names");
    for await (const fetch of client.eachFetch({ limit: 1_000, signal }))
      printFetch(output, fetch, isJson);
    return EXIT.ok;
  }
  const action = ACTIONS.find((known) => known === word);
  const targets = action === undefined ? positionals : rest;
  checkUse({ action, targets, values });
  const { to } = values;
  const parentId = to === undefined ? undefined : await makeFolder(client, { path: to, signal });
  const perform = async (target: string): Promise<Fetch | null> => {
    if (action !== undefined) return await act(client, { action, id: target, signal });
    const { name, wait } = values;
    const json = { url: target, ...(name === undefined ? {} : { name }) };
    const place = parentId === undefined ? {} : { parentId };
    const fetch = await client.createFetch({ ...json, ...place }, { signal });
    if (wait !== true) return fetch;
    const ended = await waitForEnd(client, fetch, signal);
    if (ended.state === "complete" && ended.parentId !== fetch.parentId)
      complain(output, `${printable(target)}: the folder is gone: the file is in the root`);
    return ended;
  };
  let exitCode: number = EXIT.ok;
  for (const target of targets) {
    try {
      const fetch = await perform(target);
      if (fetch === null) {
        if (isJson) printJson(output, { id: target, status: "forgotten" });
        continue;
      }
      printFetch(output, fetch, isJson);
      if (values.wait === true && fetch.state !== "complete") exitCode = EXIT.failed;
    } catch (error) {
      signal.throwIfAborted();
      exitCode = EXIT.failed;
      if (isJson) printJson(output, { target, status: "failed", error: describeError(error) });
      else complain(output, `${printable(target)}: ${explain(error)}`);
    }
  }
  return exitCode;
}

/** Null: there is nothing left to show. */
async function act(
  client: Client,
  { action, id, signal }: { action: Action; id: string; signal: AbortSignal },
): Promise<Fetch | null> {
  if (action === "cancel") return await client.cancelFetch(id, { signal });
  if (action === "retry") return await client.retryFetch(id, { signal });
  await client.deleteFetch(id, { signal });
  return null;
}

async function waitForEnd(client: Client, begun: Fetch, signal: AbortSignal): Promise<Fetch> {
  let fetch = begun;
  while (fetch.state === "queued" || fetch.state === "fetching") {
    await sleep(POLL_MS, signal);
    const ask = () => client.getFetch(begun.id, { signal });
    fetch = await withRetry(ask, { budget: createRetryBudget(), signal });
  }
  return fetch;
}

function printFetch(output: Output, fetch: Fetch, isJson: boolean): void {
  if (isJson) {
    printJson(output, fetch);
    return;
  }
  const { id, state, receivedBytes, totalBytes, name, url, failure } = fetch;
  const share =
    totalBytes === null || totalBytes === 0
      ? "?"
      : `${Math.floor((receivedBytes / totalBytes) * 100)}%`;
  const bytes = formatBytes(totalBytes ?? receivedBytes);
  const reason = failure === undefined ? [] : [`(${printable(failure.detail)})`];
  const columns = [id, state.padEnd(9), share.padStart(4), bytes.padStart(9)];
  printLine(output, [...columns, printable(name ?? url), ...reason].join("  "));
}

function checkUse({
  action,
  targets,
  values,
}: {
  action: string | undefined;
  targets: readonly string[];
  values: { name?: string | undefined; to?: string | undefined };
}): void {
  if (action !== undefined && targets.length === 0)
    throw new UsageError(`offline ${action} needs at least one ID`);
  if (values.name !== undefined && (action !== undefined || targets.length > 1))
    throw new UsageError("--name goes with one URL");
  if (values.to !== undefined && action !== undefined) throw new UsageError("--to goes with URLs");
}
