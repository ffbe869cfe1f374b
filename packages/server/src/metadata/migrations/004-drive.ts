import { sql } from "kysely";
import type { CreateTableBuilder, Kysely } from "kysely";
import type { Migration } from "kysely/migration";
import type { DialectTraits } from "./traits.ts";

type AnyDb = Kysely<unknown>;

const id = "varchar(64)";
const key = "varchar(765)";
const word = "varchar(32)";
const amount = "bigint";
const time = "bigint";

/** The folder tree: nodes, what they were, where they were, and what people say of them. */
export function drive(traits: DialectTraits): Migration {
  return {
    async up(db: AnyDb) {
      await createNodes(db, traits);
      await createVersions(db, traits);
      await createTrash(db, traits);
      await createMarks(db, traits);
      await createTreeJobs(db, traits);
      await createNameIndex(db, traits);
    },
  };
}

async function createNodes(db: AnyDb, traits: DialectTraits): Promise<void> {
  await db.schema
    .createTable("nodes")
    // Autoincrement: a number is never used again, or the search index would take a new node for one that it knows.
    .addColumn("seq", "integer", (c) => c.primaryKey().autoIncrement())
    .addColumn("id", id, (c) => c.notNull().unique())
    .addColumn("owner_id", id, (c) => c.notNull().references("accounts.id"))
    // No foreign key: the root has no row.
    .addColumn("parent_id", id)
    .addColumn("name", "text", (c) => c.notNull())
    .addColumn("name_key", key, (c) => c.notNull())
    .addColumn("is_file", "integer", (c) => c.notNull())
    .addColumn("media_type", "text")
    .addColumn("size", amount, (c) => c.notNull())
    .addColumn("blob_id", id, (c) => c.references("blobs.id"))
    .addColumn("version", "integer", (c) => c.notNull())
    .addColumn("created_at", time, (c) => c.notNull())
    .addColumn("modified_at", time, (c) => c.notNull())
    .execute();
  // Whatever is in the trash has no parent, and nulls are all different: names are unique among what is live.
  await db.schema
    .createIndex("nodes_by_parent_name")
    .unique()
    .on("nodes")
    .columns(["parent_id", "name_key"])
    .execute();
  await db.schema
    .createIndex("nodes_by_parent_modified")
    .on("nodes")
    .columns(["parent_id", "is_file", "modified_at"])
    .execute();
  await db.schema
    .createIndex("nodes_by_parent_size")
    .on("nodes")
    .columns(["parent_id", "is_file", "size"])
    .execute();
  const folders = db.schema
    .createIndex("nodes_by_folder")
    .on("nodes")
    .columns(["parent_id", "name_key"]);
  await (traits.partialIndexes ? folders.where(sql<boolean>`is_file = 0`) : folders).execute();
  await db.schema
    .createIndex("nodes_by_owner_modified")
    .on("nodes")
    .columns(["owner_id", "is_file", "modified_at"])
    .execute();
  const blobs = db.schema.createIndex("nodes_by_blob").on("nodes").column("blob_id");
  await (traits.partialIndexes ? blobs.where(sql<boolean>`blob_id is not null`) : blobs).execute();
}

async function createVersions(db: AnyDb, traits: DialectTraits): Promise<void> {
  const versions = db.schema
    .createTable("node_versions")
    .addColumn("node_id", id, (c) => c.notNull().references("nodes.id"))
    .addColumn("number", "integer", (c) => c.notNull())
    .addColumn("owner_id", id, (c) => c.notNull().references("accounts.id"))
    .addColumn("media_type", "text")
    .addColumn("size", amount, (c) => c.notNull())
    .addColumn("blob_id", id, (c) => c.notNull().references("blobs.id"))
    .addColumn("created_at", time, (c) => c.notNull())
    .addColumn("replaced_at", time, (c) => c.notNull())
    .addPrimaryKeyConstraint("node_versions_key", ["node_id", "number"]);
  await clustered(versions, traits).execute();
  for (const column of ["blob_id", "replaced_at"]) {
    await db.schema
      .createIndex(`node_versions_by_${column}`)
      .on("node_versions")
      .column(column)
      .execute();
  }
}

async function createTrash(db: AnyDb, traits: DialectTraits): Promise<void> {
  const trash = db.schema
    .createTable("trash")
    .addColumn("node_id", id, (c) => c.primaryKey().references("nodes.id"))
    .addColumn("owner_id", id, (c) => c.notNull().references("accounts.id"))
    .addColumn("from_parent_id", id, (c) => c.notNull())
    .addColumn("trashed_at", time, (c) => c.notNull());
  await clustered(trash, traits).execute();
  await db.schema
    .createIndex("trash_by_owner")
    .on("trash")
    .columns(["owner_id", "trashed_at", "node_id"])
    .execute();
  await db.schema.createIndex("trash_by_age").on("trash").column("trashed_at").execute();
}

