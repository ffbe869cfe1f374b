import { maxVersions } from "../../core/drive/node.ts";
import { nameKey } from "../../core/drive/name-key.ts";
import { CoreError } from "../../core/errors.ts";
import type { Actor, BusinessEvent } from "../../core/events.ts";
import { nodeEvent } from "../../core/events/node-events.ts";
import { uploaderOf } from "../../core/events/uploader.ts";
import type { ConflictPolicy } from "../../core/uploads/upload.ts";
import type { NodeVersionsTable } from "../schema/drive.ts";
import type { Db } from "../schema.ts";
import { insertRows } from "./bulk.ts";
import { recordEvents } from "./event-writes.ts";
import { findChild, isNameTaken } from "./node-reads.ts";
import { deleteNodes } from "./node-remove.ts";
import type { Twin } from "./node-reads.ts";
import { factsOf, fileRow } from "./node-row.ts";
import { findFreeName } from "./numbered-name.ts";
import { prepared } from "./prepared.ts";

export interface FilePlacement {
  readonly fileId: string;
  /** Of the folder, hence of the file. */
  readonly ownerId: string;
  /** Live: the caller has looked. */
  readonly parentId: string;
  readonly name: string;
  readonly mediaType: string | null;
  readonly size: number;
  readonly blobId: string;
  readonly onConflict: ConflictPolicy;
  readonly actor: Actor;
  readonly now: number;
}

/** What placing did. The bytes and the released blobs are the caller's to account for. */
export interface Placed {
  /** An older file's id where that got a new version. */
  readonly fileId: string;
  /** By which the owner's used bytes change. */
  readonly addedBytes: number;
  /** Blobs that a version held which had to go. */
  readonly releasedBlobs: readonly string[];
}

/** Puts a blob under a name by the conflict policy. Throws `name-taken`. */
export async function placeFile(db: Db, placement: FilePlacement): Promise<Placed> {
  const { fileId, ownerId, parentId, name, size, onConflict, actor, now } = placement;
  const twin = await findChild(db, { parentId, key: nameKey(name) });
  if (twin !== undefined && (onConflict === "fail" || (onConflict === "replace" && !isFile(twin))))
    throw new CoreError("name-taken", { name });
  if (twin !== undefined && onConflict === "replace")
    return await replaceContent(db, { file: twin as FileTwin, content: placement });
  const isTaken = (key: string) => isNameTaken(db, { parentId, key });
  const free = twin === undefined ? name : (await findFreeName(name, { isTaken })).name;
  const row = fileRow({ ...placement, id: fileId, name: free });
  await insertRows(db, { into: "nodes", rows: [row] });
  await recordEvents(db, [
    nodeEvent("node.created", {
      node: { id: fileId, ownerId, parentId, name: free, kind: "file" },
      actor,
      at: now,
      more: { size },
    }),
  ]);
  return { fileId, addedBytes: size, releasedBlobs: [] };
}

export interface FileTwin extends Twin {
  readonly blob_id: string;
}

function isFile(twin: Twin): twin is FileTwin {
  return twin.is_file === 1;
}

export interface NewContent {
  readonly parentId: string;
  /** Where the file is to be spelt otherwise. */
  readonly name: string;
  readonly mediaType: string | null;
  readonly size: number;
  readonly blobId: string;
  readonly actor: Actor;
  readonly now: number;
}

/** Gives a file a newer version. The same content again is no newer version. */
export async function replaceContent(
  db: Db,
  { file, content }: { file: FileTwin; content: NewContent },
): Promise<Placed> {
  const { parentId, name, mediaType, size, blobId, actor, now } = content;
  const isSame = file.blob_id === blobId;
  await updateContent(db, {
    id: file.id,
    name,
    nameKey: nameKey(name),
    mediaType,
    size,
    blobId,
    version: file.version + (isSame ? 0 : 1),
    now,
  });
  if (isSame) return { fileId: file.id, addedBytes: 0, releasedBlobs: [] };
  await insertRows(db, { into: "node_versions", rows: [versionOf(file, now)] });
  const event: BusinessEvent = nodeEvent("node.replaced", {
    node: { ...factsOf({ ...file, parent_id: parentId }), name },
    actor,
    at: now,
    more: { size, version: file.version + 1 },
  });
  await recordEvents(db, [event]);
  const dropped = await dropOldVersions(db, file);
  return {
    fileId: file.id,
    addedBytes: size - dropped.bytes,
    releasedBlobs: dropped.blobIds,
  };
}

interface ContentUpdate {
  readonly id: string;
  readonly name: string;
  readonly nameKey: string;
  readonly mediaType: string | null;
  readonly size: number;
  readonly blobId: string;
  readonly version: number;
  readonly now: number;
}

export const updateContent = prepared((db, file: ContentUpdate) =>
  db
    .updateTable("nodes")
    .set({
      name: file.name,
      name_key: file.nameKey,
      media_type: file.mediaType,
      size: file.size,
      blob_id: file.blobId,
      version: file.version,
      modified_at: file.now,
    })
    .where("id", "=", file.id),
);

/** What a file was until now. */
export function versionOf(
  file: Pick<
    FileTwin,
    "id" | "owner_id" | "version" | "media_type" | "size" | "blob_id" | "modified_at"
  >,
  now: number,
): NodeVersionsTable {
  return {
    node_id: file.id,
    number: file.version,
    owner_id: file.owner_id,
    media_type: file.media_type,
    size: file.size,
    blob_id: file.blob_id,
    created_at: file.modified_at,
    replaced_at: now,
  };
}

/** The oldest beyond the most that a file may have. */
export async function dropOldVersions(
  db: Db,
  { id, version }: { id: string; version: number },
): Promise<{ bytes: number; blobIds: string[] }> {
  if (version <= maxVersions) return { bytes: 0, blobIds: [] };
  const rows = await db
    .selectFrom("node_versions")
    .select(["number", "size", "blob_id"])
    .where("node_id", "=", id)
    .orderBy("number", "desc")
    .limit(3 * maxVersions)
    .execute();
  const old = rows.slice(maxVersions);
  for (const { number } of old) {
    await db
      .deleteFrom("node_versions")
      .where("node_id", "=", id)
      .where("number", "=", number)
      .execute();
  }
  return {
    bytes: old.reduce((sum, row) => sum + row.size, 0),
    blobIds: old.map((row) => row.blob_id),
  };
}

/** A live file of this owner, for good. False when there is none. */
export async function removeFile(
  db: Db,
  { id, ownerId, now }: { id: string; ownerId: string; now: number },
): Promise<boolean> {
  const file = await db
    .selectFrom("nodes")
    .selectAll()
    .where("id", "=", id)
    .where("owner_id", "=", ownerId)
    .where("is_file", "=", 1)
    .executeTakeFirst();
  if (file === undefined || file.parent_id === null) return false;
  await deleteNodes(db, { nodes: [file], now });
  await recordEvents(db, [
    nodeEvent("node.deleted", { node: factsOf(file), actor: uploaderOf(ownerId), at: now }),
  ]);
  return true;
}
