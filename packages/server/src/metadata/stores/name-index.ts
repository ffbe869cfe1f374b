/**
 * Search by a part of a name, in SQLite. A name is indexed as its pairs and triples of characters (and single ones beyond ASCII, where one is a
 * word); a query asks for those of its text, and the names that have them all are looked at one by one.
 *
 * Writing files does not wait for the index: it follows in steps of its own, in the order of `seq`, and a search reads the rest from the
 * table. So a name is found as soon as it is there.
 */
import { sql } from "kysely";
import { nameKey } from "../../core/drive/name-key.ts";
import type { Db } from "../schema.ts";
import { prepared } from "./prepared.ts";

interface IndexedNode {
  readonly seq: number;
  readonly owner_id: string;
  readonly name_key: string;
}

/** Indexes the next nodes; how many. */
export async function indexNames(db: Db, { limit }: { limit: number }): Promise<number> {
  const upto = await findIndexedSeq(db);
  const { rows } = await selectUnindexed(db, { upto, limit });
  for (const row of rows) await insertGrams(db, { seq: row.seq, grams: formatGrams(row) });
  const last = rows.at(-1);
  if (last !== undefined)
    await db.updateTable("name_index").set({ upto_seq: last.seq }).where("id", "=", 1).execute();
  return rows.length;
}

export async function findIndexedSeq(db: Db): Promise<number> {
  const row = await db
    .selectFrom("name_index")
    .select("upto_seq")
    .where("id", "=", 1)
    .executeTakeFirstOrThrow();
  return row.upto_seq;
}

export async function hasUnindexedNames(db: Db): Promise<boolean> {
  const { rows } = await selectUnindexed(db, { upto: await findIndexedSeq(db), limit: 1 });
  return rows.length > 0;
}

/** A node whose name changed is indexed anew, unless that is still to come. */
export async function reindexName(db: Db, node: IndexedNode): Promise<void> {
  if (node.seq > (await findIndexedSeq(db))) return;
  await deleteGrams(db, { seq: node.seq });
  await insertGrams(db, { seq: node.seq, grams: formatGrams(node) });
}

/** For nodes that are about to be deleted. */
export async function dropNames(db: Db, nodes: readonly { readonly seq: number }[]): Promise<void> {
  const upto = await findIndexedSeq(db);
  for (const { seq } of nodes) if (seq <= upto) await deleteGrams(db, { seq });
}

const selectUnindexed = prepared((db, { upto, limit }: { upto: number; limit: number }) =>
  db
    .selectFrom("nodes")
    .select(["seq", "owner_id", "name_key"])
    .where("seq", ">", upto)
    .orderBy("seq")
    .limit(limit),
);

const insertGrams = prepared((db, { seq, grams }: { seq: number; grams: string }) => ({
  compile: () => sql`insert into name_grams (rowid, grams) values (${seq}, ${grams})`.compile(db),
}));

const deleteGrams = prepared((db, { seq }: { seq: number }) => ({
  compile: () => sql`delete from name_grams where rowid = ${seq}`.compile(db),
}));

function formatGrams({ owner_id, name_key }: IndexedNode): string {
  return [ownerWord(owner_id), ...gramsOf(name_key)].join(" ");
}

/** Narrows the index to a drive before anything else. Letters and digits only. */
export function ownerWord(ownerId: string): string {
  return `o${ownerId.replaceAll("-", "")}`;
}

/** The words under which a name key is indexed. */
export function gramsOf(key: string): Set<string> {
  const characters = [...key];
  const words = new Set<string>();
  for (const [i, character] of characters.entries()) {
    if (character > "\u007f") words.add(wordOf([character]));
    for (const length of [2, 3])
      if (i + length <= characters.length) words.add(wordOf(characters.slice(i, i + length)));
  }
  return words;
}

/** The words that every name with `text` in it has: none for a single ASCII character, of which the index knows nothing. */
export function wordsToFind(text: string): string[] {
  const characters = [...nameKey(text)];
  if (characters.length <= 2) {
    const isIndexed = characters.length === 2 || (characters[0] ?? "") > "\u007f";
    return isIndexed ? [wordOf(characters)] : [];
  }
  const words = characters.slice(2).map((_last, i) => wordOf(characters.slice(i, i + 3)));
  return [...new Set(words)];
}

/** Letters and digits, whatever the characters are: nothing of a query's syntax can be smuggled in. */
function wordOf(characters: readonly string[]): string {
  return `g${Buffer.from(characters.join("")).toString("hex")}`;
}
