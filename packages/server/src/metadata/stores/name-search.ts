import { sql } from "kysely";
import type { Page, SearchScope } from "../../core/drive/node-store.ts";
import type { DriveNode, NodeKind } from "../../core/drive/node.ts";
import { nameKey } from "../../core/drive/name-key.ts";
import type { Db } from "../schema.ts";
import { formatCursor, parseCursor } from "./cursor.ts";
import { findIndexedSeq, ownerWord, wordsToFind } from "./name-index.ts";
import { pageOfLive } from "./node-lists.ts";
import { filterOf, findOwners } from "./name-scope.ts";
import { nodesWithDigests, toNode } from "./node-row.ts";

export interface NameQuery {
  readonly scope: SearchScope;
  readonly text: string;
  readonly kind?: NodeKind;
  readonly limit: number;
  readonly cursor?: string;
}

/** How many candidates are looked at for one round of a page. */
const MAX_CANDIDATES = 2_000;
/** How many of them one statement looks at. */
const LOOK_AT = 256;

/** Newest first: what the index has not reached yet is the newest, so it comes before what the index finds. */
export async function findByName(db: Db, query: NameQuery): Promise<Page<DriveNode>> {
  const { limit, cursor, text, scope } = query;
  const key = nameKey(text);
  const ownerIds = await findOwners(db, scope);
  if (key === "" || ownerIds.length === 0) return { items: [], nextCursor: null };
  const upto = await findIndexedSeq(db);
  return await pageOfLive(db, {
    limit,
    ...(cursor === undefined ? {} : { cursor }),
    filter: filterOf(db, scope),
    async next(from, count) {
      const before =
        from === undefined ? Number.MAX_SAFE_INTEGER : parseCursor(from, ["number"])[0];
      const recent =
        before > upto
          ? await scanNames(db, { query, ownerIds, key, before, after: upto, count })
          : [];
      const rest = count - recent.length;
      const indexed =
        rest > 0
          ? await lookUpNames(db, {
              query,
              ownerIds,
              key,
              before: Math.min(before, upto + 1),
              count: rest,
            })
          : [];
      return [...recent, ...indexed].map((row) => ({
        node: toNode(row),
        cursor: formatCursor([row.seq]),
      }));
    },
  });
}

interface Range {
  readonly query: NameQuery;
  readonly ownerIds: readonly string[];
  readonly key: string;
  readonly before: number;
  readonly count: number;
}

/** Looks at the names themselves, from the newest down. */
async function scanNames(db: Db, { before, after, count, ...range }: Range & { after: number }) {
  return await matching(db, range)
    .where("nodes.seq", "<", before)
    .where("nodes.seq", ">", after)
    .orderBy("nodes.seq", "desc")
    .limit(count)
    .execute();
}

async function lookUpNames(db: Db, { before, count, ...range }: Range) {
  const { query, ownerIds } = range;
  const quoted = (words: readonly string[]) => words.map((word) => `"${word}"`);
  const drives = quoted(ownerIds.map(ownerWord)).join(" OR ");
  const expression = [`(${drives})`, ...quoted(wordsToFind(query.text))].join(" AND ");
  const found: Awaited<ReturnType<typeof scanNames>> = [];
  let below = before;
  while (found.length < count) {
    const { rows } = await sql<{ seq: number }>`
      select rowid as seq from name_grams where name_grams match ${expression} and rowid < ${below}
      order by rowid desc limit ${MAX_CANDIDATES}`.execute(db);
    for (let i = 0; i < rows.length && found.length < count; i += LOOK_AT) {
      const seqs = rows.slice(i, i + LOOK_AT).map((row) => row.seq);
      const nodes = await matching(db, range).where("nodes.seq", "in", seqs).execute();
      found.push(...nodes.toSorted((a, b) => b.seq - a.seq));
    }
    if (rows.length < MAX_CANDIDATES) break;
    below = rows.at(-1)!.seq;
  }
  return found.slice(0, count);
}

function matching(
  db: Db,
  { query: { kind }, ownerIds, key }: Pick<Range, "query" | "ownerIds" | "key">,
) {
  const select = nodesWithDigests(db)
    // The plus: this is to be read by `seq`, not by owner.
    .where(sql<boolean>`+nodes.owner_id in (${sql.join(ownerIds)})`)
    .where(sql<boolean>`instr(nodes.name_key, ${key}) > 0`);
  return kind === undefined
    ? select
    : select.where(sql<boolean>`+nodes.is_file = ${kind === "file" ? 1 : 0}`);
}
