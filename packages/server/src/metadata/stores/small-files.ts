import type { PlaceRefusal, SmallFile, SmallFileOutcome } from "../../core/blobs/blob-index.ts";
import { nameKey } from "../../core/drive/name-key.ts";
import { CoreError, isCoreError } from "../../core/errors.ts";
import { nodeEvent } from "../../core/events/node-events.ts";
import { uploaderOf } from "../../core/events/uploader.ts";
import type { Db } from "../schema.ts";
import { adjustHoldings } from "./account-writes.ts";
import { clearOrphans, orphanUnreferenced } from "./blob-references.ts";
import { dropOldVersions, updateContent } from "./file-writes.ts";
import { growStoredFile } from "./blob-writes.ts";
import { inLists, insertRows } from "./bulk.ts";
import { recordEvents } from "./event-writes.ts";
import type { FolderState } from "./folder-state.ts";
import { makePath, openFolder } from "./node-folders.ts";
import { isNameTaken } from "./node-reads.ts";
import { factsOf } from "./node-row.ts";
import type { NewNodeRow } from "./node-row.ts";
import { addLiveBytes, insertStoredFile, sumByStored } from "./segments.ts";
import { SmallBatch, slotOf } from "./small-batch.ts";
import type { AccountBalance, BatchChanges, Place } from "./small-batch.ts";

export interface PublishSmall {
  readonly files: SmallFile[];
  readonly pack: { readonly stored: string; readonly length: number } | null;
  readonly now: number;
}

/** The number of statements grows with the size of the batch by hundreds, not by ones. */
export async function publishSmallFiles(
  db: Db,
  { files, pack, now }: PublishSmall,
): Promise<SmallFileOutcome[]> {
  const places = await findPlaces(db, { files, now });
  const accounts = await findBalances(db, files);
  const batch = new SmallBatch({
    now,
    accounts,
    files: await findTwins(db, { files, places }),
    blobs: await findBlobIds(db, files),
    isPackUsable: pack === null || (await ensurePack(db, { ...pack, now })),
    isNameTaken: (name) => isNameTaken(db, name),
  });
  const outcomes: SmallFileOutcome[] = [];
  for (const [i, file] of files.entries()) {
    const place = places[i]!;
    outcomes.push(place instanceof CoreError ? refusalOf(place) : await batch.add(file, place));
  }
  await writeChanges(db, batch.changes);
  await reportChanges(db, { changes: batch.changes, now });
  for (const [ownerId, { deltaBytes }] of accounts)
    await adjustHoldings(db, { ownerId, used: deltaBytes });
  await trimVersions(db, { changes: batch.changes, now });
  return outcomes;
}

/** The folder of each file: looked up, and made, once for all that go there. */
async function findPlaces(
  db: Db,
  { files, now }: { files: readonly SmallFile[]; now: number },
): Promise<(Place | CoreError)[]> {
  const known = new Map<string, Place | CoreError>();
  const places: (Place | CoreError)[] = [];
  for (const { ownerId, parentId, folders } of files) {
    // Names have no slash.
    const key = [ownerId, parentId, ...folders].join("/");
    let place = known.get(key);
    if (place === undefined)
      known.set(key, (place = await findPlace(db, { ownerId, parentId, folders, now })));
    places.push(place);
  }
  return places;
}

async function findPlace(
  db: Db,
  {
    ownerId,
    parentId,
    folders,
    now,
  }: { ownerId: string; parentId: string; folders: readonly string[]; now: number },
): Promise<Place | CoreError> {
  try {
    const parent = await openFolder(db, { id: parentId, ownerId });
    const folder: FolderState =
      folders.length === 0
        ? parent
        : await makePath(db, { parent, names: folders, actor: uploaderOf(ownerId), now });
    return { parentId: folder.id, ownerId: folder.ownerId };
  } catch (error) {
    if (isCoreError(error)) return error;
    throw error;
  }
}

function refusalOf({ code, facts }: CoreError): SmallFileOutcome {
  return { kind: "refused", code: code as PlaceRefusal, facts };
}

