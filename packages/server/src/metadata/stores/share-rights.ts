/**
 * Who may add to a folder that is not their own, asked in the transaction that adds: a share that is taken back while bytes are on their way
 * is taken back for them as well. `core/drive/access.ts` answers the same question before anything begins.
 */
import type { Adder } from "../../core/drive/adder.ts";
import { scopesOf } from "../../core/accounts/role.ts";
import { CoreError } from "../../core/errors.ts";
import type { Db } from "../schema.ts";
import type { FolderState } from "./folder-state.ts";
import { findGrantsOn } from "./share-reads.ts";

interface Addition {
  /** Live. */
  readonly folder: FolderState;
  readonly adder: Adder;
  readonly now: number;
}

/** Throws `share-right-missing`, `shared-link-not-found`. */
export async function assertMayAdd(db: Db, addition: Addition): Promise<void> {
  const { folder, adder } = addition;
  if (adder.shareId !== null) {
    if (await isAskedFor(db, { ...addition, shareId: adder.shareId })) return;
    throw new CoreError("shared-link-not-found", {});
  }
  if (folder.ownerId === adder.accountId) return;
  const grants = await grantsOn(db, addition);
  if (!grants.some(({ right }) => right === "edit"))
    throw new CoreError("share-right-missing", { needed: "edit" });
}

/** As `assertMayAdd`, for a folder that somebody names: what they may not even see does not exist. Throws `node-not-found` as well. */
export async function assertMayOpen(db: Db, addition: Addition): Promise<void> {
  const { folder, adder } = addition;
  const isForeign = adder.shareId === null && folder.ownerId !== adder.accountId;
  if (isForeign && (await grantsOn(db, addition)).length === 0)
    throw new CoreError("node-not-found", { id: folder.id });
  await assertMayAdd(db, addition);
}

async function grantsOn(db: Db, { folder, adder: { accountId }, now }: Addition) {
  const grants = await findGrantsOn(db, { accountId, nodeIds: folder.path, now });
  return grants.filter(({ ownerId }) => ownerId === folder.ownerId);
}

/** Whether a file request counts, and the folder is in it. */
async function isAskedFor(
  db: Db,
  { folder, shareId, now }: Addition & { shareId: string },
): Promise<boolean> {
  const share = await db
    .selectFrom("shares")
    .innerJoin("accounts", "accounts.id", "shares.owner_id")
    .select(["shares.owner_id", "shares.node_id", "shares.expires_at"])
    .select(["accounts.role", "accounts.disabled_at"])
    .where("shares.id", "=", shareId)
    .where("shares.kind", "=", "request")
    .executeTakeFirst();
  if (share === undefined || (share.expires_at !== null && share.expires_at <= now)) return false;
  const isOwnerIn = share.disabled_at === null && scopesOf(share.role).has("files:write");
  return isOwnerIn && share.owner_id === folder.ownerId && folder.path.includes(share.node_id);
}
