/** A share ends by its row: taken back by its owner, given up by whom it is with, or because what it shares is gone for good. */
import { grantEvent, shareEvent } from "../../core/events/share-events.ts";
import { systemActor, type Actor, type BusinessEvent } from "../../core/events.ts";
import type { ShareStore } from "../../core/sharing/share-store.ts";
import type { Share } from "../../core/sharing/share.ts";
import type { Db } from "../schema.ts";
import { inLists } from "./bulk.ts";
import { recordEvents } from "./event-writes.ts";
import { findShare } from "./share-reads.ts";
import { toShare } from "./share-row.ts";
import { releaseUploads } from "./upload-charges.ts";

type Input<M extends keyof ShareStore> = Parameters<ShareStore[M]>[0];

interface Ending {
  readonly kind: "share.revoked" | "share.left";
  readonly actor: Actor;
  readonly now: number;
  readonly data?: BusinessEvent["data"];
}

export async function revokeShare(
  db: Db,
  { id, ownerId, actor, now }: Input<"revoke">,
): Promise<boolean> {
  const share = await findShare(db, id);
  if (share?.ownerId !== ownerId) return false;
  await endShares(db, [share], { kind: "share.revoked", actor, now });
  return true;
}

export async function leaveShare(
  db: Db,
  { id, granteeId, actor, now }: Input<"leave">,
): Promise<boolean> {
  const share = await findShare(db, id);
  if (share?.kind !== "user" || share.granteeId !== granteeId) return false;
  await endShares(db, [share], { kind: "share.left", actor, now });
  return true;
}

/** Of nodes that are being deleted, whoever deletes them: that is told of the nodes. */
export async function closeSharesOf(
  db: Db,
  { nodeIds, now }: { nodeIds: readonly string[]; now: number },
): Promise<void> {
  const rows = await inLists(nodeIds, (list) =>
    db.selectFrom("shares").selectAll().where("node_id", "in", list).execute(),
  );
  const shares = new Map(rows.map((row) => [row.id, toShare(row)]));
  const data = { deleted: true };
  const ending = { kind: "share.revoked", actor: systemActor, now, data } as const;
  await endShares(db, [...shares.values()], ending);
}

async function endShares(
  db: Db,
  shares: readonly Share[],
  { kind, actor, now, data = {} }: Ending,
): Promise<void> {
  if (shares.length === 0) return;
  const ids = shares.map(({ id }) => id);
  await inLists(ids, (list) => db.deleteFrom("shares").where("id", "in", list).execute());
  const events = shares.flatMap((share) => [
    shareEvent(kind, { share, actor, at: now, data }),
    ...(share.kind === "user" ? [grantEvent("grant.ended", { share, actor, at: now, data })] : []),
  ]);
  await recordEvents(db, events);
  for (const share of shares) await settleGrantee(db, { share, now });
}

/** What they were sending to where they may no longer add holds no room there. */
export async function settleGrantee(
  db: Db,
  { share, now }: { share: Share; now: number },
): Promise<void> {
  if (share.kind !== "user") return;
  await releaseUploads(db, { of: { ownerId: share.granteeId, driveId: share.ownerId }, now });
}
