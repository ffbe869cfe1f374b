/** Whether somebody may read what lies in another's drive, asked in the transaction that reads it. */
import { scopesOf } from "../../core/accounts/role.ts";
import { CoreError } from "../../core/errors.ts";
import type { Actor } from "../../core/events.ts";
import type { Reader } from "../../core/sharing/reader.ts";
import type { Db } from "../schema.ts";
import { selectPathUp } from "./folder-state.ts";
import { findNode } from "./node-reads.ts";
import { findGrantsOn, findShare } from "./share-reads.ts";
import { takeShareDownload } from "./share-writes.ts";

interface Reading {
  readonly reader: Reader;
  readonly nodeId: string;
  readonly now: number;
}

/** Throws `node-not-found`, `shared-link-not-found`, `preview-only`. */
export async function assertMayRead(db: Db, { reader, nodeId, now }: Reading): Promise<void> {
  const { rows: path } = await selectPathUp(db, { id: nodeId });
  const ownerId = path[0]?.owner_id;
  const isLive = ownerId !== undefined && path.at(-1)?.parent_id === ownerId;
  if (!isLive) throw new CoreError("node-not-found", { id: nodeId });
  const ids = path.map(({ id }) => id);
  if (reader.kind === "account") {
    const { accountId } = reader;
    const grants = await findGrantsOn(db, { accountId, nodeIds: ids, now });
    if (grants.some((grant) => grant.ownerId === ownerId)) return;
    throw new CoreError("node-not-found", { id: nodeId });
  }
  const top = await findTop(db, { ...reader, now });
  if (top.ownerId !== ownerId || !ids.includes(top.nodeId))
    throw new CoreError("node-not-found", { id: nodeId });
}

/** What a link is to, while it counts as its visitor found it. */
async function findTop(
  db: Db,
  { shareId, passwordVersion, now }: { shareId: string; passwordVersion: number; now: number },
): Promise<{ nodeId: string; ownerId: string }> {
  const share = await findShare(db, shareId);
  const owner =
    share &&
    (await db
      .selectFrom("accounts")
      .select(["role", "disabled_at"])
      .where("id", "=", share.ownerId)
      .executeTakeFirst());
  const isOwnerIn = owner?.disabled_at === null && scopesOf(owner.role).has("files:write");
  if (share?.kind !== "link" || share.passwordVersion !== passwordVersion || !isOwnerIn)
    throw new CoreError("shared-link-not-found", {});
  if (share.expiresAt !== null && share.expiresAt <= now)
    throw new CoreError("shared-link-not-found", {});
  if (share.previewOnly) throw new CoreError("preview-only", {});
  return share;
}

/** What is taken through a link is a download. Throws `downloads-spent`, `shared-link-not-found`. */
export async function countReading(
  db: Db,
  {
    reader,
    ids,
    actor,
    now,
  }: { reader: Reader; ids: readonly string[]; actor: Actor; now: number },
): Promise<void> {
  if (reader.kind !== "link") return;
  const { shareId: id, passwordVersion } = reader;
  const share = await findShare(db, id);
  const nodeId = (ids.length === 1 ? ids[0] : share?.nodeId) ?? "";
  const name = (await findNode(db, nodeId))?.name ?? "";
  const data = { nodeId, name };
  const taken = await takeShareDownload(db, { id, passwordVersion, data, actor, now });
  if (taken === "gone") throw new CoreError("shared-link-not-found", {});
  if (taken === "spent")
    throw new CoreError("downloads-spent", {
      limit: share?.kind === "link" ? (share.maxDownloads ?? 0) : 0,
    });
}
