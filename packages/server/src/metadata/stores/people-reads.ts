import type { Selectable } from "kysely";
import { loginKey } from "../../core/accounts/login-name.ts";
import type {
  ApiToken,
  Credentials,
  Identity,
  OneTimeLink,
  User,
} from "../../core/accounts/people-store.ts";
import type { Session, SessionHolder } from "../../core/accounts/session.ts";
import type { Db } from "../schema.ts";
import type { OneTimeLinksTable, SessionsTable, UserAuthTable } from "../schema/people.ts";
import { parseScopes, toAccount } from "./account-reads.ts";
import { inLists } from "./bulk.ts";
import { formatCursor, parseCursor } from "./cursor.ts";
import { firstRow, prepared } from "./prepared.ts";

export async function findByLoginName(db: Db, name: string): Promise<Credentials | undefined> {
  const row = await firstRow(selectByLoginKey(db, { key: loginKey(name) }));
  return row && toCredentials(row);
}

export async function findCredentials(db: Db, accountId: string): Promise<Credentials | undefined> {
  const row = await firstRow(selectCredentials(db, { accountId }));
  return row && toCredentials(row);
}

export async function findUser(db: Db, id: string): Promise<User | undefined> {
  const row = await peopleOf(db).where("accounts.id", "=", id).executeTakeFirst();
  return row && toUser(row);
}

export async function findNames(db: Db, ids: readonly string[]): Promise<Map<string, string>> {
  const rows = await inLists([...new Set(ids)], (list) =>
    db.selectFrom("accounts").select(["id", "name"]).where("id", "in", list).execute(),
  );
  return new Map(rows.map(({ id, name }) => [id, name]));
}

/** In the order in which they came: ids grow with time. */
export async function listUsers(
  db: Db,
  { limit, cursor }: { limit: number; cursor?: string },
): Promise<{ items: User[]; nextCursor: string | null }> {
  const [after] = cursor === undefined ? [""] : parseCursor(cursor, ["string"]);
  const rows = await peopleOf(db)
    .where("accounts.id", ">", after)
    .orderBy("accounts.id")
    .limit(limit + 1)
    .execute();
  const items = rows.slice(0, limit).map(toUser);
  const last = items.at(-1);
  return { items, nextCursor: rows.length > limit && last ? formatCursor([last.id]) : null };
}

export async function findSession(db: Db, id: string): Promise<SessionHolder | undefined> {
  const row = await firstRow(selectSession(db, { id }));
  if (row === undefined) return undefined;
  const { session_id, session_created_at } = row;
  const session = toSession({
    ...row,
    id: session_id,
    account_id: row.id,
    created_at: session_created_at,
  });
  return { session, account: toAccount(row) };
}

export async function listSessions(db: Db, accountId: string): Promise<Session[]> {
  const rows = await db
    .selectFrom("sessions")
    .selectAll()
    .where("account_id", "=", accountId)
    .orderBy("created_at", "desc")
    .limit(1000)
    .execute();
  return rows.map(toSession);
}

export async function listTokens(db: Db, accountId: string): Promise<ApiToken[]> {
  const rows = await db
    .selectFrom("tokens")
    .select(["id", "name", "scopes", "created_at", "expires_at", "used_at"])
    .where("account_id", "=", accountId)
    .where("kind", "=", "api")
    .limit(1000)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    scopes: parseScopes(row.scopes),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    usedAt: row.used_at,
  }));
}

export async function findLink(db: Db, hash: string): Promise<OneTimeLink | undefined> {
  const row = await db
    .selectFrom("one_time_links")
    .selectAll()
    .where("hash", "=", hash)
    .executeTakeFirst();
  return row && toLink(row);
}

export async function listInvitations(db: Db, { now }: { now: number }): Promise<OneTimeLink[]> {
  const rows = await db
    .selectFrom("one_time_links")
    .selectAll()
    .where("kind", "=", "invitation")
    .where("expires_at", ">", now)
    .limit(1000)
    .execute();
  return rows.map(toLink);
}

export async function countRecoveryCodes(db: Db, accountId: string): Promise<number> {
  const row = await db
    .selectFrom("recovery_codes")
    .select((e) => e.fn.countAll<number>().as("count"))
    .where("account_id", "=", accountId)
    .executeTakeFirstOrThrow();
  return row.count;
}

export async function findIdentity(
  db: Db,
  { provider, providerId }: { provider: string; providerId: string },
): Promise<Identity | undefined> {
  const row = await db
    .selectFrom("user_auth")
    .selectAll()
    .where("provider", "=", provider)
    .where("provider_id", "=", providerId)
    .executeTakeFirst();
  return row && toIdentity(row);
}

export async function listIdentities(db: Db, accountId: string): Promise<Identity[]> {
  const rows = await db
    .selectFrom("user_auth")
    .selectAll()
    .where("user_id", "=", accountId)
    .execute();
  return rows.map(toIdentity);
}

const secrets = [
  "credentials.password_hash",
  "credentials.totp_secret",
  "credentials.totp_confirmed_at",
  "credentials.totp_last_step",
] as const;

function peopleOf(db: Db) {
  return db
    .selectFrom("accounts")
    .leftJoin("credentials", "credentials.account_id", "accounts.id")
    .selectAll("accounts")
    .select(secrets);
}

const selectByLoginKey = prepared((db, { key }: { key: string }) =>
  peopleOf(db).where("accounts.login_key", "=", key),
);

const selectCredentials = prepared((db, { accountId }: { accountId: string }) =>
  peopleOf(db).where("accounts.id", "=", accountId),
);

const selectSession = prepared((db, { id }: { id: string }) =>
  db
    .selectFrom("sessions")
    .innerJoin("accounts", "accounts.id", "sessions.account_id")
    .selectAll("accounts")
    .select([
      "sessions.id as session_id",
      "sessions.created_at as session_created_at",
      "generation",
      "refresh_hash",
      "rotated_at",
      "expires_at",
      "access_ms",
      "method",
      "address",
      "user_agent",
    ])
    .where("sessions.id", "=", id),
);

type PersonRow = Awaited<ReturnType<ReturnType<typeof peopleOf>["executeTakeFirstOrThrow"]>>;

function toCredentials(row: PersonRow): Credentials {
  const secret = row.totp_secret;
  const totp =
    secret === null
      ? null
      : { secret, confirmedAt: row.totp_confirmed_at, lastStep: row.totp_last_step ?? 0 };
  return { account: toAccount(row), passwordHash: row.password_hash, totp };
}

function toUser(row: PersonRow): User {
  return {
    ...toAccount(row),
    createdAt: row.created_at,
    hasPassword: row.password_hash !== null,
    hasTotp: row.totp_confirmed_at !== null,
  };
}

function toSession(row: Selectable<SessionsTable>): Session {
  return {
    id: row.id,
    accountId: row.account_id,
    generation: row.generation,
    refreshHash: row.refresh_hash,
    rotatedAt: row.rotated_at,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    accessMs: row.access_ms,
    method: row.method,
    address: row.address,
    userAgent: row.user_agent,
  };
}

function toLink(row: Selectable<OneTimeLinksTable>): OneTimeLink {
  return {
    id: row.id,
    kind: row.kind,
    accountId: row.account_id,
    role: row.role,
    quotaBytes: row.quota_bytes,
    createdBy: row.created_by,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}

function toIdentity(row: Selectable<UserAuthTable>): Identity {
  return {
    id: row.id,
    accountId: row.user_id,
    provider: row.provider,
    providerId: row.provider_id,
    name: row.name,
    email: row.email,
    createdAt: row.created_at,
  };
}
