import type { Db } from "../schema.ts";
import { firstRow, prepared } from "./prepared.ts";

/** The first and the last seq that are kept; undefined before the first event. */
export async function findEnds(db: Db): Promise<{ oldest: number; newest: number } | undefined> {
  const oldest = await firstRow(selectOldest(db, {}));
  const newest = await firstRow(selectNewest(db, {}));
  return oldest && newest && { oldest: oldest.seq, newest: newest.seq };
}

// Seqs begin at 1: the bound says nothing but that the key is to be searched, not the table read.
const selectOldest = prepared((db) => selectSeq(db).orderBy("seq").limit(1));
const selectNewest = prepared((db) => selectSeq(db).orderBy("seq", "desc").limit(1));

function selectSeq(db: Db) {
  return db.selectFrom("events").select("seq").where("seq", ">", 0);
}
