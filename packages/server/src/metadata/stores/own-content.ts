/** Who holds what: the one place that says which content counts as an owner's own. */
import type { Blob } from "../../core/blobs/blob-index.ts";
import type { DigestAlgorithm } from "../../core/blobs/digest.ts";
import type { NamedContent } from "../../core/uploads/instant-store.ts";
import type { Db } from "../schema.ts";
import { findBlob } from "./blob-reads.ts";
import { firstRow, prepared } from "./prepared.ts";

/** Stands for a blob that does not exist, so that the second look-up is made in any case. */
const nobody = "";
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
    .selectFrom("files")
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
