import { SampanError, type Client, type Upload } from "@sampan/sdk";
import { connect, connectionOptions } from "../connection.ts";
import { eachOfPages } from "../each-of-pages.ts";
import { EXIT, UsageError } from "../exit-codes.ts";
import { describeError, explain } from "../explain.ts";
import { complain, printJson, printLine, type CommandContext, type Output } from "../output.ts";
import { parseFlags } from "../parse.ts";
import { formatBytes, printable } from "../terminal/format.ts";

export const uploadsHelp = `Usage: sampan uploads [list] [--json]
       sampan uploads resume|pause|abort ID|NAME…

Open uploads. A paused one refuses bytes until it is resumed; the next put then sends the rest.
Aborting frees what was sent.`;

const ACTIONS = ["resume", "pause", "abort"] as const;
type Action = (typeof ACTIONS)[number];

export async function uploads(context: CommandContext): Promise<number> {
  const { env, output, signal } = context;
  const config = { options: connectionOptions, allowPositionals: true } as const;
  const { values, positionals } = parseFlags({ args: context.argv, ...config });
  const [word = "list", ...targets] = positionals;
  const action = ACTIONS.find((known) => known === word);
  if (action === undefined && word !== "list") {
    throw new UsageError(`uploads knows list, resume, pause and abort, not "${word}"`);
  }
  if (action !== undefined && targets.length === 0) {
    throw new UsageError(`uploads ${action} needs at least one ID or NAME`);
  }
  const { client } = await connect(values, env);
  const open = await listOpen(client, signal);
  const isJson = values.json === true;
  if (action === undefined) {
    for (const upload of open) printUpload(output, upload, isJson);
    return EXIT.ok;
  }
  let exitCode: number = EXIT.ok;
  for (const target of targets) {
    try {
      const id = pickId(open, target);
      await perform(client, { action, id, signal });
      if (isJson) printJson(output, { id, status: `${action}d`.replace("abortd", "aborted") });
    } catch (error) {
      signal.throwIfAborted();
      exitCode = EXIT.failed;
      if (isJson) printJson(output, { target, status: "failed", error: describeError(error) });
      else complain(output, `${printable(target)}: ${explain(error)}`);
    }
  }
  return exitCode;
}

function listOpen(client: Client, signal: AbortSignal): Promise<Upload[]> {
  return Array.fromAsync(
    eachOfPages((cursor) => client.listUploads({ limit: 1_000, cursor, signal })),
  );
}

/** An id, or a name that only one open upload has. Anything else is left to the server. */
function pickId(open: readonly Upload[], target: string): string {
  const named = open.filter(({ name }) => name === target);
  if (named.length > 1) {
    throw new SampanError(`${named.length} open uploads have this name; use the ID`, {
      code: "ambiguous",
    });
  }
  return named[0]?.id ?? target;
}

async function perform(
  client: Client,
  { action, id, signal }: { action: Action; id: string; signal: AbortSignal },
): Promise<void> {
  if (action === "abort") await client.abortUpload(id, { signal });
  else if (action === "pause") await client.pauseUpload(id, { signal });
  else await client.resumeUpload(id, { signal });
}

function printUpload(output: Output, upload: Upload, isJson: boolean): void {
  if (isJson) {
    printJson(output, upload);
    return;
  }
  const { id, state, size, receivedBytes, name } = upload;
  const share = size === null || size === 0 ? "?" : `${Math.floor((receivedBytes / size) * 100)}%`;
  const bytes = size === null ? formatBytes(receivedBytes) : formatBytes(size);
  const columns = [id, state.padEnd(10), share.padStart(4), bytes.padStart(9), printable(name)];
  printLine(output, columns.join("  "));
}
