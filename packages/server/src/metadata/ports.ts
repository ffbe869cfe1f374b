/** The core's ports over any database that can read through Kysely and run a write command in a transaction. */
import type { AccountStore } from "../core/accounts/account-store.ts";
import type { PeopleStore } from "../core/accounts/people-store.ts";
import type { BlobIndex } from "../core/blobs/blob-index.ts";
import type { EventLog } from "../core/events/event-log.ts";
import type { FileStore } from "../core/drive/file-store.ts";
import type { NameSearch, NodeStore } from "../core/drive/node-store.ts";
import type { FetchStore } from "../core/fetches/fetch-store.ts";
import type { JobQueue } from "../core/jobs/job-queue.ts";
import type { DerivedStore } from "../core/previews/derived-store.ts";
import type { ShareStore } from "../core/sharing/share-store.ts";
import type { UploadStore } from "../core/uploads/upload-store.ts";
import { createShareStore } from "./ports/sharing.ts";
import { createDerivedStore } from "./ports/derived.ts";
import { createFetchStore } from "./ports/fetches.ts";
import type { TaskStore } from "../core/dialects/task-store.ts";
import { createTaskStore } from "./ports/dialects.ts";
import type { InstantStore } from "../core/uploads/instant-store.ts";
import type { Backend } from "./ports/backend.ts";
import { createPeopleStore } from "./ports/people.ts";
import { createArchiveIndex, createArchiveTree, createSelectionStore } from "./ports/archive.ts";
import type { ArchiveIndex } from "../core/archive/archive-index.ts";
import type { ArchiveTree } from "../core/archive/archive-tree.ts";
import type { SelectionStore } from "../core/archive/selection-store.ts";
import { createNameSearch, createNodeStore } from "./ports/drive.ts";
import { createEventLog } from "./ports/events.ts";
import { createInstantStore } from "./ports/instant.ts";
import * as accounts from "./stores/account-reads.ts";
import * as blobs from "./stores/blob-reads.ts";
import * as files from "./stores/file-reads.ts";
import { findOwnFile } from "./stores/own-content.ts";
import * as jobs from "./stores/job-reads.ts";
import { findAnnexes, findStrayAnnexes } from "./stores/upload-annex.ts";
import { listUploads } from "./stores/upload-list.ts";
import * as uploads from "./stores/upload-reads.ts";

export interface Ports {
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
  readonly tasks: TaskStore;
  readonly instant: InstantStore;
  readonly events: EventLog;
  readonly archive: ArchiveIndex;
  readonly archiveTree: ArchiveTree;
  readonly selections: SelectionStore;
  readonly shares: ShareStore;
}

export function createPorts(backend: Backend): Ports {
  return {
    uploads: createUploadStore(backend),
    blobs: createBlobIndex(backend),
    files: createFileStore(backend),
    nodes: createNodeStore(backend),
    search: createNameSearch(backend),
    accounts: createAccountStore(backend),
    people: createPeopleStore(backend),
    jobs: createJobQueue(backend),
    fetches: createFetchStore(backend),
    derived: createDerivedStore(backend),
    tasks: createTaskStore(backend),
    instant: createInstantStore(backend),
    events: createEventLog(backend),
    archive: createArchiveIndex(backend),
    archiveTree: createArchiveTree(backend),
    selections: createSelectionStore(backend),
    shares: createShareStore(backend),
  };
}

function createUploadStore({ reader, write }: Backend): UploadStore {
  return {
    create: (input) => write("createUpload", input),
    find: (id) => uploads.findUpload(reader, id),
    list: (input) => listUploads(reader, input),
    annexes: (ids) => findAnnexes(reader, ids),
    strayAnnexes: (input) => findStrayAnnexes(reader, input),
    forgetEnded: (input) => write("forgetEndedUploads", input),
    ranges: (id) => uploads.findRanges(reader, id),
    recordRanges: (input) => write("recordRanges", input),
    dropRanges: (input) => write("dropRanges", input),
    dropRange: (input) => write("dropRange", input),
    takeOver: (input) => write("takeOver", input),
    transition: (input) => write("transitionUpload", input),
    publish: (input) => write("publishUpload", input),
    join: (input) => write("joinUploads", input),
    unsettled: () => uploads.findUnsettled(reader),
    requestBound: (input) => uploads.findRequestBound(reader, input),
    openExtents: (input) => uploads.findOpenExtents(reader, input),
    expired: (input) => uploads.findExpired(reader, input),
    purgeEnded: (input) => write("purgeEnded", input),
  };
}

function createBlobIndex({ reader, write }: Backend): BlobIndex {
  return {
    find: (id) => blobs.findBlob(reader, id),
    findBySha256: (hashes) => blobs.findBlobsBySha256(reader, hashes),
    manifest: (blobId) => blobs.findManifest(reader, blobId),
    publishSmall: (input) => write("publishSmallFiles", input),
    page: (input) => blobs.pageBlobs(reader, input),
    count: () => blobs.countBlobs(reader),
    identify: (input) => write("identifyBlob", input),
    addDigests: (input) => write("addDigests", input),
    replaceManifest: (input) => write("replaceManifest", input),
    fragmented: (input) => blobs.findFragmentedBlobs(reader, input),
    sparsePacks: (input) => blobs.findSparsePacks(reader, input),
    collect: (input) => write("collectBlobs", input),
    tombstones: (input) => blobs.findTombstones(reader, input),
    forget: (input) => write("forgetStored", input),
    known: (stored) => blobs.findKnownStored(reader, stored),
  };
}

function createFileStore({ reader, write }: Backend): FileStore {
  return {
    find: (id) => files.findFile(reader, id),
    findMany: (ids) => files.findFiles(reader, ids),
    list: (input) => files.listFiles(reader, input),
    findByDigests: (input) => findOwnFile(reader, input),
    assertNameFree: (input) => files.assertNameFree(reader, input),
    remove: (input) => write("removeFile", input),
  };
}

function createAccountStore({ reader, write }: Backend): AccountStore {
  return {
    find: (id) => accounts.findAccount(reader, id),
    ensureOwner: (input) => write("ensureOwner", input),
    replaceToken: (input) => write("replaceToken", input),
    findByTokenHash: (hash) => accounts.findAccountByTokenHash(reader, hash),
    findByTokenId: (id) => accounts.findAccountByTokenId(reader, id),
  };
}

function createJobQueue({ reader, write }: Backend): JobQueue {
  return {
    enqueue: (input) => write("enqueueJob", input),
    claim: (input) => write("claimJob", input),
    heartbeat: (input) => write("heartbeatJob", input),
    reclaim: (input) => write("reclaimJobs", input),
    finish: (input) => write("finishJob", input),
    fail: (input) => write("failJob", input),
    counts: () => jobs.countJobs(reader),
  };
}
