import { sql } from "kysely";
import type { CreateTableBuilder, Kysely, RawBuilder } from "kysely";
import type { Migration } from "kysely/migration";
import type { DialectTraits } from "./traits.ts";

/** A migration speaks of tables as they were, so it knows no schema type. */
type AnyDb = Kysely<unknown>;

const id = "varchar(64)";
const digest = "varchar(64)";
const word = "varchar(32)";
const amount = "bigint";
const time = "bigint";

export function firstSchema(traits: DialectTraits): Migration {
  return {
    async up(db: AnyDb) {
      await createAccounts(db);
      await createUploads(db, traits);
      await createBlobs(db, traits);
      await createJobs(db);
    },
  };
}

async function createAccounts(db: AnyDb): Promise<void> {
  await db.schema
    .createTable("accounts")
    .addColumn("id", id, (c) => c.primaryKey())
    .addColumn("name", "text", (c) => c.notNull())
    .addColumn("quota_bytes", amount)
    .addColumn("used_bytes", amount, (c) => c.notNull().check(sql`used_bytes >= 0`))
    .addColumn("reserved_bytes", amount, (c) => c.notNull().check(sql`reserved_bytes >= 0`))
    .addColumn("open_uploads", "integer", (c) => c.notNull().check(sql`open_uploads >= 0`))
    .addColumn("created_at", time, (c) => c.notNull())
    .execute();
  await db.schema
    .createTable("tokens")
    .addColumn("id", id, (c) => c.primaryKey())
    .addColumn("account_id", id, (c) => c.notNull().references("accounts.id"))
    .addColumn("hash", digest, (c) => c.notNull().unique())
    .addColumn("created_at", time, (c) => c.notNull())
    .execute();
  await index(db, { on: "tokens", columns: ["account_id"] });
}

async function createUploads(db: AnyDb, traits: DialectTraits): Promise<void> {
  await db.schema
    .createTable("uploads")
    .addColumn("id", id, (c) => c.primaryKey())
    .addColumn("owner_id", id, (c) => c.notNull().references("accounts.id"))
    .addColumn("dialect", word, (c) => c.notNull())
    .addColumn("purpose", word, (c) => c.notNull())
    .addColumn("parent_id", id, (c) => c.notNull())
    .addColumn("name", "text", (c) => c.notNull())
    .addColumn("media_type", "text")
    .addColumn("metadata", "text")
    .addColumn("size", amount)
    .addColumn("part_size", amount, (c) => c.notNull())
    .addColumn("state", word, (c) => c.notNull())
    .addColumn("epoch", "integer", (c) => c.notNull())
    .addColumn("offset", amount, (c) => c.notNull())
    .addColumn("received_bytes", amount, (c) => c.notNull())
    .addColumn("reserved_bytes", amount, (c) => c.notNull())
    .addColumn("claimed", "text", (c) => c.notNull())
    .addColumn("on_conflict", word, (c) => c.notNull())
    .addColumn("durability", word, (c) => c.notNull())
    .addColumn("resume_key", "text")
    .addColumn("resume_slot", digest)
    .addColumn("auto_complete", "integer", (c) => c.notNull())
    .addColumn("failure", "text")
    .addColumn("blob_id", id)
    .addColumn("file_id", id)
    .addColumn("created_at", time, (c) => c.notNull())
    .addColumn("updated_at", time, (c) => c.notNull())
    .addColumn("expires_at", time, (c) => c.notNull())
    .addColumn("expiry_hour", "integer")
    .addColumn("ended_at", time)
    .execute();
  await index(db, { on: "uploads", columns: ["owner_id", "state", "created_at", "id"] });
  await index(db, {
    on: "uploads",
    columns: ["owner_id", "resume_slot"],
    unique: true,
    ...whereSet("resume_slot", traits),
  });
  await index(db, { on: "uploads", columns: ["state", "id"] });
  await index(db, { on: "uploads", columns: ["blob_id", "purpose"] });
  await index(db, { on: "uploads", columns: ["expiry_hour"], ...whereSet("expiry_hour", traits) });
  await index(db, { on: "uploads", columns: ["ended_at"], ...whereSet("ended_at", traits) });

  const ranges = db.schema
    .createTable("upload_ranges")
    .addColumn("upload_id", id, (c) => c.notNull().references("uploads.id"))
    .addColumn("start", amount, (c) => c.notNull())
    .addColumn("end", amount, (c) => c.notNull())
    .addColumn("crc32", amount)
    .addPrimaryKeyConstraint("upload_ranges_key", ["upload_id", "start"]);
  await clustered(ranges, traits).execute();
}

