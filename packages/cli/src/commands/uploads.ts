import { SampanError, type Client, type Upload, type UploadOutcome } from "@sampan/sdk";
import { connect, connectionOptions } from "../connection.ts";
import { EXIT, UsageError } from "../exit-codes.ts";
import { describeError, explain } from "../explain.ts";
import { complain, printJson, printLine, type CommandContext, type Output } from "../output.ts";
import { parseFlags } from "../parse.ts";
import { formatBytes, parseDuration, printable } from "../terminal/format.ts";

export const uploadsHelp = `Usage: sampan uploads [list] [--state STATES] [--name TEXT] [--dialect NAME]
                              [--since TIME] [--until TIME] [--all | --owner ID] [--json]
       sampan uploads resume|pause|abort ID|NAME… [--all | --owner ID]
       sampan uploads clean [--state STATES] [--older-than TIME] [--all | --owner ID]

Uploads, of whichever protocol, newest first; the open ones unless --state says otherwise. A paused
one refuses bytes until it is resumed; the next put then sends the rest. Aborting frees what was
sent. Cleaning clears away the records of those that failed, expired or were aborted; files stay.

  --state STATES     receiving, paused, completing, complete, aborted, expired, failed with commas
                     between, or open, ended, all
  --name TEXT        with this in the name
  --dialect NAME     begun through it: native, tus, task-api, …
  --since, --until   begun then: 2026-11-20, 2026-11-20T18:00Z, or so long ago: 2h, 7d
  --older-than TIME  ended so long ago, or before that time
  --all, --owner ID  everybody's, or another's: for administrators`;

const ACTIONS = ["resume", "pause", "abort"] as const;
type Action = (typeof ACTIONS)[number];
const DONE: Readonly<Record<Action, string>> = {
  resume: "resumed",
  pause: "paused",
  abort: "aborted",
};
const OPEN = ["receiving", "paused", "completing"] as const;
const ENDED = ["complete", "aborted", "expired", "failed"] as const;
/** What the server takes at once. */
const BATCH = 1_000;

const options = {
  ...connectionOptions,
  state: { type: "string" },
  name: { type: "string" },
  dialect: { type: "string" },
  since: { type: "string" },
  until: { type: "string" },
  "older-than": { type: "string" },
  all: { type: "boolean" },
  owner: { type: "string" },
} as const;

type Values = ReturnType<typeof parseFlags<{ options: typeof options }>>["values"];

export async function uploads(context: CommandContext): Promise<number> {
  const { argv, env } = context;
  const { values, positionals } = parseFlags({ args: argv, options, allowPositionals: true });
  const [word = "list", ...targets] = positionals;
  const action = ACTIONS.find((known) => known === word);
  if (action === undefined && word !== "list" && word !== "clean")
    throw new UsageError(`uploads knows list, resume, pause, abort and clean, not "${word}"`);
  if (action !== undefined && targets.length === 0)
    throw new UsageError(`uploads ${action} needs at least one ID or NAME`);
  if (action === undefined && targets.length > 0)
    throw new UsageError(`uploads ${word} takes no names; --name TEXT finds them`);
  assertFlags(word, values);
  const { client } = await connect(values, env);
  if (action !== undefined) return await act(context, { client, values, action, targets });
  return word === "clean"
    ? await clean(context, { client, values })
    : await list(context, { client, values });
}

/** A flag that the word does not know would be quietly without effect. */
function assertFlags(word: string, values: Values): void {
  const known: Readonly<Record<string, readonly (keyof Values)[]>> = {
    list: ["state", "name", "dialect", "since", "until"],
    clean: ["state", "older-than"],
  };
  const filters = ["state", "name", "dialect", "since", "until", "older-than"] as const;
  for (const flag of filters)
    if (values[flag] !== undefined && known[word]?.includes(flag) !== true)
      throw new UsageError(`--${flag} does not go with uploads ${word}`);
  if (values.all === true && values.owner !== undefined)
    throw new UsageError("--all or --owner, not both");
}

