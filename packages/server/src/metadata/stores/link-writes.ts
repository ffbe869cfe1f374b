import { scopesOf } from "../../core/accounts/role.ts";
import { CoreError } from "../../core/errors.ts";
import { invitationRevoked, linkCreated } from "../../core/events/people-events.ts";
import type { LinkKind, LinkStore, OneTimeLink } from "../../core/accounts/people-store.ts";
import type { Db } from "../schema.ts";
import { findAccount } from "./account-reads.ts";
import { recordEvents } from "./event-writes.ts";
import { findLink } from "./people-reads.ts";

type Input<M extends keyof LinkStore> = Parameters<LinkStore[M]>[0];

export async function createLink(
  db: Db,
  { link, hash, actor }: Input<"createLink">,
): Promise<void> {
  const { id, kind, accountId, role, quotaBytes, createdBy, createdAt, expiresAt } = link;
  if (accountId !== null) await dropLinks(db, { kind, accountId });
  await db
    .insertInto("one_time_links")
    .values({
      id,
      hash,
      kind,
      account_id: accountId,
      role,
      quota_bytes: quotaBytes,
      created_by: createdBy,
      created_at: createdAt,
      expires_at: expiresAt,
    })
    .execute();
  const event = linkCreated(link, actor);
  if (event !== undefined) await recordEvents(db, [event]);
}

async function dropLinks(
  db: Db,
  { kind, accountId }: { kind: LinkKind; accountId: string },
): Promise<void> {
  await db
    .deleteFrom("one_time_links")
    .where("kind", "=", kind)
    .where("account_id", "=", accountId)
    .execute();
}

/** Uses a link up: of two that come with it at once, one gets it. Throws `link-invalid`. */
export async function useLink(
  db: Db,
  { kind, hash, now }: { kind: LinkKind; hash: string; now: number },
): Promise<OneTimeLink> {
  const link = await findLink(db, hash);
  if (link?.kind !== kind || link.expiresAt <= now) throw new CoreError("link-invalid", {});
  if (kind !== "set-up" && !(await isStillGiven(db, link))) throw new CoreError("link-invalid", {});
  await db.deleteFrom("one_time_links").where("id", "=", link.id).execute();
  return link;
}

/** Whether whoever made the link could make it now: with an admin's power, the links of that power end. */
async function isStillGiven(
  db: Db,
  { accountId, createdBy, role: given }: OneTimeLink,
): Promise<boolean> {
  const giver = createdBy === null ? undefined : await findAccount(db, createdBy);
  if (giver?.disabledAt !== null) return false;
  const role = accountId === null ? given : (await findAccount(db, accountId))?.role;
  const needed = role === "owner" || role === "admin" ? "owner" : "admin";
  return scopesOf(giver.role).has(needed);
}

/** Those that an account has made for others. */
export async function dropLinksOf(
  db: Db,
  { accountId, actor, now }: Omit<Input<"revokeInvitation">, "id"> & { accountId: string },
): Promise<void> {
  const links = await db
    .selectFrom("one_time_links")
    .select(["id", "kind"])
    .where("kind", "in", ["invitation", "reset"])
    .where("created_by", "=", accountId)
    .execute();
  for (const { id, kind } of links) {
    if (kind === "invitation") await revokeInvitation(db, { id, actor, now });
    else await db.deleteFrom("one_time_links").where("id", "=", id).execute();
  }
}

export async function revokeInvitation(
  db: Db,
  { id, actor, now }: Input<"revokeInvitation">,
): Promise<boolean> {
  const row = await db
    .selectFrom("one_time_links")
    .select(["created_by"])
    .where("id", "=", id)
    .where("kind", "=", "invitation")
    .executeTakeFirst();
  if (!row?.created_by) return false;
  await db.deleteFrom("one_time_links").where("id", "=", id).execute();
  const invitation = { id, createdBy: row.created_by };
  await recordEvents(db, [invitationRevoked(invitation, { actor, at: now })]);
  return true;
}
