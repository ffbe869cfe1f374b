/** `get` by a link: a file, or everything else as one ZIP, which is one download however often it is cut. */
import { join } from "node:path";
import {
  createRetryBudget,
  downloadLinkArchive,
  downloadLinkFile,
  SampanError,
  withRetry,
  type LinkNode,
} from "@sampan/sdk";
import { EXIT } from "../exit-codes.ts";
import {
  fetchFile,
  isFolder,
  receive,
  summarizeFetched,
  type Begin,
  type Receiving,
} from "../fetch-file.ts";
import { localName } from "../local-name.ts";
import { printJson, type Output } from "../output.ts";
import { openTransfers } from "../terminal/transfers.ts";
import { enterLink, type Entered, type Entering } from "./enter-link.ts";
import { findInLink } from "./find-in-link.ts";
import type { LinkWanted } from "./kept-visit.ts";

export interface GettingLink extends Entering {
  /** Below what is shared; all of it unless said. */
  readonly paths: readonly string[];
  readonly isZip: boolean;
  /** Where to. */
  readonly target: string | undefined;
  readonly overwrite: boolean;
  readonly isJson: boolean;
  readonly output: Output;
  readonly retryForMs: number;
}

export async function getLink(text: string, getting: GettingLink): Promise<number> {
  const entered = await enterLink(text, getting);
  const asked = JSON.stringify([getting.isZip, ...getting.paths]);
  // A link that has told all that it may still goes on with what was begun.
  const begun = entered.link === null ? entered.kept.find(asked) : undefined;
  if (entered.link === null && begun === undefined) await entered.kept.forget();
  const wanted = begun ?? (await findWanted(entered, getting));
  await entered.kept.keepWanted(asked, wanted);
  const work = { ...getting, entered };
  await (wanted.kind === "file" ? getFile(wanted, work) : getArchive(wanted, work));
  await entered.kept.forget();
  return EXIT.ok;
}

async function findWanted(
  { visitor, link }: Entered,
  { paths, isZip, signal }: GettingLink,
): Promise<LinkWanted> {
  if (link === null)
    throw new SampanError("The link was used as often as it may be", { code: "downloads-spent" });
  if (link.kind === "request")
    throw new SampanError("this link takes files: sampan put FILE --link LINK", {
      code: "not-a-download",
    });
  const top = link.node;
  const nodes: LinkNode[] = [];
  for (const path of paths) nodes.push(await findInLink(visitor, { top, path, signal }));
  const [only = top, second] = nodes;
  if (only.kind === "file" && second === undefined && !isZip)
    return { kind: "file", id: only.id, name: only.name };
  const name = `${second === undefined ? only.name : top.name}.zip`;
  return { kind: "archive", ids: nodes.length === 0 ? null : nodes.map(({ id }) => id), name };
}

type Work = GettingLink & { readonly entered: Entered };

async function getFile({ id, name }: LinkWanted & { kind: "file" }, work: Work): Promise<void> {
  const { visitor } = work.entered;
  const path = await chooseTarget(name, work.target);
  const { size, sha256 } = await headOf(work, () => visitor.headContent(id, work));
  const file = { size, digests: sha256 === null ? {} : { sha256 } };
  await transfer({ path, size }, work, async (how) => {
    const begin: Begin = (options) => downloadLinkFile(id, { visitor, ...options });
    const result = await fetchFile({ file, path, line: how.line, begin }, how);
    return { path, ...result, size };
  });
}

async function getArchive(
  { ids, name }: LinkWanted & { kind: "archive" },
  work: Work,
): Promise<void> {
  const { visitor } = work.entered;
  const selection = ids === null ? {} : { ids };
  const path = await chooseTarget(name, work.target);
  const { size } = await headOf(work, () => visitor.headArchive(selection, work));
  await transfer({ path, size }, work, async (how) => {
    const startedAtMs = performance.now();
    const result = await receive(
      { line: how.line, path },
      { work: how, begin: (options) => downloadLinkArchive(selection, { visitor, ...options }) },
    );
    const seconds = (performance.now() - startedAtMs) / 1000;
    how.line.finish(summarizeFetched({ path, seconds, ...result }));
    return { path, ...result };
  });
}

function headOf<Head>({ retryForMs, signal }: Work, head: () => Promise<Head>): Promise<Head> {
  return withRetry(head, { budget: createRetryBudget({ retryForMs }), signal });
}

async function transfer(
  { path, size }: { path: string; size: number },
  { output, isJson, overwrite, retryForMs, signal }: Work,
  fetch: (
    how: Receiving & { line: ReturnType<Receiving["transfers"]["begin"]> },
  ) => Promise<object>,
): Promise<void> {
  const totals = { totalFiles: 1, totalBytes: size };
  const transfers = openTransfers(output.err, { isWanted: !isJson, ...totals });
  try {
    const line = transfers.begin(path, size);
    const result = await fetch({ transfers, overwrite, retryForMs, signal, line });
    if (isJson) printJson(output, result);
  } finally {
    transfers.close();
  }
}

async function chooseTarget(name: string, target: string | undefined): Promise<string> {
  if (target === undefined) return localName(name);
  return (await isFolder(target)) ? join(target, localName(name)) : target;
}
