/**
 * Whose quota pays. An open upload takes a place of its owner, and room of whoever's folder it is for: that account is the one it is charged
 * to. When its owner may no longer add to the folder, it is charged to its owner, so that nobody goes on holding room in a drive
 * that they were shown out of; its bytes stay, and where they may go is decided when they are sent somewhere else.
 */
import { CoreError, isCoreError } from "../../core/errors.ts";
import type { Db } from "../schema.ts";
import { adjustHoldings, reserveRegardless } from "./account-writes.ts";
import { findFolderState } from "./folder-state.ts";
import { reopenFolderFor } from "./node-folders.ts";
import type { UploadRow } from "./upload-row.ts";

type Charged = Pick<UploadRow, "owner_id" | "charged_id">;

export interface Charge {
  readonly ownerId: string;
  readonly used?: number;
  readonly reserved?: number;
  readonly open?: number;
  readonly maxOpenUploads?: number;
}

function chargedTo({ owner_id, charged_id }: Charged): string {
  return charged_id ?? owner_id;
}

/**
 * All of them, what is given back first. Throws as `adjustHoldings`; of anybody's quota but the asker's `shared-folder-full`, because its figures
 * are nobody else's business.
 */
export async function chargeAll(
  db: Db,
  { asker, changes }: { asker: string; changes: readonly Charge[] },
): Promise<void> {
  const growth = ({ used = 0, reserved = 0 }: Charge) => used + reserved;
  for (const change of sumByAccount(changes).toSorted((a, b) => growth(a) - growth(b))) {
    try {
      await adjustHoldings(db, change);
    } catch (error) {
      if (change.ownerId === asker || !isCoreError(error, "quota-exceeded")) throw error;
      throw new CoreError("shared-folder-full", { wantedBytes: growth(change) });
    }
  }
}

function sumByAccount(changes: readonly Charge[]): Charge[] {
  const sums = new Map<string, Charge>();
  for (const { ownerId, used = 0, reserved = 0, open = 0, ...limit } of changes) {
    const sum = sums.get(ownerId);
    sums.set(ownerId, {
      ...sum,
      ...limit,
      ownerId,
      used: used + (sum?.used ?? 0),
      reserved: reserved + (sum?.reserved ?? 0),
      open: open + (sum?.open ?? 0),
    });
  }
  return [...sums.values()];
}

export async function adjustUpload(
  db: Db,
  {
    row,
    holdings: { reserved = 0, ...places },
  }: { row: Charged; holdings: { reserved?: number; open?: number; maxOpenUploads?: number } },
): Promise<void> {
  const asker = row.owner_id;
  // The hot path has one account.
  if (row.charged_id === null)
    return await adjustHoldings(db, { ownerId: asker, reserved, ...places });
  const changes = [
    { ownerId: asker, ...places },
    { ownerId: row.charged_id, reserved },
  ];
  await chargeAll(db, { asker, changes });
}

/** The upload is complete: what it reserved beyond `held` goes, and the drive of its folder has `used` more. */
export async function settleCharges(
  db: Db,
  { row, held, drive, used }: { row: UploadRow; held: number; drive: string; used: number },
): Promise<void> {
  const changes = [
    { ownerId: chargedTo(row), reserved: held - row.reserved_bytes },
    { ownerId: row.owner_id, open: -1 },
    { ownerId: drive, used },
  ];
  await chargeAll(db, { asker: row.owner_id, changes });
}

/** The upload is for a folder in this drive now, which must have room. */
export async function chargeAnew(
  db: Db,
  { row, driveId }: { row: UploadRow; driveId: string },
): Promise<Pick<UploadRow, "charged_id">> {
  const { owner_id: asker, reserved_bytes: reserved } = row;
  const before = await findFolderState(db, row.parent_id);
  // In two steps: what was charged to its owner regardless is to fit now.
  if (before?.ownerId !== driveId) {
    await adjustHoldings(db, { ownerId: chargedTo(row), reserved: -reserved });
    await chargeAll(db, { asker, changes: [{ ownerId: driveId, reserved }] });
  }
  return { charged_id: driveId === asker ? null : driveId };
}

/** Charged to its owner from now on, unless it may still be added where it was to go. What changes in its row. */
export async function releaseForeign(
  db: Db,
  { row, now }: { row: UploadRow; now: number },
): Promise<Partial<Pick<UploadRow, "charged_id">>> {
  const { owner_id: ownerId, charged_id: chargedId, reserved_bytes: reserved } = row;
  if (chargedId === null || (await mayStillLand(db, { row, now }))) return {};
  await adjustHoldings(db, { ownerId: chargedId, reserved: -reserved });
  await reserveRegardless(db, { ownerId, bytes: reserved });
  return { charged_id: null };
}

async function mayStillLand(
  db: Db,
  { row, now }: { row: UploadRow; now: number },
): Promise<boolean> {
  const adder = { accountId: row.owner_id, shareId: row.share_id };
  try {
    const folder = await reopenFolderFor(db, { id: row.parent_id, adder, now });
    return folder.ownerId === row.charged_id;
  } catch (error) {
    if (isCoreError(error)) return false;
    throw error;
  }
}

/** Open uploads that are charged to somebody else: of one account in one drive, or all there are. How many were given back. */
export async function releaseUploads(
  db: Db,
  { of, now }: { of?: { ownerId: string; driveId: string }; now: number },
): Promise<number> {
  let query = db
    .selectFrom("uploads")
    .selectAll()
    .where("charged_id", "is not", null)
    .where("ended_at", "is", null);
  if (of !== undefined)
    query = query.where("charged_id", "=", of.driveId).where("owner_id", "=", of.ownerId);
  let released = 0;
  for (const row of await query.execute()) {
    const changes = await releaseForeign(db, { row, now });
    if (!("charged_id" in changes)) continue;
    released++;
    // Not by its epoch: whoever is writing goes on, and what they do is charged by the row.
    await db.updateTable("uploads").set(changes).where("id", "=", row.id).execute();
  }
  return released;
}