async function list(
  { output, signal }: CommandContext,
  { client, values }: { client: Client; values: Values },
): Promise<number> {
  const { name, dialect } = values;
  const filters = {
    state: parseStates(values.state, [...ENDED, ...OPEN, "open", "ended", "all"]),
    name,
    dialect,
    from: parseTime("since", values.since),
    to: parseTime("until", values.until),
    owner: ownerOf(values),
  };
  const isForeign = filters.owner !== undefined;
  for await (const upload of client.eachUpload({ ...filters, limit: 1_000, signal })) {
    if (values.json === true) printJson(output, upload);
    else printUpload(output, upload, isForeign);
  }
  return EXIT.ok;
}

async function act(
  { output, signal }: CommandContext,
  {
    client,
    values,
    action,
    targets,
  }: { client: Client; values: Values; action: Action; targets: readonly string[] },
): Promise<number> {
  const isJson = values.json === true;
  let exitCode: number = EXIT.ok;
  const fail = (target: string, error: unknown): void => {
    exitCode = EXIT.failed;
    if (isJson) printJson(output, { target, status: "failed", error: describeError(error) });
    else complain(output, `${printable(target)}: ${explain(error)}`);
  };
  const open: Upload[] = [];
  for await (const upload of client.eachUpload({ limit: 1_000, owner: ownerOf(values), signal }))
    open.push(upload);
  const named = new Map<string, string>();
  for (const target of targets) {
    try {
      named.set(pickId(open, target), target);
    } catch (error) {
      fail(target, error);
    }
  }
  for (const outcome of await change(client, { ids: [...named.keys()], action, signal })) {
    const { id } = outcome;
    if ("error" in outcome) fail(named.get(id) ?? id, outcome.error);
    else if (isJson) printJson(output, { id, status: DONE[action] });
  }
  return exitCode;
}

async function change(
  client: Client,
  { ids, action, signal }: { ids: readonly string[]; action: Action; signal: AbortSignal },
): Promise<UploadOutcome[]> {
  const outcomes: UploadOutcome[] = [];
  for (let at = 0; at < ids.length; at += BATCH)
    outcomes.push(...(await client.changeUploads(ids.slice(at, at + BATCH), { action, signal })));
  return outcomes;
}

async function clean(
  { output, signal }: CommandContext,
  { client, values }: { client: Client; values: Values },
): Promise<number> {
  const states = parseStates(values.state, ENDED);
  const before = parseTime("older-than", values["older-than"]);
  const wanted = { states, before, owner: ownerOf(values), signal };
  let removed = 0;
  for (;;) {
    const step = await client.cleanUpUploads(wanted);
    removed += step.removed;
    if (!step.hasMore) break;
  }
  if (values.json === true) printJson(output, { removed });
  else printLine(output, `${removed} cleared away`);
  return EXIT.ok;
}

function ownerOf({ all, owner }: Values): string | undefined {
  return all === true ? "all" : owner;
}

function parseStates<State extends string>(
  text: string | undefined,
  known: readonly State[],
): State[] | undefined {
  return text?.split(",").map((word) => {
    const state = known.find((one) => one === word);
    if (state === undefined) throw new UsageError(`--state is of ${known.join(", ")} here`);
    return state;
  });
}

/** A date or time, or how long ago. */
function parseTime(flag: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const ago = parseDuration(text);
  const time = ago === null ? Date.parse(text) : Date.now() - ago;
  if (!Number.isNaN(time)) return new Date(time).toISOString();
  throw new UsageError(`--${flag} is a time such as 2026-11-20, 2h or 7d, not "${text}"`);
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

function printUpload(output: Output, upload: Upload, isForeign: boolean): void {
  const { id, state, size, receivedBytes, name, dialect, live, owner } = upload;
  const share = size === null || size === 0 ? "?" : `${Math.floor((receivedBytes / size) * 100)}%`;
  const speed = live?.bytesPerSecond ?? null;
  const columns = [
    id,
    state.padEnd(10),
    share.padStart(4),
    formatBytes(size ?? receivedBytes).padStart(9),
    (speed === null ? "" : `${formatBytes(speed)}/s`).padStart(11),
    dialect.padEnd(13),
    ...(isForeign ? [printable(owner?.name ?? "").padEnd(12)] : []),
    printable(name),
  ];
  printLine(output, columns.join("  "));
}
