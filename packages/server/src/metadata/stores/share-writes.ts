import { sql, type Updateable } from "kysely";
import { grantEvent, shareEvent } from "../../core/events/share-events.ts";
import type { BusinessEvent } from "../../core/events.ts";
import type { ShareStore } from "../../core/sharing/share-store.ts";
import type { Share } from "../../core/sharing/share.ts";
import type { Db } from "../schema.ts";
import type { SharesTable } from "../schema/sharing.ts";
import { insertRows } from "./bulk.ts";
import { recordEvents } from "./event-writes.ts";
import { settleGrantee } from "./share-ends.ts";
import { findGrantOf, findShare } from "./share-reads.ts";
import { shareRow } from "./share-row.ts";

type Input<M extends keyof ShareStore> = Parameters<ShareStore[M]>[0];
type Taken = "taken" | "spent" | "gone";

export async function createShare(db: Db, { share, actor, now }: Input<"create">): Promise<Share> {
  const twin = share.kind === "user" ? await findGrantOf(db, share) : undefined;
  if (twin && share.kind === "user") {
    const { right, expiresAt } = share;
    const changes = { right, expiresAt };
    return (await changeShare(db, { id: twin.id, ownerId: twin.ownerId, changes, actor, now }))!;
  }
  await insertRows(db, { into: "shares", rows: [shareRow(share)] });
  const created: BusinessEvent[] = [shareEvent("share.created", { share, actor, at: now })];
  if (share.kind === "user") created.push(grantEvent("grant.created", { share, actor, at: now }));
  await recordEvents(db, created);
  return share;
}

export async function changeShare(
  db: Db,
  { id, ownerId, changes, actor, now }: Input<"change">,
): Promise<Share | undefined> {
  const before = await findShare(db, id);
  if (before?.ownerId !== ownerId) return undefined;
  const { passwordHash, expiresAt, maxDownloads, previewOnly, maxBytes, right } = changes;
  const set: Updateable<SharesTable> = {
    updated_at: now,
    ...(expiresAt === undefined ? {} : { expires_at: expiresAt }),
    ...(maxDownloads === undefined ? {} : { max_downloads: maxDownloads }),
    ...(previewOnly === undefined ? {} : { preview_only: previewOnly ? 1 : 0 }),
    ...(maxBytes === undefined ? {} : { max_bytes: maxBytes }),
    ...(right === undefined ? {} : { grantee_right: right }),
  };
  let update = db.updateTable("shares").set(set);
  if (passwordHash !== undefined)
    update = update.set((e) => ({
      password_hash: passwordHash,
      password_version: e("password_version", "+", 1),
    }));
  await update.where("id", "=", id).execute();
  const named = Object.entries(changes).filter(([, value]) => value !== undefined);
  const data = { changed: named.map(([key]) => key.replace("passwordHash", "password")).join(" ") };
  await recordEvents(db, [shareEvent("share.changed", { share: before, actor, at: now, data })]);
  const share = await findShare(db, id);
  if (share?.kind === "user") {
    await recordEvents(db, [grantEvent("grant.changed", { share, actor, at: now })]);
    await settleGrantee(db, { share, now });
  }
  return share;
}

export async function takeShareDownload(
  db: Db,
  { id, passwordVersion, data, actor, now }: Input<"takeDownload">,
): Promise<Taken> {
  const { numUpdatedRows } = await selectCounting(db, { id, passwordVersion, now })
    .set((e) => ({ downloads: e("downloads", "+", 1) }))
    .where((e) =>
      e.or([e("max_downloads", "is", null), e("downloads", "<", e.ref("max_downloads"))]),
    )
    .executeTakeFirst();
  const share = await findShare(db, id);
  if (numUpdatedRows === 0n || !share) return whyNot(share, { passwordVersion, now });
  await recordEvents(db, [shareEvent("share.downloaded", { share, actor, at: now, data })]);
  return "taken";
}

export async function takeShareBytes(
  db: Db,
  { id, passwordVersion, bytes, now }: Input<"takeBytes">,
): Promise<Taken> {
  const { numUpdatedRows } = await selectCounting(db, { id, passwordVersion, now })
    .set((e) => ({ received_bytes: e("received_bytes", "+", bytes) }))
    .where((e) =>
      e.or([
        e("max_bytes", "is", null),
        e(sql<number>`received_bytes + ${bytes}`, "<=", e.ref("max_bytes")),
      ]),
    )
    .executeTakeFirst();
  if (numUpdatedRows > 0n) return "taken";
  return whyNot(await findShare(db, id), { passwordVersion, now });
}

export async function returnShareBytes(db: Db, { id, bytes }: Input<"returnBytes">): Promise<void> {
  await db
    .updateTable("shares")
    .set((e) => ({ received_bytes: e("received_bytes", "-", bytes) }))
    .where("id", "=", id)
    .where("received_bytes", ">=", bytes)
    .execute();
}

export async function recordShareUpload(
  db: Db,
  { id, data, actor, now }: Input<"recordUpload">,
): Promise<void> {
  const share = await findShare(db, id);
  if (!share) return;
  await recordEvents(db, [shareEvent("share.uploaded", { share, actor, at: now, data })]);
}

export async function recordShareVisit(
  db: Db,
  { id, kind, actor, now }: Input<"recordVisit">,
): Promise<void> {
  const share = await findShare(db, id);
  if (share) await recordEvents(db, [shareEvent(kind, { share, actor, at: now })]);
}

interface Shown {
  readonly passwordVersion: number;
  readonly now: number;
}

/** The share as the visitor found it: what was revoked, expired or locked anew since then counts nothing any more. */
function selectCounting(db: Db, { id, passwordVersion, now }: Shown & { id: string }) {
  return db
    .updateTable("shares")
    .where("id", "=", id)
    .where("password_version", "=", passwordVersion)
    .where((e) => e.or([e("expires_at", "is", null), e("expires_at", ">", now)]));
}

function whyNot(share: Share | undefined, { passwordVersion, now }: Shown): "spent" | "gone" {
  if (!share || share.kind === "user" || share.passwordVersion !== passwordVersion) return "gone";
  return share.expiresAt !== null && share.expiresAt <= now ? "gone" : "spent";
}