async function reportChanges(
  db: Db,
  { changes, now }: { changes: BatchChanges; now: number },
): Promise<void> {
  const events = [...changes.files.values()].map((row) =>
    nodeEvent(row.version === 1 ? "node.created" : "node.replaced", {
      node: factsOf({ ...row, parent_id: row.parent_id ?? null }),
      actor: uploaderOf(row.owner_id),
      at: now,
      more: row.version === 1 ? { size: row.size } : { size: row.size, version: row.version },
    }),
  );
  await recordEvents(db, events);
}

async function trimVersions(
  db: Db,
  { changes, now }: { changes: BatchChanges; now: number },
): Promise<void> {
  for (const id of new Set(changes.versions.map((version) => version.node_id))) {
    const { owner_id: ownerId, version } = changes.files.get(id)!;
    const dropped = await dropOldVersions(db, { id, version });
    await adjustHoldings(db, { ownerId, used: -dropped.bytes });
    await orphanUnreferenced(db, { blobIds: dropped.blobIds, now });
  }
}

async function writeChanges(db: Db, changes: BatchChanges): Promise<void> {
  const { files, replacedFiles, versions, blobs, segments, reusedBlobs } = changes;
  await insertRows(db, { into: "blobs", rows: blobs });
  await insertRows(db, { into: "segments", rows: segments });
  await addLiveBytes(db, sumByStored(segments));
  const rows = [...files.values()];
  await insertRows(db, { into: "nodes", rows: rows.filter(({ id }) => !replacedFiles.has(id)) });
  for (const id of replacedFiles) {
    const { name, name_key, media_type, size, blob_id, version, modified_at } = files.get(id)!;
    await updateContent(db, {
      ...{ id, name, size, version },
      nameKey: name_key,
      mediaType: media_type ?? null,
      blobId: blob_id,
      now: modified_at,
    });
  }
  await insertRows(db, { into: "node_versions", rows: versions });
  await clearOrphans(db, [...reusedBlobs]);
}

/** Gives the pack a row, or its new length. False when it has a tombstone: its file may be unlinked at any moment. */
async function ensurePack(
  db: Db,
  { stored, length, now }: { stored: string; length: number; now: number },
): Promise<boolean> {
  const known = await db
    .selectFrom("stored_files")
    .select("tombstone_at")
    .where("name", "=", stored)
    .executeTakeFirst();
  if (known === undefined) await insertStoredFile(db, { stored, kind: "pack", length, now });
  else if (known.tombstone_at === null) await growStoredFile(db, { stored, length });
  return known === undefined || known.tombstone_at === null;
}

async function findTwins(
  db: Db,
  { files, places }: { files: readonly SmallFile[]; places: readonly (Place | CoreError)[] },
): Promise<Map<string, NewNodeRow>> {
  const keysOf = new Map<string, Set<string>>();
  for (const [i, { name }] of files.entries()) {
    const place = places[i]!;
    if (place instanceof CoreError) continue;
    const keys = keysOf.get(place.parentId) ?? new Set();
    keysOf.set(place.parentId, keys.add(nameKey(name)));
  }
  const twins = new Map<string, NewNodeRow>();
  for (const [parentId, keys] of keysOf) {
    const rows = await inLists([...keys], (list) =>
      db
        .selectFrom("nodes")
        .selectAll()
        .where("parent_id", "=", parentId)
        .where("name_key", "in", list)
        .execute(),
    );
    for (const row of rows) twins.set(slotOf(parentId, row.name_key), row);
  }
  return twins;
}

async function findBlobIds(db: Db, files: readonly SmallFile[]): Promise<Map<string, string>> {
  const hashes = [...new Set(files.map((file) => file.sha256))];
  const rows = await inLists(hashes, (list) =>
    db.selectFrom("blobs").select(["id", "sha256"]).where("sha256", "in", list).execute(),
  );
  return new Map(rows.map((row) => [row.sha256!, row.id]));
}

async function findBalances(
  db: Db,
  files: readonly SmallFile[],
): Promise<Map<string, AccountBalance>> {
  const ids = [...new Set(files.map((file) => file.ownerId))];
  const rows = await inLists(ids, (list) =>
    db.selectFrom("accounts").selectAll().where("id", "in", list).execute(),
  );
  return new Map(
    rows.map((row) => [
      row.id,
      {
        quotaBytes: row.quota_bytes,
        heldBytes: row.used_bytes + row.reserved_bytes,
        deltaBytes: 0,
      },
    ]),
  );
}
