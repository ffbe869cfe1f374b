/** The persistence port of blobs: who exists, where the bytes are, what may be deleted. One method, one transaction. */
import type { ConflictPolicy } from "../uploads/upload.ts";
import type { Adder } from "../drive/adder.ts";
import type { Actor } from "../events.ts";
import type { Digests } from "./digest.ts";
import type { Manifest, ManifestSegment, StoredKind } from "./manifest.ts";

export interface Blob {
  readonly id: string;
  readonly size: number;
  /** sha256 is absent only while a joined blob awaits `identify-blob`. */
  readonly digests: Digests;
  readonly createdAt: number;
}

/** One file of a batch: its bytes are at `segment`, or null when equal content was already stored. */
export interface SmallFile {
  readonly fileId: string;
  readonly blobId: string;
  readonly ownerId: string;
  readonly parentId: string;
  /** Folders below that one, made where they are not there. */
  readonly folders: readonly string[];
  /** Who adds it, where the folder is not theirs. */
  readonly adder?: Adder;
  readonly actor: Actor;
  readonly name: string;
  readonly mediaType: string | null;
  readonly size: number;
  readonly sha256: string;
  /** Of the bytes, as ZIP has it; known where they passed through memory whole. */
  readonly crc32?: number;
  readonly onConflict: ConflictPolicy;
  readonly segment: { readonly stored: string; readonly offset: number } | null;
}

export type PlaceRefusal =
  | "node-not-found"
  | "not-a-folder"
  | "node-trashed"
  | "name-taken"
  | "share-right-missing"
  | "shared-link-not-found"
  | "too-deep";

export type SmallFileOutcome =
  | {
      readonly kind: "published";
      readonly fileId: string;
      readonly parentId: string;
      readonly usedNewBytes: boolean;
    }
  /** Its folder cannot take it. */
  | { readonly kind: "refused"; readonly code: PlaceRefusal; readonly facts: object }
  | { readonly kind: "bytes-needed" }
  | { readonly kind: "name-taken" }
  | { readonly kind: "quota-exceeded"; readonly quotaBytes: number; readonly usedBytes: number };

export interface BlobIndex {
  find(id: string): Promise<Blob | undefined>;
  findBySha256(hashes: readonly string[]): Promise<ReadonlyMap<string, Blob>>;
  manifest(blobId: string): Promise<Manifest>;
  /**
   * Publishes a batch in one commit, each entry with its own outcome, in order (two entries of equal content share a blob; two of
   * equal name obey `onConflict`). `pack` is upserted with its new length. Statements are bulk: a batch of 1,000 costs few.
   */
  publishSmall(input: {
    files: SmallFile[];
    pack: { stored: string; length: number } | null;
    now: number;
  }): Promise<SmallFileOutcome[]>;
  /** Blobs in id order, for scrub. */
  page(input: { after: string; limit: number }): Promise<Blob[]>;
  count(): Promise<{ blobs: number; bytes: number }>;
  /**
   * Sets the identity of a joined blob. If a live blob of equal content exists, everything that referenced `blobId` references that one and
   * `blobId` becomes unreferenced.
   */
  identify(input: { blobId: string; digests: Digests; now: number }): Promise<void>;
  /** Adds checksums (md5, sha1) computed on demand. */
  addDigests(input: { blobId: string; digests: Digests }): Promise<void>;
  /** Replaces a manifest by an equal one elsewhere (compaction) if it is still `from`; false when it changed meanwhile. */
  replaceManifest(input: {
    blobId: string;
    from: Manifest;
    to: ManifestSegment[];
    now: number;
  }): Promise<boolean>;
  /** Blobs of more than `segments` segments. */
  fragmented(input: { segments: number; limit: number }): Promise<Blob[]>;
  /** Packs whose live bytes are under `liveRatio` of their length, with the blobs that live in them. */
  sparsePacks(input: {
    liveRatio: number;
    minLength: number;
    limit: number;
  }): Promise<{ stored: string; blobIds: string[] }[]>;

  /**
   * Step one of deletion: blobs unreferenced since before `before` lose row and segments; stored files without
   * segments get a tombstone at `now`. The check and the delete are one transaction, and publishing re-checks in its own, so a racing upload
   * never keeps a blob that is going away.
   */
  collect(input: { before: number; now: number; limit: number }): Promise<{ blobs: number }>;
  /** Step two: stored files with a tombstone older than `before`. */
  tombstones(input: {
    before: number;
    limit: number;
  }): Promise<{ stored: string; kind: StoredKind }[]>;
  /** Step three, after unlink. */
  forget(input: { stored: string[] }): Promise<void>;
  /** Which of these stored names have a row (recovery: the others are orphans). */
  known(stored: string[]): Promise<ReadonlySet<string>>;
}
