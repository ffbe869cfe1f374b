/**
 * Where every byte of an archive stands, before any is read. A plan is a pure function of the listing: the same folder, unchanged, makes
 * the same archive in another process a year later, which is what makes a download of it resumable.
 */
import { createHash } from "node:crypto";
import { CoreError } from "../errors.ts";
import type { ArchiveEntry, ArchiveSource } from "./archive-entry.ts";
import { createUniquePaths } from "./entry-path.ts";
import {
  centralHeaderLength,
  descriptorLength,
  endLength,
  localHeaderLength,
  type Directory,
} from "./zip-records.ts";

export interface ArchivePlan {
  readonly entries: readonly ArchiveEntry[];
  /** Of each entry's local header; one more, where the last entry ends. */
  readonly offsets: Float64Array;
  /** Of each entry's central header; one more, where the last ends. */
  readonly centralOffsets: Float64Array;
  readonly directory: Directory;
  /** Of the whole archive. */
  readonly size: number;
  /** Strong and quoted: equal exactly when the bytes are. */
  readonly etag: string;
}

/** A plan takes some 300 bytes of memory an entry. */
export const maxArchiveEntries = 250_000;
/** Raised whenever equal listings make other bytes than before. */
const formatVersion = 1;

/** Throws `archive-too-large`. */
export async function planArchive(source: ArchiveSource): Promise<ArchivePlan> {
  const entries: ArchiveEntry[] = [];
  const paths = createUniquePaths();
  const hash = createHash("sha256").update(`sampan zip ${formatVersion}\n`);
  for await (const items of source.pages()) {
    let lines = "";
    for (const item of items) {
      const path = paths.take(item.path, item.kind);
      if (path === undefined) continue;
      if (entries.length === maxArchiveEntries)
        throw new CoreError("archive-too-large", { limitEntries: maxArchiveEntries });
      const entry: ArchiveEntry =
        item.kind === "folder"
          ? { path, size: 0, modifiedAt: item.modifiedAt, blobId: null }
          : { path, size: item.size, modifiedAt: item.modifiedAt, blobId: item.blobId };
      entries.push(entry);
      lines += `${entry.blobId ?? ""} ${entry.size} ${entry.modifiedAt} ${path}\n`;
    }
    hash.update(lines);
  }
  return { ...placeEntries(entries), etag: `"zip-${hash.digest("hex").slice(0, 40)}"` };
}

function placeEntries(entries: readonly ArchiveEntry[]): Omit<ArchivePlan, "etag"> {
  const count = entries.length;
  const offsets = new Float64Array(count + 1);
  const centralOffsets = new Float64Array(count + 1);
  let at = 0;
  for (const [i, entry] of entries.entries()) {
    offsets[i] = at;
    at += localHeaderLength(entry) + entry.size + descriptorLength(entry);
  }
  const offset = at;
  offsets[count] = at;
  for (const [i, entry] of entries.entries()) {
    centralOffsets[i] = at;
    at += centralHeaderLength(entry, offsets[i]!);
  }
  centralOffsets[count] = at;
  const directory = { entries: count, offset, length: at - offset };
  return { entries, offsets, centralOffsets, directory, size: at + endLength(directory) };
}

/** The last of `offsets` that is not past `position`; they grow. */
export function findPlace(offsets: Float64Array, position: number): number {
  let [low, high] = [0, offsets.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (offsets[middle]! <= position) low = middle;
    else high = middle - 1;
  }
  return low;
}
