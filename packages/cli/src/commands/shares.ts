import { writeFile } from "node:fs/promises";
import type { Client, ShareChanges } from "@sampan/sdk";
import { connect, connectionOptions } from "../connection.ts";
import { formatLogLine, formatShare, formatSharedWithMe } from "../describe-share.ts";
import { EXIT, UsageError } from "../exit-codes.ts";
import { describeError, explain } from "../explain.ts";
import { findPath } from "../find-path.ts";
import { findShare, findShares } from "../find-share.ts";
import { chooseNewPassword, passwordOptions, withBarePassword } from "../link-password.ts";
import { complain, printJson, printLine, type CommandContext, type Output } from "../output.ts";
import { parseFlags } from "../parse.ts";
import { parseByteCount, parseCount, parseExpiry } from "../parse-limits.ts";
import { findGrant, formatSharedPath, parseSharedPath } from "../shared-path.ts";
import { printable } from "../terminal/format.ts";
import { printQr } from "../terminal/print-qr.ts";

export const sharesHelp = `Usage: sampan shares [list [PATH]] [--json]
       sampan shares log SHARE
       sampan shares change SHARE [options]
       sampan shares qr SHARE [--svg FILE]

Lists what you share (id, kind, name, limits, link) and what others share with you; with PATH,
how that one is shared. log shows who used a share, newest first. change changes it at once, for
visitors already there too. A SHARE is an id, a link, or the PATH of something that is shared in
one way only. To end a share: sampan unshare.

  --password[=TEXT]           a new password: typed now, or TEXT; --no-password takes it away
  --expires TIME              12h, 7d, 2w, a date, or never
  --downloads N               at most so many in all, or unlimited
  --preview-only, --no-preview-only
  --max-size SIZE             of a file request, or unlimited
  --right view|edit           of a share with an account`;

export const unshareHelp = `Usage: sampan unshare SHARE… [--with USER] [--json]

Ends shares at once, downloads on their way included. A SHARE is an id or a link (sampan shares),
or the PATH of something, which then is not shared with anybody any more; --with USER ends only the
share with that account. With @ann/PHOTOS you leave what ann shares with you.`;

const options = {
  ...connectionOptions,
  ...passwordOptions,
  "no-password": { type: "boolean" },
  expires: { type: "string" },
  downloads: { type: "string" },
  "preview-only": { type: "boolean" },
  "no-preview-only": { type: "boolean" },
  "max-size": { type: "string" },
  right: { type: "string" },
  svg: { type: "string" },
} as const;

type Values = ReturnType<typeof parse>["values"];

const parse = (argv: readonly string[]) =>
  parseFlags({ args: withBarePassword(argv), options, allowPositionals: true });

interface Work {
  readonly client: Client;
  readonly values: Values;
  readonly output: Output;
  readonly signal: AbortSignal;
}

const ACTIONS = { log: showLog, change, qr: showQr } as const;

export async function shares({ argv, env, output, signal }: CommandContext): Promise<number> {
  const { values, positionals } = parse(argv);
  const [word = "list", ...targets] = positionals;
  const action = Object.hasOwn(ACTIONS, word) ? ACTIONS[word as keyof typeof ACTIONS] : undefined;
  if (action === undefined && word !== "list")
    throw new UsageError(`shares knows list, log, change and qr, not "${word}"`);
  const [target, second] = targets;
  if (second !== undefined || (action !== undefined && target === undefined))
    throw new UsageError(`shares ${word} takes one ${action === undefined ? "PATH" : "SHARE"}`);
  const changes = word === "change" ? await parseChanges(values, signal) : {};
  const { client } = await connect(values, env);
  const work = { client, values, output, signal };
  if (action === undefined || target === undefined) await list(work, target);
  else await action(work, { id: (await findShare(client, { text: target, signal })).id, changes });
  return EXIT.ok;
}

