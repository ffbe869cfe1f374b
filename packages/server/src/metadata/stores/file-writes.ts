import { CoreError } from "../../core/errors.ts";
import { nameKey } from "../../core/drive/name-key.ts";
import { fileRemoved } from "../../core/events/upload-events.ts";
import type { Actor } from "../../core/events.ts";
import type { ConflictPolicy } from "../../core/uploads/upload.ts";
import type { Db } from "../schema.ts";
import { adjustHoldings } from "./account-writes.ts";
import { orphanUnreferenced } from "./blob-references.ts";
import { insertRows } from "./bulk.ts";
import { recordEvents } from "./event-writes.ts";
import { isNameTaken } from "./file-reads.ts";
import { findFreeName } from "./numbered-name.ts";
import { firstRow, prepared } from "./prepared.ts";

export interface FilePlacement {
  readonly fileId: string;
  readonly ownerId: string;
  readonly name: string;
  readonly mediaType: string | null;
  readonly size: number;
  readonly blobId: string;
  readonly onConflict: ConflictPolicy;
  readonly now: number;
}

/** What placing did: the file (an older one's id where it was replaced), and the bytes and blob that it stood for before. */
export interface Placed {
  readonly fileId: string;
  readonly name: string;
  readonly replacedBytes: number;
  readonly replacedBlobId: string | null;
}

/** Puts a blob under a name by the conflict policy. Throws `name-taken`. Quota and the replaced blob are the caller's. */
export async function placeFile(db: Db, placement: FilePlacement): Promise<Placed> {
  const { fileId, ownerId, name, onConflict } = placement;
  const twin = await findTwin(db, { ownerId, name });
  if (twin !== undefined && onConflict === "fail") throw new CoreError("name-taken", { name });
  if (twin !== undefined && onConflict === "replace")
    return await replaceFile(db, { twin, placement });
  if (twin?.blob_id === placement.blobId && onConflict === "keep-distinct")
    return { fileId: twin.id, name, replacedBytes: placement.size, replacedBlobId: null };
  const isTaken = (key: string) => isNameTaken(db, { ownerId, key });
  const free = twin === undefined ? name : (await findFreeName(name, { isTaken })).name;
  await insertFile(db, { ...placement, name: free });
  return { fileId, name: free, replacedBytes: 0, replacedBlobId: null };
}

export async function removeFile(
  db: Db,
  { id, ownerId, actor, now }: { id: string; ownerId: string; actor: Actor; now: number },
): Promise<boolean> {
  const file = await db
    .selectFrom("files")
    .select(["name", "size", "blob_id"])
    .where("id", "=", id)
    .where("owner_id", "=", ownerId)
    .executeTakeFirst();
  if (file === undefined) return false;
  await db.deleteFrom("files").where("id", "=", id).execute();
  await adjustHoldings(db, { ownerId, used: -file.size });
  await orphanUnreferenced(db, { blobIds: [file.blob_id], now });
  const { name, size } = file;
  await recordEvents(db, [fileRemoved({ id, ownerId, name, size }, { actor, at: now })]);
  return true;
}

interface Twin {
  readonly id: string;
  readonly size: number;
  readonly blob_id: string;
  readonly version: number;
}

function findTwin(
  db: Db,
  { ownerId, name }: { ownerId: string; name: string },
): Promise<Twin | undefined> {
  return firstRow(selectTwin(db, { ownerId, key: nameKey(name) }));
}

const selectTwin = prepared((db, { ownerId, key }: { ownerId: string; key: string }) =>
  db
    .selectFrom("files")
    .select(["id", "size", "blob_id", "version"])
    .where("owner_id", "=", ownerId)
    .where("name_key", "=", key),
);

async function replaceFile(
  db: Db,
  { twin, placement }: { twin: Twin; placement: FilePlacement },
): Promise<Placed> {
  const { name, mediaType, size, blobId, now } = placement;
  await db
    .updateTable("files")
    .set({
      name,
      media_type: mediaType,
      size,
      blob_id: blobId,
      version: twin.version + 1,
      modified_at: now,
    })
    .where("id", "=", twin.id)
    .execute();
  return { fileId: twin.id, name, replacedBytes: twin.size, replacedBlobId: twin.blob_id };
}

async function insertFile(
  db: Db,
  { fileId, ownerId, name, mediaType, size, blobId, now }: FilePlacement,
): Promise<void> {
  const row = {
    id: fileId,
    owner_id: ownerId,
    name,
    name_key: nameKey(name),
    media_type: mediaType,
    size,
    blob_id: blobId,
    version: 1,
    created_at: now,
    modified_at: now,
  };
  await insertRows(db, { into: "files", rows: [row] });
}
