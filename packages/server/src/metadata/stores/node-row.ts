import type { Selectable } from "kysely";
import type { NodeFacts } from "../../core/events/node-events.ts";
import { nameKey } from "../../core/drive/name-key.ts";
import type { DriveNode, FileNode } from "../../core/drive/node.ts";
import type { NodesTable } from "../schema/drive.ts";
import type { Db } from "../schema.ts";
import { toDigests } from "./blob-reads.ts";

export type NodeRow = Selectable<NodesTable>;
/** Every column that the database does not fill. */
export type NewNodeRow = Omit<NodeRow, "seq">;

export type NewFileRow = NewNodeRow & { blob_id: string };

interface DigestColumns {
  readonly sha256: string | null;
  readonly sha1: string | null;
  readonly md5: string | null;
}

export function nodesWithDigests(db: Db) {
  return db
    .selectFrom("nodes")
    .leftJoin("blobs", "blobs.id", "nodes.blob_id")
    .selectAll("nodes")
    .select(["blobs.sha256", "blobs.sha1", "blobs.md5"]);
}

export function toNode(row: NodeRow & DigestColumns): DriveNode {
  return row.is_file === 1 ? toFile(row) : { kind: "folder", ...commonFacts(row) };
}

export function toFile(row: NodeRow & DigestColumns): FileNode {
  if (row.blob_id === null) throw new Error(`a file without content: ${row.id}`);
  return {
    kind: "file",
    ...commonFacts(row),
    mediaType: row.media_type,
    size: row.size,
    blobId: row.blob_id,
    digests: toDigests(row),
    version: row.version,
  };
}

function commonFacts(row: NodeRow) {
  return {
    id: row.id,
    ownerId: row.owner_id,
    parentId: row.parent_id,
    name: row.name,
    createdAt: row.created_at,
    modifiedAt: row.modified_at,
  };
}

/** As events tell of it. */
export function factsOf(
  row: Pick<NodeRow, "id" | "owner_id" | "parent_id" | "name" | "is_file">,
): NodeFacts {
  return {
    id: row.id,
    ownerId: row.owner_id,
    parentId: row.parent_id,
    name: row.name,
    kind: row.is_file === 1 ? "file" : "folder",
  };
}

export interface NewFile {
  readonly id: string;
  readonly ownerId: string;
  readonly parentId: string | null;
  readonly name: string;
  readonly mediaType: string | null;
  readonly size: number;
  readonly blobId: string;
  readonly now: number;
}

export function fileRow(file: NewFile): NewFileRow {
  return {
    id: file.id,
    owner_id: file.ownerId,
    parent_id: file.parentId,
    name: file.name,
    name_key: nameKey(file.name),
    is_file: 1,
    height: 0,
    media_type: file.mediaType,
    size: file.size,
    blob_id: file.blobId,
    version: 1,
    created_at: file.now,
    modified_at: file.now,
  };
}

export function folderRow({
  id,
  ownerId,
  parentId,
  name,
  height = 1,
  now,
}: {
  id: string;
  ownerId: string;
  parentId: string | null;
  name: string;
  height?: number;
  now: number;
}): NewNodeRow {
  return {
    id,
    owner_id: ownerId,
    parent_id: parentId,
    name,
    name_key: nameKey(name),
    is_file: 0,
    height,
    media_type: null,
    size: 0,
    blob_id: null,
    version: 1,
    created_at: now,
    modified_at: now,
  };
}
