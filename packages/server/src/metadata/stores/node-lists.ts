/** Lists of nodes, in pages whose cursors name the last entry seen, so that inserts and deletes shift nothing. */
import { sql } from "kysely";
import type { NodeSort, Page, PageQuery, SortOrder } from "../../core/drive/node-store.ts";
import type { DriveNode, FileVersion, Marks, NodeKind, TrashEntry } from "../../core/drive/node.ts";
import { nameKey } from "../../core/drive/name-key.ts";
import { CoreError } from "../../core/errors.ts";
import type { Db } from "../schema.ts";
import { toDigests } from "./blob-reads.ts";
import { inLists } from "./bulk.ts";
import { formatCursor, parseCursor } from "./cursor.ts";
import { findLiveFolders } from "./folder-state.ts";
import { findNode } from "./node-reads.ts";
import { nodesWithDigests, toNode } from "./node-row.ts";

export interface ChildrenQuery extends PageQuery {
  readonly folderId: string;
  readonly sort?: NodeSort;
  readonly order?: SortOrder;
  readonly kind?: NodeKind;
}

/** Folders first: each kind is read from an index that has it in the order asked for. */
export async function listChildren(db: Db, query: ChildrenQuery): Promise<Page<DriveNode>> {
  const { limit, kind } = query;
  const start = query.cursor === undefined ? undefined : parsePosition(query.cursor);
  const rows: ChildRow[] = [];
  for (const isFile of [0, 1] as const) {
    if (kind !== undefined && kind !== (isFile ? "file" : "folder")) continue;
    if (rows.length > limit || (start && start.isFile > isFile)) continue;
    const after = start?.isFile === isFile ? start : undefined;
    rows.push(
      ...(await selectChildren(db, { query, isFile, after, limit: limit + 1 - rows.length })),
    );
  }
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  const nextCursor = last ? formatCursor([last.is_file, positionOf(last, query), last.seq]) : null;
  return { items: rows.slice(0, limit).map(toNode), nextCursor };
}

type ChildRow = Awaited<ReturnType<typeof selectChildren>>[number];

interface Position {
  readonly isFile: number;
  readonly value: string;
  readonly seq: number;
}

function parsePosition(cursor: string): Position {
  const [isFile, value, seq] = parseCursor(cursor, ["number", "string", "number"]);
  return { isFile, value, seq };
}

/** A folder's size is nothing that it could be sorted by. */
function sortOf(isFile: 0 | 1, { sort = "name" }: ChildrenQuery): NodeSort {
  return sort === "size" && isFile === 0 ? "name" : sort;
}

const columns = { name: "name_key", modified: "modified_at", size: "size" } as const;

function positionOf(row: ChildRow, query: ChildrenQuery): string {
  return String(row[columns[sortOf(row.is_file, query)]]);
}

async function selectChildren(
  db: Db,
  {
    query,
    isFile,
    after,
    limit,
  }: { query: ChildrenQuery; isFile: 0 | 1; after: Position | undefined; limit: number },
) {
  const { folderId, order = "asc" } = query;
  const sort = sortOf(isFile, query);
  const column = columns[sort];
  let select = nodesWithDigests(db).where("nodes.parent_id", "=", folderId);
  // Written out, because a partial index is used only for what is certain when the statement is prepared. The plus hides the condition from
  // the choice of an index: files by name are read from the one by name, past the few folders.
  if (sort === "name" && isFile === 1) select = select.where(sql<boolean>`+nodes.is_file = 1`);
  else
    select = select.where(
      isFile === 1 ? sql<boolean>`nodes.is_file = 1` : sql<boolean>`nodes.is_file = 0`,
    );
  if (after !== undefined) {
    const value = sort === "name" ? after.value : parseAmount(after.value);
    const past = order === "asc" ? ">" : "<";
    if (sort === "name") select = select.where("nodes.name_key", past, value as string);
    else {
      select = select
        .where(`nodes.${column}`, order === "asc" ? ">=" : "<=", value)
        .where((e) => e.or([e(`nodes.${column}`, past, value), e("nodes.seq", past, after.seq)]));
    }
  }
  const ordered = select.orderBy(`nodes.${column}`, order);
  return await (sort === "name" ? ordered : ordered.orderBy("nodes.seq", order))
    .limit(limit)
    .execute();
}

