import { writeFile } from "node:fs/promises";
import { hasCode, SampanError, type Client, type NewShare, type Share } from "@sampan/sdk";
import { connect, connectionOptions } from "../connection.ts";
import { describeShare, nameOf } from "../describe-share.ts";
import { EXIT, UsageError } from "../exit-codes.ts";
import { findPath, isRoot } from "../find-path.ts";
import {
  chooseNewPassword,
  hasPassword,
  passwordOptions,
  withBarePassword,
} from "../link-password.ts";
import { printJson, printLine, type CommandContext, type Output } from "../output.ts";
import { parseFlags } from "../parse.ts";
import { parseByteCount, parseCount, parseExpiry } from "../parse-limits.ts";
import { parseSharedPath } from "../shared-path.ts";
import { printQr } from "../terminal/print-qr.ts";

export const shareHelp = `Usage: sampan share PATH [--password[=TEXT]] [--expires TIME] [--downloads N] [--preview-only]
       sampan share PATH --request [--password[=TEXT]] [--expires TIME] [--max-size SIZE]
       sampan share PATH --with USER… [--edit] [--expires TIME]

Makes a link to a file or folder and prints it: whoever has the link may see and fetch it,
without an account. With --request the link takes files into the folder and shows nothing of it.
With --with it is shared with an account instead, which finds it as @you/NAME (sampan ls @).
What was shared is listed by sampan shares, and no longer shared after sampan unshare.

  --password[=TEXT]   ask visitors for a password: typed now, or TEXT, which others on this machine
                      can see
  --expires TIME      12h, 7d, 2w, or a date such as 2027-01-31
  --downloads N       so many times, then the link is spent; a file or a whole folder is one
  --preview-only      small pictures and beginnings of texts, but no downloads
  --request           a folder that takes files
  --max-size SIZE     of all files together, such as 500M or 10G
  --with USER         by the account's name; may be given several times
  --edit              it may put files in, rename, move and trash what is in it
  --qr                draw the link as a QR code as well
  --qr-svg FILE       save the QR code as a picture`;

const options = {
  ...connectionOptions,
  ...passwordOptions,
  expires: { type: "string" },
  downloads: { type: "string" },
  "preview-only": { type: "boolean" },
  request: { type: "boolean" },
  "max-size": { type: "string" },
  with: { type: "string", multiple: true },
  edit: { type: "boolean" },
  qr: { type: "boolean" },
  "qr-svg": { type: "string" },
} as const;

type Values = ReturnType<
  typeof parseFlags<{ args: string[]; options: typeof options; allowPositionals: true }>
>["values"];

export async function share({ argv, env, output, signal }: CommandContext): Promise<number> {
  const args = withBarePassword(argv);
  const { values, positionals } = parseFlags({ args, options, allowPositionals: true });
  const [path, ...others] = positionals;
  if (path === undefined || others.length > 0) throw new UsageError("share takes one PATH");
  if (isRoot(path)) throw new UsageError("the root itself is not shared: share a folder in it");
  if (parseSharedPath(path) !== null)
    throw new UsageError("only what is your own is yours to share");
  refuseContradictions(values);
  const limits = parseLimits(values);
  const password = await chooseNewPassword(values, { signal });
  const { client } = await connect(values, env);
  const { id: nodeId } = await findPath(client, { path, signal });
  for (const wanted of toShares(values, { nodeId, password, ...limits })) {
    const made = await create(client, wanted, signal);
    if (made.url === null) tellWhom(output, made, values.json === true);
    else await tellLink(client, made, { values, output, signal });
  }
  return EXIT.ok;
}

/** One for each account, else one link. */
function toShares(
  values: Values,
  {
    nodeId,
    password,
    expiresAt,
    maxDownloads,
    maxBytes,
  }: ReturnType<typeof parseLimits> & { nodeId: string; password: string | undefined },
): NewShare[] {
  const common = { nodeId, expiresAt };
  if (values.with !== undefined) {
    const right = values.edit === true ? "edit" : "view";
    return values.with.map((name) => ({ ...common, kind: "user", name, right }));
  }
  if (values.request === true) return [{ ...common, kind: "request", password, maxBytes }];
  const previewOnly = values["preview-only"] === true;
  return [{ ...common, kind: "link", password, maxDownloads, previewOnly }];
}

/** What belongs to one kind of share is refused for the others before anything is asked of the server. */
function refuseContradictions(values: Values): void {
  const isWith = values.with !== undefined;
  const isRequest = values.request === true;
  const isToFetch = !isWith && !isRequest;
  const wantsQr = values.qr === true || values["qr-svg"] !== undefined;
  const rules: [flag: string, isAllowed: boolean, where: string][] = [];
  if (isRequest) rules.push(["--request", !isWith, "without --with"]);
  if (hasPassword(values)) rules.push(["--password", !isWith, "with links, not with --with"]);
  if (values.downloads !== undefined)
    rules.push(["--downloads", isToFetch, "with links to fetch from"]);
  if (values["preview-only"] === true)
    rules.push(["--preview-only", isToFetch, "with links to fetch from"]);
  if (values["max-size"] !== undefined) rules.push(["--max-size", isRequest, "with --request"]);
  if (values.edit === true) rules.push(["--edit", isWith, "with --with USER"]);
  if (wantsQr) rules.push(["--qr", !isWith, "with links, not with --with"]);
  for (const [flag, isAllowed, where] of rules)
    if (!isAllowed) throw new UsageError(`${flag} goes ${where}`);
}

function parseLimits(values: Values) {
  const { expires, downloads, "max-size": maxSize } = values;
  return {
    expiresAt: expires === undefined ? undefined : parseExpiry(expires, { flag: "--expires" }),
    maxDownloads: downloads === undefined ? undefined : parseCount(downloads, "--downloads"),
    maxBytes: maxSize === undefined ? undefined : parseByteCount(maxSize, "--max-size"),
  };
}

async function create(client: Client, wanted: NewShare, signal: AbortSignal): Promise<Share> {
  try {
    return await client.createShare(wanted, { signal });
  } catch (error) {
    const isOneself = hasCode(error, "invalid-request") && error.facts["field"] === "name";
    if (wanted.kind !== "user" || (!isOneself && !hasCode(error, "account-not-found"))) throw error;
    const { code, status } = error;
    const message = isOneself ? "that is you" : `there is no account called "${wanted.name}"`;
    throw new SampanError(message, { code, status, cause: error });
  }
}

function tellWhom(output: Output, made: Share, isJson: boolean): void {
  if (isJson) printJson(output, made);
  else
    printLine(
      output,
      [made.node === null ? made.id : nameOf(made.node), describeShare(made)].join("  "),
    );
}

/** The link alone goes to standard output, for scripts; a terminal is told what it is as well. */
async function tellLink(
  client: Client,
  made: Share,
  { values, output, signal }: { values: Values; output: Output; signal: AbortSignal },
): Promise<void> {
  const svgPath = values["qr-svg"];
  if (svgPath !== undefined) await writeFile(svgPath, await client.getShareQr(made.id, { signal }));
  if (values.json === true) {
    printJson(output, made);
    return;
  }
  printLine(output, made.url ?? made.id);
  const facts = describeShare(made);
  if (output.err.isTTY === true && made.node !== null && facts !== "")
    output.err.write(`${nameOf(made.node)}  ${facts}\n`);
  if (values.qr === true) printQr(output, await client.getShareQrText(made.id, { signal }));
}