async function list({ client, values, output, signal }: Work, path: string | undefined) {
  const isJson = values.json === true;
  const place = path === undefined ? {} : { nodeId: (await findPath(client, { path, signal })).id };
  for await (const share of client.eachShare({ ...place, signal })) {
    if (isJson) printJson(output, share);
    else printLine(output, formatShare(share));
  }
  if (path !== undefined) return;
  for await (const shared of client.eachSharedWithMe({ signal })) {
    if (isJson) printJson(output, { path: formatSharedPath(shared), ...shared });
    else printLine(output, formatSharedWithMe(shared));
  }
}

interface Chosen {
  readonly id: string;
  readonly changes: ShareChanges;
}

async function showLog({ client, values, output, signal }: Work, { id }: Chosen): Promise<void> {
  for await (const line of client.eachShareLogLine(id, { signal })) {
    if (values.json === true) printJson(output, line);
    else printLine(output, formatLogLine(line));
  }
}

async function change(
  { client, values, output, signal }: Work,
  { id, changes }: Chosen,
): Promise<void> {
  const changed = await client.changeShare(id, changes, { signal });
  if (values.json === true) printJson(output, changed);
  else printLine(output, formatShare(changed));
}

async function showQr({ client, values, output, signal }: Work, { id }: Chosen): Promise<void> {
  if (values.svg === undefined) printQr(output, await client.getShareQrText(id, { signal }));
  else await writeFile(values.svg, await client.getShareQr(id, { signal }));
}

async function parseChanges(values: Values, signal: AbortSignal): Promise<ShareChanges> {
  const { expires, downloads, "max-size": maxSize, right } = values;
  const isPreviewOnly =
    values["preview-only"] ?? (values["no-preview-only"] === true ? false : undefined);
  if (right !== undefined && right !== "view" && right !== "edit")
    throw new UsageError(`--right is view or edit, not "${right}"`);
  const changes: ShareChanges = {
    expiresAt: parseOrNull(expires, "never", (text) => parseExpiry(text, { flag: "--expires" })),
    maxDownloads: parseOrNull(downloads, "unlimited", (text) => parseCount(text, "--downloads")),
    maxBytes: parseOrNull(maxSize, "unlimited", (text) => parseByteCount(text, "--max-size")),
    previewOnly: isPreviewOnly,
    right,
    password: values["no-password"] === true ? null : await chooseNewPassword(values, { signal }),
  };
  if (Object.values(changes).every((value) => value === undefined))
    throw new UsageError("shares change needs to be told what: see sampan shares --help");
  return changes;
}

/** Undefined leaves it as it is, null takes the limit away. */
function parseOrNull<Value>(
  text: string | undefined,
  none: string,
  parseValue: (text: string) => Value,
): Value | null | undefined {
  if (text === undefined) return undefined;
  return text === none ? null : parseValue(text);
}

const unshareOptions = { ...connectionOptions, with: { type: "string" } } as const;

export async function unshare({ argv, env, output, signal }: CommandContext): Promise<number> {
  const config = { args: argv, options: unshareOptions, allowPositionals: true } as const;
  const { values, positionals } = parseFlags(config);
  if (positionals.length === 0) throw new UsageError("unshare needs at least one SHARE");
  const { client } = await connect(values, env);
  const isJson = values.json === true;
  let exitCode: number = EXIT.ok;
  for (const text of positionals) {
    try {
      if (parseSharedPath(text) !== null) {
        const { id } = await findGrant(client, { path: text, signal });
        await client.leaveShare(id, { signal });
        if (isJson) printJson(output, { id, status: "left" });
        continue;
      }
      const wanted = { text, granteeName: values.with, signal };
      for (const { id } of await findShares(client, wanted)) {
        await client.revokeShare(id, { signal });
        if (isJson) printJson(output, { id, status: "revoked" });
      }
    } catch (error) {
      signal.throwIfAborted();
      exitCode = EXIT.failed;
      if (isJson)
        printJson(output, { target: text, status: "failed", error: describeError(error) });
      else complain(output, `${printable(text)}: ${explain(error)}`);
    }
  }
  return exitCode;
}