function parseAmount(text: string): number {
  if (/^[0-9]{1,16}$/.test(text)) return Number(text);
  throw new CoreError("invalid-request", { field: "cursor", reason: "not a cursor from here" });
}

/** How often a page is filled up where much of what was found is in the trash, before it is given out as it is. */
const MAX_ROUNDS = 20;

/** Takes the live ones out of what `next` brings; a page may be short, and then says where to go on. */
export async function pageOfLive<R extends { readonly node: DriveNode; readonly cursor: string }>(
  db: Db,
  {
    limit,
    cursor,
    next,
    filter = async (nodes) => new Set(nodes.map(({ id }) => id)),
  }: PageQuery & {
    next: (from: string | undefined, limit: number) => Promise<R[]>;
    /** The ids of those that are to be in it. */
    filter?: ((nodes: readonly DriveNode[]) => Promise<ReadonlySet<string>>) | undefined;
  },
): Promise<Page<DriveNode>> {
  const items: DriveNode[] = [];
  let from = cursor;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const found = await next(from, limit + 1);
    const live = await findLiveFolders(
      db,
      found.flatMap(({ node: { parentId, ownerId } }) =>
        parentId === null ? [] : [{ id: parentId, ownerId }],
      ),
    );
    const wanted = await filter(found.map(({ node }) => node));
    for (const { node, cursor: at } of found) {
      if (items.length === limit) return { items, nextCursor: from! };
      from = at;
      const isLive = node.parentId !== null && live.has(node.parentId);
      if (isLive && wanted.has(node.id)) items.push(node);
    }
    if (found.length <= limit) return { items, nextCursor: null };
  }
  return { items, nextCursor: from ?? null };
}

export function listRecent(
  db: Db,
  { ownerId, ...page }: { ownerId: string } & PageQuery,
): Promise<Page<DriveNode>> {
  return pageOfLive(db, {
    ...page,
    async next(from, limit) {
      let select = nodesWithDigests(db)
        .where("nodes.owner_id", "=", ownerId)
        .where("nodes.is_file", "=", 1);
      if (from !== undefined) {
        const [at, seq] = parseCursor(from, ["number", "number"]);
        select = select
          .where("nodes.modified_at", "<=", at)
          .where((e) => e.or([e("nodes.modified_at", "<", at), e("nodes.seq", "<", seq)]));
      }
      const rows = await select
        .orderBy("nodes.modified_at", "desc")
        .orderBy("nodes.seq", "desc")
        .limit(limit)
        .execute();
      return rows.map((row) => ({
        node: toNode(row),
        cursor: formatCursor([row.modified_at, row.seq]),
      }));
    },
  });
}

export function listStarred(
  db: Db,
  { accountId, ...page }: { accountId: string } & PageQuery,
): Promise<Page<DriveNode>> {
  return pageOfLive(db, {
    ...page,
    async next(from, limit) {
      let select = nodesWithDigests(db)
        .innerJoin("stars", "stars.node_id", "nodes.id")
        .select(["stars.starred_at as at"])
        .where("stars.account_id", "=", accountId);
      if (from !== undefined) {
        const [at, id] = parseCursor(from, ["number", "string"]);
        select = select
          .where("stars.starred_at", "<=", at)
          .where((e) => e.or([e("stars.starred_at", "<", at), e("stars.node_id", "<", id)]));
      }
      const rows = await select
        .orderBy("stars.starred_at", "desc")
        .orderBy("stars.node_id", "desc")
        .limit(limit)
        .execute();
      return rows.map((row) => ({ node: toNode(row), cursor: formatCursor([row.at, row.id]) }));
    },
  });
}

