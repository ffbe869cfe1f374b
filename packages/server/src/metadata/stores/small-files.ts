import type { PlaceRefusal, SmallFile, SmallFileOutcome } from "../../core/blobs/blob-index.ts";
import type { Adder } from "../../core/drive/adder.ts";
import { nameKey } from "../../core/drive/name-key.ts";
import { CoreError, isCoreError } from "../../core/errors.ts";
import type { Actor, BusinessEvent } from "../../core/events.ts";
import type { Db } from "../schema.ts";
import { adjustHoldings } from "./account-writes.ts";
import { clearOrphans, orphanUnreferenced } from "./blob-references.ts";
import { dropOldVersions, updateContent } from "./file-writes.ts";
import { growStoredFile } from "./blob-writes.ts";
import { inLists, insertRows } from "./bulk.ts";
import { recordEvents } from "./event-writes.ts";
import { layPath, openFolder, openFolderFor } from "./node-folders.ts";
import { isNameTaken } from "./node-reads.ts";
import { deleteNodes } from "./node-remove.ts";
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
  const { places, created } = await findPlaces(db, { files, now });
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
  const used = new Set<string>();
  for (const [i, file] of files.entries()) {
    const place = places[i]!;
    const outcome = place instanceof CoreError ? refusalOf(place) : await batch.add(file, place);
    if (outcome.kind === "published" && !(place instanceof CoreError))
      for (const id of place.path) used.add(id);
    outcomes.push(outcome);
  }
  await settleFolders(db, { created, used, now });
  await writeChanges(db, batch.changes);
  await recordEvents(db, batch.events);
  for (const [ownerId, { deltaBytes }] of accounts)
    await adjustHoldings(db, { ownerId, used: deltaBytes });
  await trimVersions(db, { changes: batch.changes, now });
  return outcomes;
}

/** With the folders from itself up. */
interface FilePlace extends Place {
  readonly path: readonly string[];
}

interface Places {
  readonly places: readonly (FilePlace | CoreError)[];
  readonly created: BusinessEvent[];
}

/** The folder of each file: looked up, and made, once for all that go there. */
async function findPlaces(
  db: Db,
  { files, now }: { files: readonly SmallFile[]; now: number },
): Promise<Places> {
  const known = new Map<string, FilePlace | CoreError>();
  const places: (FilePlace | CoreError)[] = [];
  const created: BusinessEvent[] = [];
  for (const { ownerId, parentId, folders, actor, adder } of files) {
    // Names have no slash.
    const who = adder === undefined ? "" : `${adder.accountId} ${adder.shareId ?? ""}`;
    const key = [who, ownerId, parentId, ...folders].join("/");
    let place = known.get(key);
    if (place === undefined)
      known.set(
        key,
        (place = await findPlace(db, { ownerId, parentId, folders, actor, adder, now, created })),
      );
    places.push(place);
  }
  return { places, created };
}

/** A folder that was made for files all of which were refused is not there afterwards. */
async function settleFolders(
  db: Db,
  {
    created,
    used,
    now,
  }: { created: readonly BusinessEvent[]; used: ReadonlySet<string>; now: number },
): Promise<void> {
  const isUsed = ({ subjectId }: BusinessEvent) => subjectId !== null && used.has(subjectId);
  await recordEvents(db, created.filter(isUsed));
  const unused = created.flatMap((event) => (isUsed(event) ? [] : (event.subjectId ?? [])));
  const nodes = await inLists(unused, (list) =>
    db.selectFrom("nodes").selectAll().where("id", "in", list).execute(),
  );
  if (nodes.length > 0) await deleteNodes(db, { nodes, now });
}

async function findPlace(
  db: Db,
  {
    ownerId,
    parentId,
    folders,
    actor,
    adder,
    now,
    created,
  }: {
    ownerId: string;
    adder: Adder | undefined;
    parentId: string;
    folders: readonly string[];
    actor: Actor;
    now: number;
    /** Takes what is made on the way. */
    created: BusinessEvent[];
  },
): Promise<FilePlace | CoreError> {
  try {
    const parent =
      adder === undefined
        ? await openFolder(db, { id: parentId, ownerId })
        : await openFolderFor(db, { id: parentId, adder, now });
    const laid = await layPath(db, { parent, names: folders, actor, now });
    created.push(...laid.created);
    const { id, ownerId: owner, path } = laid.folder;
    return { parentId: id, ownerId: owner, path };
  } catch (error) {
    if (isCoreError(error)) return error;
    throw error;
  }
}

function refusalOf({ code, facts }: CoreError): SmallFileOutcome {
  return { kind: "refused", code: code as PlaceRefusal, facts };
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
      id,
      name,
      size,
      version,
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
export async function ensurePack(
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