async function createBlobs(db: AnyDb, traits: DialectTraits): Promise<void> {
  const blobs = db.schema
    .createTable("blobs")
    .addColumn("id", id, (c) => c.primaryKey())
    .addColumn("size", amount, (c) => c.notNull())
    .addColumn("sha256", digest, (c) => c.unique())
    .addColumn("sha1", "varchar(40)")
    .addColumn("md5", "varchar(32)")
    .addColumn("crc32", amount)
    .addColumn("created_at", time, (c) => c.notNull())
    .addColumn("orphaned_at", time);
  await clustered(blobs, traits).execute();
  await index(db, { on: "blobs", columns: ["orphaned_at"], ...whereSet("orphaned_at", traits) });

  const stored = db.schema
    .createTable("stored_files")
    .addColumn("name", id, (c) => c.primaryKey())
    .addColumn("kind", word, (c) => c.notNull())
    .addColumn("length", amount, (c) => c.notNull())
    .addColumn("live_bytes", amount, (c) => c.notNull())
    .addColumn("created_at", time, (c) => c.notNull())
    .addColumn("tombstone_at", time);
  await clustered(stored, traits).execute();
  await index(db, {
    on: "stored_files",
    columns: ["tombstone_at"],
    ...whereSet("tombstone_at", traits),
  });
  await index(db, {
    on: "stored_files",
    columns: ["created_at"],
    name: "packs",
    ...where(sql<boolean>`kind = 'pack'`, traits),
  });

  const segments = db.schema
    .createTable("segments")
    .addColumn("blob_id", id, (c) => c.notNull().references("blobs.id"))
    .addColumn("position", "integer", (c) => c.notNull())
    .addColumn("stored", id, (c) => c.notNull().references("stored_files.name"))
    .addColumn("offset", amount, (c) => c.notNull())
    .addColumn("length", amount, (c) => c.notNull())
    .addPrimaryKeyConstraint("segments_key", ["blob_id", "position"]);
  await clustered(segments, traits).execute();
  await index(db, { on: "segments", columns: ["stored"] });
  await index(db, {
    on: "segments",
    columns: ["position"],
    ...where(sql<boolean>`position > 0`, traits),
  });
}

async function createJobs(db: AnyDb): Promise<void> {
  await db.schema
    .createTable("jobs")
    .addColumn("id", id, (c) => c.primaryKey())
    .addColumn("kind", word, (c) => c.notNull())
    .addColumn("payload", "text", (c) => c.notNull())
    .addColumn("unique_key", "varchar(255)", (c) => c.unique())
    .addColumn("state", word, (c) => c.notNull())
    .addColumn("attempt", "integer", (c) => c.notNull())
    .addColumn("max_attempts", "integer", (c) => c.notNull())
    .addColumn("due_at", time)
    .addColumn("error", "text")
    .addColumn("created_at", time, (c) => c.notNull())
    .execute();
  await index(db, { on: "jobs", columns: ["kind", "due_at"] });
  await index(db, { on: "jobs", columns: ["state"] });
}

interface IndexPlan {
  readonly on: string;
  readonly columns: string[];
  readonly unique?: boolean;
  readonly name?: string;
  readonly where?: RawBuilder<boolean>;
}

async function index(db: AnyDb, plan: IndexPlan): Promise<void> {
  const name = `${plan.on}_by_${plan.name ?? plan.columns.join("_")}`;
  let builder = db.schema.createIndex(name).on(plan.on).columns(plan.columns);
  if (plan.unique === true) builder = builder.unique();
  if (plan.where !== undefined) await builder.where(plan.where).execute();
  else await builder.execute();
}

function where(
  condition: RawBuilder<boolean>,
  traits: DialectTraits,
): { where?: RawBuilder<boolean> } {
  return traits.partialIndexes ? { where: condition } : {};
}

function whereSet(column: string, traits: DialectTraits): { where?: RawBuilder<boolean> } {
  return where(sql<boolean>`${sql.ref(column)} is not null`, traits);
}

function clustered<T extends string, C extends string>(
  table: CreateTableBuilder<T, C>,
  traits: DialectTraits,
): CreateTableBuilder<T, C> {
  return traits.withoutRowid ? table.modifyEnd(sql`without rowid`) : table;
}
