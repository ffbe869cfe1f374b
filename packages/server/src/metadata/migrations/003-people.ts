import type { Kysely } from "kysely";
import type { Migration } from "kysely/migration";

type AnyDb = Kysely<unknown>;

const id = "varchar(64)";
const digest = "varchar(64)";
const word = "varchar(32)";
const amount = "bigint";
const time = "bigint";
const everyScope = '["files:read","files:write","account","admin","owner"]';

/** Accounts become people: they sign in, in one of several ways, and may do what their role allows. */
export function people(): Migration {
  return {
    async up(db: AnyDb) {
      await extendAccounts(db);
      await extendTokens(db);
      await createCredentials(db);
      await createSessions(db);
      await createLinks(db);
      await createIdentities(db);
    },
  };
}

/** The one account there could be was the owner's. */
async function extendAccounts(db: AnyDb): Promise<void> {
  await db.schema
    .alterTable("accounts")
    .addColumn("role", word, (c) => c.notNull().defaultTo("owner"))
    .execute();
  // Null while nobody can sign in by name.
  await db.schema.alterTable("accounts").addColumn("login_key", "varchar(255)").execute();
  await db.schema.alterTable("accounts").addColumn("disabled_at", time).execute();
  await db.schema
    .createIndex("accounts_by_login_key")
    .on("accounts")
    .column("login_key")
    .unique()
    .execute();
}

/** The one token there could be was the owner's own, which may do everything. */
async function extendTokens(db: AnyDb): Promise<void> {
  const tokens = () => db.schema.alterTable("tokens");
  await tokens()
    .addColumn("kind", word, (c) => c.notNull().defaultTo("owner"))
    .execute();
  await tokens()
    .addColumn("name", "varchar(255)", (c) => c.notNull().defaultTo("owner.token"))
    .execute();
  await tokens()
    .addColumn("scopes", "varchar(255)", (c) => c.notNull().defaultTo(everyScope))
    .execute();
  await tokens().addColumn("expires_at", time).execute();
  await tokens().addColumn("used_at", time).execute();
  await db.schema.createIndex("tokens_by_expires_at").on("tokens").column("expires_at").execute();
}

async function createCredentials(db: AnyDb): Promise<void> {
  await db.schema
    .createTable("credentials")
    .addColumn("account_id", id, (c) => c.primaryKey().references("accounts.id"))
    .addColumn("password_hash", "varchar(255)")
    .addColumn("totp_secret", "varchar(64)")
    .addColumn("totp_confirmed_at", time)
    .addColumn("totp_last_step", amount, (c) => c.notNull())
    .execute();
  await db.schema
    .createTable("recovery_codes")
    .addColumn("account_id", id, (c) => c.notNull().references("accounts.id"))
    .addColumn("hash", digest, (c) => c.notNull())
    .addPrimaryKeyConstraint("recovery_codes_key", ["account_id", "hash"])
    .execute();
}

async function createSessions(db: AnyDb): Promise<void> {
  await db.schema
    .createTable("sessions")
    .addColumn("id", id, (c) => c.primaryKey())
    .addColumn("account_id", id, (c) => c.notNull().references("accounts.id"))
    .addColumn("generation", "integer", (c) => c.notNull())
    .addColumn("refresh_hash", digest, (c) => c.notNull())
    .addColumn("rotated_at", time, (c) => c.notNull())
    .addColumn("created_at", time, (c) => c.notNull())
    .addColumn("expires_at", time, (c) => c.notNull())
    .addColumn("access_ms", amount, (c) => c.notNull())
    .addColumn("method", "varchar(64)", (c) => c.notNull())
    .addColumn("address", "varchar(64)")
    .addColumn("user_agent", "varchar(255)")
    .execute();
  await db.schema
    .createIndex("sessions_by_account_id_created_at")
    .on("sessions")
    .columns(["account_id", "created_at"])
    .execute();
  await db.schema
    .createIndex("sessions_by_expires_at")
    .on("sessions")
    .column("expires_at")
    .execute();
}

async function createLinks(db: AnyDb): Promise<void> {
  await db.schema
    .createTable("one_time_links")
    .addColumn("id", id, (c) => c.primaryKey())
    .addColumn("hash", digest, (c) => c.notNull().unique())
    .addColumn("kind", word, (c) => c.notNull())
    .addColumn("account_id", id, (c) => c.references("accounts.id"))
    .addColumn("role", word, (c) => c.notNull())
    .addColumn("quota_bytes", amount)
    .addColumn("created_by", id)
    .addColumn("created_at", time, (c) => c.notNull())
    .addColumn("expires_at", time, (c) => c.notNull())
    .execute();
  await db.schema
    .createIndex("one_time_links_by_kind_account_id")
    .on("one_time_links")
    .columns(["kind", "account_id"])
    .execute();
  await db.schema
    .createIndex("one_time_links_by_expires_at")
    .on("one_time_links")
    .column("expires_at")
    .execute();
}

async function createIdentities(db: AnyDb): Promise<void> {
  await db.schema
    .createTable("user_auth")
    .addColumn("id", id, (c) => c.primaryKey())
    .addColumn("provider", word, (c) => c.notNull())
    .addColumn("provider_id", "varchar(255)", (c) => c.notNull())
    .addColumn("user_id", id, (c) => c.notNull().references("accounts.id"))
    .addColumn("name", "text")
    .addColumn("email", "text")
    .addColumn("created_at", time, (c) => c.notNull())
    .execute();
  await db.schema
    .createIndex("user_auth_by_provider_provider_id")
    .on("user_auth")
    .columns(["provider", "provider_id"])
    .unique()
    .execute();
  await db.schema.createIndex("user_auth_by_user_id").on("user_auth").column("user_id").execute();
  await db.schema
    .createTable("oauth_attempts")
    .addColumn("state_hash", digest, (c) => c.primaryKey())
    .addColumn("browser_hash", digest, (c) => c.notNull())
    .addColumn("provider", word, (c) => c.notNull())
    .addColumn("nonce", "varchar(64)", (c) => c.notNull())
    .addColumn("verifier", "varchar(128)", (c) => c.notNull())
    .addColumn("return_to", "text", (c) => c.notNull())
    .addColumn("account_id", id)
    .addColumn("invitation", digest)
    .addColumn("expires_at", time, (c) => c.notNull())
    .execute();
  await db.schema
    .createIndex("oauth_attempts_by_expires_at")
    .on("oauth_attempts")
    .column("expires_at")
    .execute();
}
