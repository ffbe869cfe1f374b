/** Who holds what: the one place that says which content counts as an owner's own. */
import type { Blob } from "../../core/blobs/blob-index.ts";
import type { DigestAlgorithm, Digests } from "../../core/blobs/digest.ts";
import type { FileEntry } from "../../core/drive/file-store.ts";
import type { NamedContent, OwnContent } from "../../core/uploads/instant-store.ts";
import type { Db } from "../schema.ts";
import { findBlob } from "./blob-reads.ts";
import { findFile } from "./file-reads.ts";
import { firstRow, prepared } from "./prepared.ts";

/** Stands for a blob that does not exist, so that the second look-up is made in any case. */
const nobody = "";
/** Of files with one content, how many are looked at for one that is not in the trash. */
const maxEqualFiles = 1_000;
const algorithms: readonly DigestAlgorithm[] = ["sha256", "sha1", "md5"];

/** The blob that a file of the owner holds and that is known to have all these digests; undefined when there is none. */
export async function findOwnBlob(
  db: Db,
  { ownerId, digests, size }: { ownerId: string } & NamedContent,
): Promise<Blob | undefined> {
  const by = algorithms.find((algorithm) => digests[algorithm] !== undefined);
  if (by === undefined) return undefined;
  // Digests other than SHA-256 can be forged to be equal, so there may be several; the owner's own is what counts.
  const { rows } = await selectIds[by](db, { ownerId, digest: digests[by]! });
  const candidates = rows.length === 0 ? [{ id: nobody }] : rows;
  for (const { id } of candidates) {
    const isHeld = await isHeldBy(db, { ownerId, blobId: id });
    const blob = isHeld ? await findBlob(db, id) : undefined;
    if (blob && isAsNamed(blob, { digests, ...(size === undefined ? {} : { size }) })) return blob;
  }
  return undefined;
}

/** The same, as whoever may only link it needs to know it. */
export async function findOwnContent(
  db: Db,
  input: { ownerId: string } & NamedContent,
): Promise<OwnContent | undefined> {
  const blob = await findOwnBlob(db, input);
  const sha256 = blob?.digests.sha256;
  return sha256 === undefined ? undefined : { blobId: blob!.id, sha256, size: blob!.size };
}

/** A live file of the owner with this content: of this name if one is said, else the one that changed last. */
export async function findOwnFile(
  db: Db,
  { ownerId, digests, name }: { ownerId: string; digests: Digests; name?: string },
): Promise<FileEntry | undefined> {
  const by = algorithms.find((algorithm) => digests[algorithm] !== undefined);
  if (by === undefined) return undefined;
  const { rows } = await selectIds[by](db, { ownerId, digest: digests[by]! });
  for (const { id: blobId } of rows) {
    const files = await selectFiles(db, { ownerId, blobId });
    for (const file of files.rows) {
      if (name !== undefined && file.name !== name) continue;
      const live = await findFile(db, file.id);
      if (live) return live;
    }
  }
  return undefined;
}

const selectFiles = prepared((db, { ownerId, blobId }: { ownerId: string; blobId: string }) =>
  db
    .selectFrom("nodes")
    .select(["id", "name"])
    .where("owner_id", "=", ownerId)
    .where("blob_id", "=", blobId)
    .orderBy("modified_at", "desc")
    .orderBy("seq", "desc")
    .limit(maxEqualFiles),
);

/** Whether all that is said of the content is known of the blob and equal. */
export function isAsNamed(blob: Blob, { digests, size }: NamedContent): boolean {
  if (size !== undefined && blob.size !== size) return false;
  return algorithms.every(
    (algorithm) =>
      digests[algorithm] === undefined || digests[algorithm] === blob.digests[algorithm],
  );
}

/** By owner and blob together: how many others hold it makes no difference to the time that this takes. */
export async function isHeldBy(
  db: Db,
  { ownerId, blobId }: { ownerId: string; blobId: string },
): Promise<boolean> {
  return (await firstRow(selectHolding(db, { ownerId, blobId }))) !== undefined;
}

const selectHolding = prepared((db, { ownerId, blobId }: { ownerId: string; blobId: string }) =>
  db
    .selectFrom("nodes")
    .select("id")
    .where("owner_id", "=", ownerId)
    .where("blob_id", "=", blobId)
    .limit(1),
);

interface Sought {
  readonly ownerId: string;
  readonly digest: string;
}

const selectIds = {
  sha256: prepared((db, { digest }: Sought) =>
    db.selectFrom("blobs").select("id").where("sha256", "=", digest),
  ),
  sha1: prepared((db, { digest }: Sought) =>
    db.selectFrom("blobs").select("id").where("sha1", "=", digest),
  ),
  md5: prepared((db, { digest }: Sought) =>
    db.selectFrom("blobs").select("id").where("md5", "=", digest),
  ),
} satisfies Record<DigestAlgorithm, unknown>;
