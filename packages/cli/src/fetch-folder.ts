/** A folder with all that is in it, recreated on the disk. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { createLink, downloadFile, isRetryable, type Client, type DriveNode } from "@sampan/sdk";
import { describeError, explain } from "./explain.ts";
import { fetchFile, type Begin, type FetchableFile, type Fetching } from "./fetch-file.ts";
import { localName } from "./local-name.ts";
import { mapConcurrently } from "./map-concurrently.ts";
import { complain, printJson, type Output } from "./output.ts";
import { printable } from "./terminal/format.ts";
import { openTransfers } from "./terminal/transfers.ts";

interface TreeFile extends FetchableFile {
  id: string;
  name: string;
}

interface Tree {
  folders: string[];
  files: { path: string; file: TreeFile }[];
}

/** Files at once; large ones share the link's requests between them. */
const FILES_AT_ONCE = 8;

/** Whether all of it is there now. Every failure but an interruption is reported here, file by file. */
export async function fetchFolder(
  { id, path }: { id: string; path: string },
  {
    output,
    isJson,
    ...work
  }: Omit<Fetching, "transfers" | "link"> & { output: Output; isJson: boolean },
): Promise<boolean> {
  const { client, signal } = work;
  const tree = await listTree(client, { id, path, signal });
  // Parents come before what is in them.
  for (const folder of tree.folders) await mkdir(folder, { recursive: true });
  const totalBytes = tree.files.reduce((sum, { file }) => sum + file.size, 0);
  const totals = { totalFiles: tree.files.length, totalBytes };
  const transfers = openTransfers(output.err, { isWanted: !isJson, ...totals });
  const fetching = { ...work, transfers, link: createLink() };
  const fetchOne = async ({ path: target, file }: Tree["files"][number]): Promise<boolean> => {
    const line = transfers.begin(target, file.size);
    try {
      const begin: Begin = (options) => downloadFile(file.id, { client, ...options });
      const result = await fetchFile({ file, path: target, line, begin }, fetching);
      if (isJson) printJson(output, { path: target, ...result, file });
      return true;
    } catch (error) {
      signal.throwIfAborted();
      const reason = isRetryable(error) ? `gave up: ${explain(error)}` : explain(error);
      const complaint = `${printable(target)}: ${reason}`;
      line.finish(`✗ ${complaint}`);
      if (isJson)
        printJson(output, { path: target, status: "failed", error: describeError(error) });
      else if (!transfers.isLive) complain(output, complaint);
      return false;
    }
  };
  try {
    const done = await mapConcurrently(tree.files, { limit: FILES_AT_ONCE, task: fetchOne });
    return done.every(Boolean);
  } finally {
    transfers.close();
  }
}

async function listTree(
  client: Client,
  top: { id: string; path: string; signal: AbortSignal },
): Promise<Tree> {
  const tree: Tree = { folders: [top.path], files: [] };
  const waiting = [{ id: top.id, path: top.path }];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    for await (const node of client.eachChild(folder.id, { signal: top.signal })) {
      const path = join(folder.path, localName(node.name));
      if (node.kind === "file") tree.files.push({ path, file: asFile(node) });
      else {
        tree.folders.push(path);
        waiting.push({ id: node.id, path });
      }
    }
  }
  return tree;
}

function asFile({ id, name, size, digests }: DriveNode): TreeFile {
  if (size === undefined || digests === undefined) throw new Error(`${name} has no size`);
  return { id, name, size, digests };
}