export function listTagged(
  db: Db,
  { accountId, tag, ...page }: { accountId: string; tag: string } & PageQuery,
): Promise<Page<DriveNode>> {
  return pageOfLive(db, {
    ...page,
    async next(from, limit) {
      let select = nodesWithDigests(db)
        .innerJoin("node_tags", "node_tags.node_id", "nodes.id")
        .select(["node_tags.tagged_at as at"])
        .where("node_tags.account_id", "=", accountId)
        .where("node_tags.tag_key", "=", nameKey(tag));
      if (from !== undefined) {
        const [at, id] = parseCursor(from, ["number", "string"]);
        select = select
          .where("node_tags.tagged_at", "<=", at)
          .where((e) => e.or([e("node_tags.tagged_at", "<", at), e("node_tags.node_id", "<", id)]));
      }
      const rows = await select
        .orderBy("node_tags.tagged_at", "desc")
        .orderBy("node_tags.node_id", "desc")
        .limit(limit)
        .execute();
      return rows.map((row) => ({ node: toNode(row), cursor: formatCursor([row.at, row.id]) }));
    },
  });
}

export async function listTags(
  db: Db,
  accountId: string,
): Promise<{ tag: string; nodes: number }[]> {
  const rows = await db
    .selectFrom("node_tags")
    .select((e) => [e.fn.min("tag").as("tag"), e.fn.countAll<number>().as("nodes")])
    .where("account_id", "=", accountId)
    .groupBy("tag_key")
    .execute();
  return rows.map(({ tag, nodes }) => ({ tag, nodes }));
}

export async function findMarks(
  db: Db,
  { accountId, ids }: { accountId: string; ids: readonly string[] },
): Promise<Map<string, Marks>> {
  const stars = await inLists(ids, (list) =>
    db
      .selectFrom("stars")
      .select("node_id")
      .where("account_id", "=", accountId)
      .where("node_id", "in", list)
      .execute(),
  );
  const tags = await inLists(ids, (list) =>
    db
      .selectFrom("node_tags")
      .select(["node_id", "tag"])
      .where("account_id", "=", accountId)
      .where("node_id", "in", list)
      .execute(),
  );
  const starred = new Set(stars.map((row) => row.node_id));
  const tagsOf = Map.groupBy(tags, (row) => row.node_id);
  return new Map(
    ids.map((id) => [
      id,
      { starred: starred.has(id), tags: (tagsOf.get(id) ?? []).map((row) => row.tag).toSorted() },
    ]),
  );
}

export async function listTrash(
  db: Db,
  { ownerId, limit, cursor }: { ownerId: string } & PageQuery,
): Promise<Page<TrashEntry>> {
  let select = nodesWithDigests(db)
    .innerJoin("trash", "trash.node_id", "nodes.id")
    .select(["trash.trashed_at", "trash.from_parent_id"])
    .where("trash.owner_id", "=", ownerId);
  if (cursor !== undefined) {
    const [at, id] = parseCursor(cursor, ["number", "string"]);
    select = select
      .where("trash.trashed_at", "<=", at)
      .where((e) => e.or([e("trash.trashed_at", "<", at), e("trash.node_id", "<", id)]));
  }
  const rows = await select
    .orderBy("trash.trashed_at", "desc")
    .orderBy("trash.node_id", "desc")
    .limit(limit + 1)
    .execute();
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return {
    items: rows.slice(0, limit).map((row) => ({
      node: toNode(row),
      trashedAt: row.trashed_at,
      fromParentId: row.from_parent_id,
    })),
    nextCursor: last ? formatCursor([last.trashed_at, last.id]) : null,
  };
}

export async function listVersions(db: Db, id: string): Promise<FileVersion[]> {
  const file = await findNode(db, id);
  if (file?.kind !== "file") return [];
  const rows = await db
    .selectFrom("node_versions")
    .innerJoin("blobs", "blobs.id", "node_versions.blob_id")
    .selectAll("node_versions")
    .select(["blobs.sha256", "blobs.sha1", "blobs.md5"])
    .where("node_versions.node_id", "=", id)
    .orderBy("node_versions.number", "desc")
    .execute();
  const { version: number, size, mediaType, blobId, digests, modifiedAt: createdAt } = file;
  return [
    { number, size, mediaType, blobId, digests, createdAt, isCurrent: true },
    ...rows.map((row) => ({
      number: row.number,
      size: row.size,
      mediaType: row.media_type,
      blobId: row.blob_id,
      digests: toDigests(row),
      createdAt: row.created_at,
      isCurrent: false,
    })),
  ];
}
