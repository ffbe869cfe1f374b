/** What the suites of the persistence ports share: the stores together, because transactions touch several, and short ways to fill them. */
import { afterEach, beforeEach } from "vitest";
import type { SelectionStore } from "../../archive/selection-store.ts";
import type { ArchiveIndex } from "../../archive/archive-index.ts";
import type { ArchiveTree } from "../../archive/archive-tree.ts";
import type { AccountStore } from "../../accounts/account-store.ts";
import type { PeopleStore } from "../../accounts/people-store.ts";
import type { BlobIndex } from "../../blobs/blob-index.ts";
import type { FileStore } from "../../drive/file-store.ts";
import type { NameSearch, NodeStore } from "../../drive/node-store.ts";
import type { FetchStore } from "../../fetches/fetch-store.ts";
import type { EventLog } from "../../events/event-log.ts";
import { systemActor } from "../../events.ts";
import { newId } from "../../ids.ts";
import type { DerivedStore } from "../../previews/derived-store.ts";
import type { ShareStore } from "../../sharing/share-store.ts";
import type { JobQueue } from "../../jobs/job-queue.ts";
import type { TaskStore } from "../../dialects/task-store.ts";
import type { InstantStore } from "../instant-store.ts";
import type { NewUpload, Publication, UploadStore } from "../upload-store.ts";
import type { HeldRange, Upload } from "../upload.ts";

export interface Stores {
  readonly uploads: UploadStore;
  readonly blobs: BlobIndex;
  readonly files: FileStore;
  readonly nodes: NodeStore;
  readonly search: NameSearch;
  readonly accounts: AccountStore;
  readonly people: PeopleStore;
  readonly jobs: JobQueue;
  readonly fetches: FetchStore;
  readonly derived: DerivedStore;
  readonly instant: InstantStore;
  readonly events: EventLog;
  readonly tasks: TaskStore;
  readonly archive: ArchiveIndex;
  readonly archiveTree: ArchiveTree;
  readonly selections: SelectionStore;
  readonly shares: ShareStore;
  close(): Promise<void>;
}

/** Opens empty stores. */
export type OpenStores = () => Promise<Stores>;

export const NOW = Date.UTC(2030, 0, 1);
export const HOUR_MS = 3_600_000;

export function newUpload(ownerId: string, changes: Partial<NewUpload> = {}): NewUpload {
  return {
    id: newId(),
    ownerId,
    actor: systemActor,
    dialect: "native",
    purpose: "file",
    parentId: changes.ownerId ?? ownerId,
    name: `${newId()}.bin`,
    mediaType: "application/octet-stream",
    metadata: null,
    size: 100,
    partSize: 10,
    claimed: {},
    onConflict: "fail",
    durability: "strict",
    resumeKey: null,
    annexOf: null,
    autoComplete: false,
    createdAt: NOW,
    expiresAt: NOW + 24 * HOUR_MS,
    ...changes,
  };
}

export async function newOwner(
  { accounts }: Pick<Stores, "accounts">,
  quotaBytes: number | null = null,
): Promise<string> {
  const id = newId();
  await accounts.ensureOwner({ id, name: "owner", quotaBytes, now: NOW });
  return id;
}

export function plain(start: number, end: number): HeldRange {
  return { start, end, crc32: null };
}

/** A digest that stands for content: equal labels, equal content. */
export function sha256Of(label: string): string {
  return Buffer.from(label).toString("hex").padEnd(64, "0").slice(0, 64);
}

/** Creates, fills and completes an upload; it is `completing` then. */
export async function fillUpload({ uploads }: Stores, upload: NewUpload): Promise<Upload> {
  const { upload: created } = await uploads.create({ upload, maxOpenUploads: 1000 });
  const { id, epoch } = created;
  const ranges = [plain(0, upload.size ?? 0)];
  return await uploads.recordRanges({
    id,
    epoch,
    ranges,
    thenComplete: true,
    now: NOW,
    expiresAt: upload.expiresAt,
  });
}

export function publicationOf(
  upload: Upload,
  changes: Partial<Publication> & { content: string },
): Publication {
  const { content, ...others } = changes;
  return {
    uploadId: upload.id,
    epoch: upload.epoch,
    digests: { sha256: sha256Of(content) },
    size: upload.size!,
    blobId: newId(),
    fileId: newId(),
    actor: systemActor,
    now: NOW,
    storedName: newId(),
    ...others,
  };
}

/** A whole upload, published. */
export async function putFile(
  stores: Stores,
  { content, upload }: { content: string; upload: NewUpload },
): Promise<Upload> {
  const completing = await fillUpload(stores, upload);
  const outcome = await stores.uploads.publish(publicationOf(completing, { content }));
  if (outcome.kind !== "published") throw new Error(outcome.kind);
  return outcome.upload;
}

/** A fresh store and an owner with a quota of 1,000 bytes for each test of the enclosing `describe`. */
export function useUploads(open: OpenStores) {
  const world = {} as { stores: Stores; owner: string };
  beforeEach(async () => {
    world.stores = await open();
    world.owner = await newOwner(world.stores, 1000);
  });
  afterEach(() => world.stores.close());
  const create = async (changes: Partial<NewUpload> = {}) =>
    (
      await world.stores.uploads.create({
        upload: newUpload(world.owner, changes),
        maxOpenUploads: 1000,
      })
    ).upload;
  const record = (
    upload: Upload,
    ranges: HeldRange[],
    more: { size?: number; thenComplete?: boolean } = {},
  ) =>
    world.stores.uploads.recordRanges({
      id: upload.id,
      epoch: upload.epoch,
      ranges,
      now: NOW + 1,
      expiresAt: upload.expiresAt,
      ...more,
    });
  const held = () =>
    world.stores.accounts
      .find(world.owner)
      .then((account) => [account!.usedBytes, account!.reservedBytes]);

  return { world, create, record, held };
}