async function createMarks(db: AnyDb, traits: DialectTraits): Promise<void> {
  const stars = db.schema
    .createTable("stars")
    .addColumn("account_id", id, (c) => c.notNull().references("accounts.id"))
    .addColumn("node_id", id, (c) => c.notNull().references("nodes.id"))
    .addColumn("starred_at", time, (c) => c.notNull())
    .addPrimaryKeyConstraint("stars_key", ["account_id", "node_id"]);
  await clustered(stars, traits).execute();
  await db.schema
    .createIndex("stars_by_time")
    .on("stars")
    .columns(["account_id", "starred_at", "node_id"])
    .execute();
  await db.schema.createIndex("stars_by_node").on("stars").column("node_id").execute();
  const tags = db.schema
    .createTable("node_tags")
    .addColumn("account_id", id, (c) => c.notNull().references("accounts.id"))
    .addColumn("node_id", id, (c) => c.notNull().references("nodes.id"))
    .addColumn("tag_key", "varchar(191)", (c) => c.notNull())
    .addColumn("tag", "text", (c) => c.notNull())
    .addColumn("tagged_at", time, (c) => c.notNull())
    .addPrimaryKeyConstraint("node_tags_key", ["account_id", "node_id", "tag_key"]);
  await clustered(tags, traits).execute();
  await db.schema
    .createIndex("node_tags_by_tag")
    .on("node_tags")
    .columns(["account_id", "tag_key", "tagged_at", "node_id"])
    .execute();
  await db.schema.createIndex("node_tags_by_node").on("node_tags").column("node_id").execute();
}

async function createTreeJobs(db: AnyDb, traits: DialectTraits): Promise<void> {
  await db.schema
    .createTable("tree_jobs")
    .addColumn("id", id, (c) => c.primaryKey())
    .addColumn("owner_id", id, (c) => c.notNull().references("accounts.id"))
    .addColumn("account_id", id)
    .addColumn("address", "varchar(64)")
    .addColumn("kind", word, (c) => c.notNull())
    .addColumn("state", word, (c) => c.notNull())
    .addColumn("plan", "text")
    .addColumn("done_nodes", "integer", (c) => c.notNull())
    .addColumn("total_nodes", "integer", (c) => c.notNull())
    .addColumn("reserved_bytes", amount, (c) => c.notNull())
    .addColumn("failure", "text")
    .addColumn("created_at", time, (c) => c.notNull())
    .addColumn("updated_at", time, (c) => c.notNull())
    .execute();
  await db.schema
    .createIndex("tree_jobs_by_account")
    .on("tree_jobs")
    .columns(["account_id", "id"])
    .execute();
  await db.schema.createIndex("tree_jobs_by_change").on("tree_jobs").column("updated_at").execute();
  const folders = db.schema
    .createTable("tree_job_folders")
    .addColumn("job_id", id, (c) => c.notNull().references("tree_jobs.id"))
    .addColumn("folder_id", id, (c) => c.notNull())
    .addColumn("target_id", id)
    .addColumn("done_key", key, (c) => c.notNull())
    .addPrimaryKeyConstraint("tree_job_folders_key", ["job_id", "folder_id"]);
  await clustered(folders, traits).execute();
  const tops = db.schema
    .createTable("tree_job_tops")
    .addColumn("job_id", id, (c) => c.notNull().references("tree_jobs.id"))
    .addColumn("position", "integer", (c) => c.notNull())
    .addColumn("node_id", id, (c) => c.notNull())
    .addPrimaryKeyConstraint("tree_job_tops_key", ["job_id", "position"]);
  await clustered(tops, traits).execute();
}

/**
 * SQLite's index of names: characters, pairs and triples of them as words, without positions, by the `seq` of their node. The names themselves are
 * in `nodes`, which is asked whether a candidate really matches.
 */
async function createNameIndex(db: AnyDb, traits: DialectTraits): Promise<void> {
  if (!traits.fts5) return;
  await db.schema
    .createTable("name_index")
    .addColumn("id", "integer", (c) => c.primaryKey())
    .addColumn("upto_seq", "integer", (c) => c.notNull())
    .execute();
  await sql`insert into name_index (id, upto_seq) values (1, 0)`.execute(db);
  await sql`create virtual table name_grams using fts5(grams, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii')`.execute(
    db,
  );
}

function clustered<T extends string, C extends string>(
  table: CreateTableBuilder<T, C>,
  traits: DialectTraits,
): CreateTableBuilder<T, C> {
  return traits.withoutRowid ? table.modifyEnd(sql`without rowid`) : table;
}
