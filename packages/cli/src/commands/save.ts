import { hasCode, SampanError, type LinkNode } from "@sampan/sdk";
import { connect, connectionOptions, serverUrl } from "../connection.ts";
import { EXIT, UsageError } from "../exit-codes.ts";
import { makeFolder } from "../find-path.ts";
import { finishJob } from "../finish-job.ts";
import { enterLink, isLink, linkOf } from "../link/enter-link.ts";
import { findInLink } from "../link/find-in-link.ts";
import { passwordOptions, withBarePassword } from "../link-password.ts";
import { printJson, printLine, type CommandContext } from "../output.ts";
import { parseFlags } from "../parse.ts";
import { nameOf } from "../describe-share.ts";

export const saveHelp = `Usage: sampan save LINK [PATH…] [--to /FOLDER] [--password[=TEXT]] [--json]

Saves what a link shares into your own drive on the same server, without a byte being sent: all
of it, or the PATHs below it. Where a name is taken, the copy gets a number. Counts as one
download of the link.

  --to /FOLDER         where to; made if it is not there (default: the root)
  --password[=TEXT]    of the link: asked for, or this (SAMPAN_LINK_PASSWORD)`;

const options = { ...connectionOptions, ...passwordOptions, to: { type: "string" } } as const;

export async function save({ argv, env, output, signal }: CommandContext): Promise<number> {
  const args = withBarePassword(argv);
  const { values, positionals } = parseFlags({ args, options, allowPositionals: true });
  const [text = "", ...paths] = positionals;
  if (!isLink(text)) throw new UsageError("save needs a LINK (https://…/s/…)");
  const { url } = linkOf(text, values);
  // A token is for one server, and the link may be of another.
  const isSame = serverUrl(values, env).origin === new URL(url).origin;
  const tokenEnv = isSame ? env : { ...env, SAMPAN_TOKEN: undefined };
  const { client, token } = await connect({ url, token: values.token }, tokenEnv);
  const { visitor, link, kept } = await enterLink(text, { values, env, signal, token });
  if (link === null)
    throw new SampanError("The link was used as often as it may be", { code: "downloads-spent" });
  if (link.kind === "request")
    throw new SampanError("this link takes files: sampan put FILE --link LINK", {
      code: "not-a-download",
    });
  const nodes: LinkNode[] = [];
  for (const path of paths) nodes.push(await findInLink(visitor, { top: link.node, path, signal }));
  const parentId = await makeFolder(client, { path: values.to ?? "/", signal });
  const ids = nodes.length === 0 ? {} : { ids: nodes.map(({ id }) => id) };
  const outcome = await visitor.save({ ...ids, parentId, signal });
  const job = await finishJob(client, { job: outcome.job, signal });
  await kept.forget();
  const saved = outcome.ids ?? job?.ids ?? [];
  if (values.json === true) printJson(output, { status: "saved", ids: saved, parentId });
  else for (const id of saved) printLine(output, await whereIs(id));
  return EXIT.ok;

  async function whereIs(id: string): Promise<string> {
    try {
      const node = await client.getNode(id, { signal });
      const folders = node.path.map(({ name }) => name).join("/");
      return `Saved as ${folders}/${nameOf(node)}`;
    } catch (error) {
      if (!hasCode(error, "node-not-found")) throw error;
      return "Saved, and moved away since";
    }
  }
}
