import type { Challenge } from "../../core/uploads/challenge.ts";
import type { Range } from "../../core/uploads/upload.ts";
import type { Db } from "../schema.ts";
import { inLists, insertRows } from "./bulk.ts";

export async function issueChallenge(db: Db, challenge: Challenge): Promise<void> {
  const { nonce, uploadId, ownerId, sha256, ranges, expiresAt } = challenge;
  await db
    .deleteFrom("instant_challenges")
    .where("upload_id", "=", uploadId)
    .where("answered_at", "is", null)
    .execute();
  const row = {
    nonce,
    upload_id: uploadId,
    account_id: ownerId,
    sha256,
    ranges: JSON.stringify(ranges.map(({ start, end }) => [start, end])),
    expires_at: expiresAt,
    answered_at: null,
  };
  await insertRows(db, { into: "instant_challenges", rows: [row] });
}

export async function takeChallenge(
  db: Db,
  { uploadId, nonce, now }: { uploadId: string; nonce: string; now: number },
): Promise<{ challenge: Challenge; attempts: number } | undefined> {
  const row = await db
    .selectFrom("instant_challenges")
    .selectAll()
    .where("nonce", "=", nonce)
    .executeTakeFirst();
  const isOpen = row?.upload_id === uploadId && row.answered_at === null && row.expires_at > now;
  if (!row || !isOpen) return undefined;
  const { numUpdatedRows } = await db
    .updateTable("instant_challenges")
    .set({ answered_at: now })
    .where("nonce", "=", nonce)
    .where("answered_at", "is", null)
    .executeTakeFirst();
  if (numUpdatedRows !== 1n) return undefined;
  const { attempts } = await db
    .selectFrom("instant_challenges")
    .select((e) => e.fn.count<number>("answered_at").as("attempts"))
    .where("account_id", "=", row.account_id)
    .where("sha256", "=", row.sha256)
    .executeTakeFirstOrThrow();
  const ranges = (JSON.parse(row.ranges) as [number, number][]).map(([start, end]): Range => ({
    start,
    end,
  }));
  const { account_id: ownerId, sha256, expires_at: expiresAt } = row;
  return { challenge: { nonce, uploadId, ownerId, sha256, ranges, expiresAt }, attempts };
}

/** The content is the account's own now: nothing is left to be guessed. */
export async function forgetAttempts(
  db: Db,
  { ownerId, sha256 }: { ownerId: string; sha256: string },
): Promise<void> {
  await db
    .deleteFrom("instant_challenges")
    .where("account_id", "=", ownerId)
    .where("sha256", "=", sha256)
    .execute();
}

export async function purgeChallenges(
  db: Db,
  { before, limit }: { before: number; limit: number },
): Promise<number> {
  const rows = await db
    .selectFrom("instant_challenges")
    .select("nonce")
    .where("expires_at", "<", before)
    .orderBy("expires_at")
    .limit(limit)
    .execute();
  const nonces = rows.map(({ nonce }) => nonce);
  await inLists(nonces, (list) =>
    db.deleteFrom("instant_challenges").where("nonce", "in", list).execute(),
  );
  return nonces.length;
}
