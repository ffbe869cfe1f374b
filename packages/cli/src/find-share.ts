/** The shares that somebody means: by id, by the link, or by the path of what is shared. */
import { parseShareLink, SampanError, type Client, type Share } from "@sampan/sdk";
import { findPath } from "./find-path.ts";
import { isLink } from "./link/enter-link.ts";
import { isSame } from "./shared-path.ts";

export interface WantedShare {
  readonly text: string;
  /** Only that with this account. */
  readonly granteeName?: string | undefined;
  readonly signal: AbortSignal;
}

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** One at least. */
export async function findShares(client: Client, wanted: WantedShare): Promise<Share[]> {
  const { granteeName } = wanted;
  const found = await findAll(client, wanted);
  const named = found.filter(
    (share) => granteeName === undefined || isSame(share.granteeName ?? "", granteeName),
  );
  if (named.length > 0) return named;
  const whom = granteeName === undefined ? "" : ` with ${granteeName}`;
  throw new SampanError(`you do not share it${whom}`, { code: "share-not-found" });
}

/** Exactly one. */
export async function findShare(client: Client, wanted: WantedShare): Promise<Share> {
  const [only, second] = await findShares(client, wanted);
  if (only === undefined || second !== undefined)
    throw new SampanError("you share it in several ways: name one by its id (sampan shares PATH)", {
      code: "ambiguous",
    });
  return only;
}

async function findAll(client: Client, { text, signal }: WantedShare): Promise<Share[]> {
  if (ID.test(text)) return [await client.getShare(text, { signal })];
  if (isLink(text)) return await findByLink(client, { text, signal });
  const { id: nodeId } = await findPath(client, { path: text, signal });
  return await Array.fromAsync(client.eachShare({ nodeId, signal }));
}

async function findByLink(client: Client, { text, signal }: WantedShare): Promise<Share[]> {
  const { shareToken } = parseShareLink(text);
  for await (const share of client.eachShare({ signal }))
    if (share.url?.endsWith(`/s/${shareToken}`) === true) return [share];
  return [];
}
