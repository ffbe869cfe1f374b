/** A path below what a link shares. */
import { SampanError, type LinkNode, type Visitor } from "@sampan/sdk";
import { isSame } from "../shared-path.ts";

export async function findInLink(
  visitor: Visitor,
  { top, path, signal }: { top: LinkNode; path: string; signal: AbortSignal },
): Promise<LinkNode> {
  let node = top;
  for (const name of path.split("/").filter((part) => part !== ""))
    node = await findChild(visitor, { folder: node, name, signal });
  return node;
}

async function findChild(
  visitor: Visitor,
  { folder, name, signal }: { folder: LinkNode; name: string; signal: AbortSignal },
): Promise<LinkNode> {
  if (folder.kind === "folder")
    for await (const child of visitor.eachChild({ id: folder.id, signal }))
      if (isSame(child.name, name)) return child;
  throw new SampanError(`there is no "${name}" in ${folder.name}`, { code: "node-not-found" });
}
