/**
 * A batch of small files, decided in memory entry by entry against what was read once at its start, as if each were a transaction of its own:
 * a later entry sees the names, contents and bytes of the earlier ones. Writing it down is `small-files.ts`.
 */
import type { Insertable } from "kysely";
import type { SmallFile, SmallFileOutcome } from "../../core/blobs/blob-index.ts";
import { nameKey } from "../../core/drive/name-key.ts";
import type { BlobsTable, FilesTable, SegmentsTable } from "../schema.ts";
import { findFreeName } from "./numbered-name.ts";

export type FileRow = Insertable<FilesTable>;

export interface AccountBalance {
  readonly quotaBytes: number | null;
  /** Used and reserved. */
  heldBytes: number;
  /** What this batch changes. */
  deltaBytes: number;
}

/** What a batch starts from. */
export interface BatchBasis {
  readonly now: number;
  /** Files under the names that the batch asks for, by `slotOf`. */
  readonly files: Map<string, FileRow>;
  /** Blob ids by SHA-256. */
  readonly blobs: Map<string, string>;
  readonly accounts: Map<string, AccountBalance>;
  /** False when the pack is going away: bytes in it do not count. */
  readonly isPackUsable: boolean;
  readonly isNameTaken: (name: { ownerId: string; key: string }) => Promise<boolean>;
}

/** What a batch writes. */
export interface BatchChanges {
  /** New and replaced files as they end up, by id. */
  readonly files: Map<string, FileRow>;
  /** Ids of files that exist and are replaced. */
  readonly replacedFiles: Set<string>;
  readonly blobs: Insertable<BlobsTable>[];
  readonly segments: Insertable<SegmentsTable>[];
  /** Blobs that existed and are referred to anew. */
  readonly reusedBlobs: Set<string>;
  /** Blobs that lost a reference. */
  readonly releasedBlobs: Set<string>;
}

export class SmallBatch {
  readonly changes: BatchChanges = {
    files: new Map(),
    replacedFiles: new Set(),
    blobs: [],
    segments: [],
    reusedBlobs: new Set(),
    releasedBlobs: new Set(),
  };
  readonly #basis: BatchBasis;
  readonly #lastNumbers = new Map<string, number>();

  constructor(basis: BatchBasis) {
    this.#basis = basis;
  }

  /** Decides one entry: its name first, then quota, then bytes. */
  async add(file: SmallFile): Promise<SmallFileOutcome> {
    const { ownerId, onConflict, size } = file;
    const twin = this.#basis.files.get(slotOf(ownerId, nameKey(file.name)));
    if (twin !== undefined && onConflict === "fail") return { kind: "name-taken" };
    const replaced = onConflict === "replace" ? twin : undefined;

    const delta = size - (replaced?.size ?? 0);
    const account = this.#basis.accounts.get(ownerId);
    if (account === undefined) throw new Error(`no account ${ownerId}`);
    const { quotaBytes, heldBytes } = account;
    if (quotaBytes !== null && delta > 0 && heldBytes + delta > quotaBytes) {
      return { kind: "quota-exceeded", quotaBytes, usedBytes: heldBytes };
    }
    const source = this.#settleBlob(file);
    if (source === undefined) return { kind: "bytes-needed" };

    account.heldBytes += delta;
    account.deltaBytes += delta;
    const name =
      twin === undefined || replaced !== undefined ? file.name : await this.#freeName(file);
    const fileId = replaced === undefined ? file.fileId : replaced.id;
    this.#place(
      { ...fileRow(file, { name, blobId: source.blobId, now: this.#basis.now }), id: fileId },
      replaced,
    );
    return { kind: "published", fileId, usedNewBytes: source.usedNewBytes };
  }

  #settleBlob({
    blobId,
    sha256,
    size,
    segment,
    crc32,
  }: SmallFile): { blobId: string; usedNewBytes: boolean } | undefined {
    const { blobs, now, isPackUsable } = this.#basis;
    const equal = blobs.get(sha256);
    if (equal !== undefined) {
      this.changes.reusedBlobs.add(equal);
      return { blobId: equal, usedNewBytes: false };
    }
    if (segment === null || !isPackUsable) return undefined;
    const { stored, offset } = segment;
    this.changes.blobs.push({
      id: blobId,
      size,
      sha256,
      sha1: null,
      md5: null,
      crc32: crc32 ?? null,
      created_at: now,
      orphaned_at: null,
    });
    this.changes.segments.push({ blob_id: blobId, position: 0, stored, offset, length: size });
    blobs.set(sha256, blobId);
    return { blobId, usedNewBytes: true };
  }

  #place(row: FileRow, replaced: FileRow | undefined): void {
    const { files, replacedFiles, releasedBlobs } = this.changes;
    if (replaced !== undefined) {
      row.version = replaced.version + 1;
      row.created_at = replaced.created_at;
      releasedBlobs.add(replaced.blob_id);
      if (!files.has(row.id)) replacedFiles.add(row.id);
    }
    files.set(row.id, row);
    this.#basis.files.set(slotOf(row.owner_id, row.name_key), row);
  }

  /** Remembers the number it gave last, so that a batch of equal names does not search from 2 each time. */
  async #freeName({ ownerId, name }: SmallFile): Promise<string> {
    const slot = slotOf(ownerId, nameKey(name));
    const isTaken = (key: string) =>
      this.#basis.files.has(slotOf(ownerId, key))
        ? Promise.resolve(true)
        : this.#basis.isNameTaken({ ownerId, key });
    const free = await findFreeName(name, {
      from: (this.#lastNumbers.get(slot) ?? 1) + 1,
      isTaken,
    });
    this.#lastNumbers.set(slot, free.number);
    return free.name;
  }
}

/** Names are an account's own. Ids have no space in them. */
export function slotOf(ownerId: string, key: string): string {
  return `${ownerId} ${key}`;
}

function fileRow(
  file: SmallFile,
  { name, blobId, now }: { name: string; blobId: string; now: number },
): FileRow {
  return {
    id: file.fileId,
    owner_id: file.ownerId,
    name,
    name_key: nameKey(name),
    media_type: file.mediaType,
    size: file.size,
    blob_id: blobId,
    version: 1,
    created_at: now,
    modified_at: now,
  };
}
