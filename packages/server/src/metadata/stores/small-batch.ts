/**
 * A batch of small files, decided in memory entry by entry against what was read once at its start, as if each were a transaction of its own:
 * a later entry sees the names, contents and bytes of the earlier ones. Writing it down is `small-files.ts`.
 */
import type { Insertable } from "kysely";
import type { SmallFile, SmallFileOutcome } from "../../core/blobs/blob-index.ts";
import { fileStored } from "../../core/events/upload-events.ts";
import type { BusinessEvent } from "../../core/events.ts";
import { nameKey } from "../../core/drive/name-key.ts";
import type { NodeVersionsTable } from "../schema/drive.ts";
import type { BlobsTable, SegmentsTable } from "../schema.ts";
import { versionOf } from "./file-writes.ts";
import { fileRow } from "./node-row.ts";
import type { NewFileRow, NewNodeRow } from "./node-row.ts";
import { findFreeName } from "./numbered-name.ts";

/** Where a file goes: a live folder, and whose drive that is in. */
export interface Place {
  readonly parentId: string;
  readonly ownerId: string;
}

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
  /** Nodes under the names that the batch asks for, by `slotOf`. */
  readonly files: Map<string, NewNodeRow>;
  /** Blob ids by SHA-256. */
  readonly blobs: Map<string, string>;
  readonly accounts: Map<string, AccountBalance>;
  /** False when the pack is going away: bytes in it do not count. */
  readonly isPackUsable: boolean;
  readonly isNameTaken: (name: { parentId: string; key: string }) => Promise<boolean>;
}

/** What a batch writes. */
export interface BatchChanges {
  /** New and replaced files as they end up, by id. */
  readonly files: Map<string, NewFileRow>;
  /** Ids of files that exist and get a newer version. */
  readonly replacedFiles: Set<string>;
  /** What files were before. */
  readonly versions: NodeVersionsTable[];
  readonly blobs: Insertable<BlobsTable>[];
  readonly segments: Insertable<SegmentsTable>[];
  /** Blobs that existed and are referred to anew. */
  readonly reusedBlobs: Set<string>;
}

export class SmallBatch {
  readonly changes: BatchChanges = {
    files: new Map(),
    replacedFiles: new Set(),
    versions: [],
    blobs: [],
    segments: [],
    reusedBlobs: new Set(),
  };
  /** What was published, in order: a file replaced twice was stored twice. */
  readonly events: BusinessEvent[] = [];
  readonly #basis: BatchBasis;
  readonly #lastNumbers = new Map<string, number>();

  constructor(basis: BatchBasis) {
    this.#basis = basis;
  }

  /** Decides one entry: its name first, then quota, then bytes. */
  async add(file: SmallFile, { parentId, ownerId }: Place): Promise<SmallFileOutcome> {
    const { onConflict, size } = file;
    const twin = this.#basis.files.get(slotOf(parentId, nameKey(file.name)));
    if (twin !== undefined && onConflict === "fail") return { kind: "name-taken" };
    const replaced = onConflict === "replace" ? twin : undefined;
    if (replaced !== undefined && !isFile(replaced)) return { kind: "name-taken" };

    const equal = this.#basis.blobs.get(file.sha256);
    if (onConflict === "keep-distinct" && equal !== undefined && twin?.blob_id === equal)
      return { kind: "published", fileId: twin.id, parentId, usedNewBytes: false };

    // The same content again is no newer version, and takes nothing.
    const isSame = replaced !== undefined && equal === replaced.blob_id;
    const delta = isSame ? 0 : size;
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
      twin === undefined || replaced !== undefined
        ? file.name
        : await this.#freeName({ parentId, name: file.name });
    const fileId = replaced === undefined ? file.fileId : replaced.id;
    const { blobId, usedNewBytes } = source;
    const { now } = this.#basis;
    this.#place(fileRow({ ...file, id: fileId, ownerId, parentId, name, blobId, now }), replaced);
    this.events.push(
      fileStored(
        { id: fileId, ownerId, parentId, name, size },
        { actor: file.actor, at: now, replaced: replaced !== undefined },
      ),
    );
    return { kind: "published", fileId, parentId, usedNewBytes };
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

  #place(row: NewFileRow, replaced: NewFileRow | undefined): void {
    const { files, replacedFiles, versions } = this.changes;
    if (replaced !== undefined) {
      const isNewer = replaced.blob_id !== row.blob_id;
      row.version = replaced.version + (isNewer ? 1 : 0);
      row.created_at = replaced.created_at;
      if (isNewer) versions.push(versionOf(replaced, this.#basis.now));
      if (!files.has(row.id)) replacedFiles.add(row.id);
    }
    files.set(row.id, row);
    this.#basis.files.set(slotOf(row.parent_id!, row.name_key), row);
  }

  /** Remembers the number it gave last, so that a batch of equal names does not search from 2 each time. */
  async #freeName({ parentId, name }: { parentId: string; name: string }): Promise<string> {
    const slot = slotOf(parentId, nameKey(name));
    const isTaken = (key: string) =>
      this.#basis.files.has(slotOf(parentId, key))
        ? Promise.resolve(true)
        : this.#basis.isNameTaken({ parentId, key });
    const free = await findFreeName(name, {
      from: (this.#lastNumbers.get(slot) ?? 1) + 1,
      isTaken,
    });
    this.#lastNumbers.set(slot, free.number);
    return free.name;
  }
}

/** Names are a folder's own. Ids have no space in them. */
export function slotOf(parentId: string, key: string): string {
  return `${parentId} ${key}`;
}

function isFile(row: NewNodeRow): row is NewFileRow {
  return row.blob_id !== null;
}
