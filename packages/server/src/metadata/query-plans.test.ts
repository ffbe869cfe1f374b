import { systemActor } from "../core/events.ts";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { growTree } from "../core/drive/testing/tree.ts";
import { newId } from "../core/ids.ts";
import { newGrant, newLink } from "../core/sharing/testing/shares.ts";
import {
  NOW,
  newOwner,
  newUpload,
  plain,
  putFile,
  sha256Of,
} from "../core/uploads/testing/stores.ts";
import type { Stores } from "../core/uploads/testing/stores.ts";
import { createPorts } from "./ports.ts";
import { openForWriting } from "./sqlite/connection.ts";
import { exercisePeople } from "./testing/exercise-people.ts";
import { runWriteCommand } from "./stores/write-commands.ts";
import type { Write } from "./stores/write-commands.ts";

let folder: string;
let raw: DatabaseSync;
/** The steps of each statement's plan, by its text. */
const plans = new Map<string, string[]>();

/** Calls every method of every port, and asks for the plan of each statement. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sampan-plans-"));
  const connection = await openForWriting({ file: join(folder, "a.db") });
  raw = connection.raw;
  const prepare = raw.prepare.bind(raw);
  raw.prepare = (text: string) => {
    const steps = prepare(`explain query plan ${text}`).all() as { detail: string }[];
    plans.set(
      text,
      steps.map((step) => step.detail),
    );
    return prepare(text);
  };
  const write = ((name, input) => runWriteCommand(connection.db, { name, input })) as Write;
  const stores = {
    ...createPorts({ reader: connection.db, write }),
    close: () => Promise.resolve(),
  };
  await exercise(stores);
  await exercisePeople(stores);
});
afterAll(() => {
  raw.close();
  rmSync(folder, { recursive: true });
});

/** Statistics of the whole, for people and in the background. */
const mayScan = [/^select count\(\*\) as "blobs"/, /^select "state", count\(\*\)/];

describe("query plans", () => {
  it("covers every kind of statement", () => {
    const texts = [...plans.keys()];
    for (const start of ["insert into", "update", "delete from", "select"]) {
      expect(texts.filter((text) => text.startsWith(start)).length).toBeGreaterThan(5);
    }
  });

  it("never reads a whole table or index", () => {
    const scans = [...plans].filter(
      ([text, steps]) => steps.some(isScan) && !mayScan.some((pattern) => pattern.test(text)),
    );
    expect(scans).toEqual([]);
  });

  it("finds what to sweep and list in the order of an index", () => {
    const sorts = [...plans].filter(([, steps]) =>
      steps.some((step) => step.startsWith("USE TEMP B-TREE FOR ORDER BY")),
    );
    expect(sorts).toEqual([]);
  });
});

/** Partial indexes hold the few rows that a query is about; those may be read whole. Constants and subquery results are no tables. */
function isScan(detail: string): boolean {
  if (!detail.startsWith("SCAN")) return false;
  // What a walk through the tree has found so far, and the words of the index of names.
  if (/^SCAN (up|down)$|^SCAN name_grams VIRTUAL TABLE INDEX [0-9]+:(=|.*M)/.test(detail))
    return false;
  return !/VALUES CLAUSE|CONSTANT ROW|USING (COVERING )?INDEX (stored_files_by_packs|segments_by_position)/.test(
    detail,
  );
}

async function exerciseDrive(stores: Stores, owner: string): Promise<void> {
  const { nodes, search } = stores;
  const tree = growTree(stores, owner);
  const [a, b] = [await tree.folder("tree/a"), await tree.folder("tree/b")];
  const file = await tree.file("in a", { parentId: a });
  await tree.file("in a", { parentId: a, content: "other", onConflict: "replace" });
  await nodes.restoreVersion({ ...tree.change, id: file, number: 1 });
  await nodes.versions(file);
  for (const sort of ["name", "modified", "size"] as const)
    for (const order of ["asc", "desc"] as const)
      for (const kind of ["file", "folder"] as const) {
        const value = sort === "name" ? "x" : "1";
        for (const start of [undefined, [0, "x", 1], [1, value, 1]]) {
          if (start?.[0] === 0 && sort === "modified") start[1] = "1";
          const cursor = start && Buffer.from(JSON.stringify(start)).toString("base64url");
          const query = { folderId: a, limit: 2, sort, order, kind };
          await nodes.children(cursor === undefined ? query : { ...query, cursor });
        }
      }
  await nodes.trail(file);
  await nodes.findByNames({ folderId: owner, names: ["tree", "a"] });
  const mark = { accountId: owner, actor: tree.change.actor, now: NOW };
  await nodes.setStar({ ...mark, ids: [file, a], starred: true });
  await nodes.setStar({ ...mark, ids: [a], starred: false });
  for (const tags of [["t", "u"], ["t"]])
    await nodes.change({ ...tree.change, id: file, marks: { accountId: owner, tags } });
  const page = { limit: 1, cursor: "WzEsIjEiXQ" };
  await nodes.starred({ accountId: owner, limit: 9 });
  await nodes.starred({ accountId: owner, ...page });
  await nodes.tagged({ accountId: owner, tag: "t", limit: 9 });
  await nodes.tagged({ accountId: owner, tag: "t", ...page });
  await nodes.tags(owner);
  await nodes.marks({ accountId: owner, ids: [file] });
  await nodes.recent({ ownerId: owner, limit: 9 });
  await nodes.recent({ ownerId: owner, limit: 9, cursor: "WzEsMV0" });
  const twin = await tree.file("in a", { parentId: b });
  await tree.move([file], b, { onConflict: "replace" });
  await tree.move([a], b, { name: "c" });
  await tree.copy([b], owner);
  const scope = { kind: "drive", ownerId: owner } as const;
  await search.find({ scope, text: "in", limit: 9 });
  await search.catchUp({ limit: 999 });
  await search.find({ scope, text: "in a", limit: 9, kind: "file" });
  await search.find({ scope: { ...scope, kind: "folder", folderId: "x" }, text: "in", limit: 9 });
  for (const withOwn of [true, false]) {
    const shared = { kind: "shared", accountId: owner, withOwn, now: NOW } as const;
    await search.find({ scope: shared, text: "in", limit: 9 });
  }
  await tree.move([a], b, { name: "d" });
  await tree.fill(a, 1_000);
  const copy = await tree.copy([b], owner, { onConflict: "keep-both" });
  if (copy.kind === "job") await tree.finish(copy.job.id);
  const second = await tree.copy([b], owner, { onConflict: "keep-both" });
  if (second.kind === "job")
    await nodes.endJob({ id: second.job.id, state: "cancelled", now: NOW });
  if (second.kind === "job") await tree.finish(second.job.id);
  await nodes.jobs({ accountId: owner, limit: 1 });
  await nodes.jobs({ accountId: owner, limit: 1, cursor: "WyJ4Il0" });
  await tree.trash(twin, b);
  await nodes.trash({ ownerId: owner, limit: 1 });
  await nodes.trash({ ownerId: owner, ...page });
  await tree.restore([twin]);
  await tree.trash(twin);
  const emptied = await nodes.emptyTrash(tree.change);
  if (emptied.kind === "job") await tree.finish(emptied.job.id);
  await tree.trash(await tree.folder("late"));
  await nodes.purgeJobs({ before: NOW + 1, limit: 9 });
  await nodes.expireTrash({ before: NOW + 1, now: NOW, limit: 9 });
  await tree.file("v");
  await tree.file("v", { content: "v2", onConflict: "replace" });
  await nodes.expireVersions({ before: NOW + 1, now: NOW, limit: 9 });
}

/** Every combination of filters that makes another statement. */
async function exerciseManagement(stores: Stores, owner: string): Promise<void> {
  const { uploads } = stores;
  const { upload } = await uploads.create({ upload: newUpload(owner), maxOpenUploads: 99 });
  const { id } = upload;
  const annex = newUpload(owner, { purpose: "annex", size: null, annexOf: id });
  const made = await uploads.create({ upload: annex, maxOpenUploads: 99 });
  const ranges = [plain(0, 5)];
  await uploads.recordRanges({ id: made.upload.id, epoch: 1, ranges, now: NOW, expiresAt: NOW });
  await uploads.annexes([id]);
  await uploads.strayAnnexes({ limit: 9 });
  await uploads.requestBound({ limit: 9 });
  for (const ownerId of [owner, null])
    for (const states of [["paused"], ["receiving", "paused", "aborted", "complete"]] as const) {
      const filters = [{}, { from: 1 }, { to: NOW }, { from: 1, to: NOW, name: "x", dialect: "y" }];
      for (const filter of filters)
        for (const start of [{}, { cursor: "WzEsIjEiXQ" }])
          await uploads.list({ ownerId, states, limit: 2, ...filter, ...start });
    }
  for (const ownerId of [owner, null])
    for (const before of [{}, { before: 1 }]) {
      const wanted = { ownerId, states: ["complete", "failed"], ...before } as const;
      await uploads.forgetEnded({ ...wanted, limit: 1, actor: systemActor, now: NOW });
    }
}

async function exerciseShares(stores: Stores): Promise<void> {
  const { shares } = stores;
  const [ownerId, granteeId] = [await newOwner(stores), await newOwner(stores)];
  const link = newLink({ ownerId });
  const by = { actor: systemActor, now: NOW };
  const grant = newGrant({ ownerId, granteeId });
  await shares.create({ share: link, ...by });
  await shares.create({ share: grant, ...by });
  await shares.create({ share: { ...grant, id: newId() }, ...by });
  await shares.findByTokenHash(link.tokenHash);
  for (const page of [{}, { nodeId: link.nodeId }]) {
    const { nextCursor } = await shares.list({ ownerId, limit: 1, ...page });
    if (nextCursor) await shares.list({ ownerId, limit: 1, cursor: nextCursor, ...page });
  }
  const { id, passwordVersion } = link;
  const data = { name: "x", nodeId: link.nodeId };
  await shares.takeDownload({ id, passwordVersion, data, ...by });
  await shares.takeBytes({ id, passwordVersion, bytes: 1, now: NOW });
  await shares.returnBytes({ id, bytes: 1 });
  await shares.recordUpload({ id, data: { name: "x", size: 1 }, ...by });
  await shares.recordVisit({ id, kind: "share.opened", ...by });
  await shares.grantsTo({ accountId: granteeId, now: NOW, limit: 1 });
  await shares.grantsOn({ accountId: granteeId, nodeIds: [grant.nodeId], now: NOW });
  await shares.change({ id, ownerId, changes: { passwordHash: "x", maxDownloads: 1 }, ...by });
  await shares.revoke({ id, ownerId, ...by });
  await shares.openUploads(id);
  await shares.strayUploads(9);
  await shares.releaseUploads(NOW);
  await shares.ownersSharing({ accountId: granteeId, now: NOW });
  await shares.leave({ id: grant.id, granteeId, ...by });
}

async function exercise(stores: Stores): Promise<void> {
  const { uploads, blobs, files, accounts, jobs, events, archive, selections } = stores;
  await exerciseFetches(stores);
  await exerciseShares(stores);
  await exerciseDerived(stores);
  const owner = await newOwner(stores, 1_000_000);
  await accounts.ensureOwner({ id: owner, name: "o", quotaBytes: 2_000_000, now: NOW });
  await accounts.replaceToken({ id: newId(), accountId: owner, hash: sha256Of("t"), now: NOW });
  await accounts.findByTokenHash(sha256Of("t"));
  await accounts.find(owner);

  const { upload } = await uploads.create({
    upload: newUpload(owner, { resumeKey: "k", size: null }),
    maxOpenUploads: 9,
  });
  const base = { id: upload.id, epoch: 1, now: NOW, expiresAt: NOW };
  await uploads.recordRanges({
    ...base,
    ranges: [plain(0, 1), plain(2, 3), { start: 3, end: 4, crc32: 1 }, plain(1, 2)],
  });
  await uploads.recordRanges({
    ...base,
    ranges: [plain(4, 5), plain(6, 7), plain(5, 6)],
    size: 50,
  });
  await uploads.takeOver({ id: upload.id, epoch: 1, now: NOW });
  await uploads.dropRanges({ id: upload.id, keep: [plain(0, 2)], now: NOW });
  await uploads.ranges(upload.id);
  const page = await uploads.list({ ownerId: owner, limit: 1 });
  await uploads.list({ ownerId: owner, limit: 1, cursor: page.nextCursor ?? "WzEsIjEiXQ" });
  await uploads.unsettled();
  await uploads.openExtents({ after: "", limit: 9 });
  await uploads.expired({ now: NOW, limit: 9 });
  await uploads.transition({
    actor: systemActor,
    id: upload.id,
    from: ["receiving"],
    to: "paused",
    now: NOW,
  });
  await uploads.transition({
    actor: systemActor,
    id: upload.id,
    from: ["paused"],
    to: "aborted",
    now: NOW,
    failure: "f",
  });

  const first = await putFile(stores, { content: "1", upload: newUpload(owner, { name: "a" }) });
  await putFile(stores, {
    content: "1",
    upload: newUpload(owner, { name: "a", onConflict: "keep-both" }),
  });
  await putFile(stores, {
    content: "2",
    upload: newUpload(owner, { name: "a", onConflict: "replace" }),
  });
  const partials = [];
  for (const content of ["p", "q"]) {
    partials.push(
      await putFile(stores, { content, upload: newUpload(owner, { purpose: "partial" }) }),
    );
  }
  const joined = await uploads.join({
    upload: newUpload(owner),
    partialIds: partials.map((partial) => partial.id),
    blobId: newId(),
    fileId: newId(),
    now: NOW,
  });
  await blobs.identify({ blobId: joined.blobId!, digests: { sha256: sha256Of("2") }, now: NOW });

  const small = (name: string, content: string) => ({
    fileId: newId(),
    blobId: newId(),
    ownerId: owner,
    parentId: owner,
    folders: [],
    actor: systemActor,
    name,
    mediaType: null,
    size: 1,
    sha256: sha256Of(content),
    onConflict: "replace" as const,
    segment: { stored: "pack", offset: 0 },
  });
  const pack = { stored: "pack", length: 10 };
  await blobs.publishSmall({
    files: [small("s", "1"), small("t", "s2"), small("a", "s3")],
    pack,
    now: NOW,
  });
  await blobs.publishSmall({ files: [small("s", "s4")], pack, now: NOW });
  await blobs.find(first.blobId!);
  await blobs.findBySha256([sha256Of("1")]);
  const from = await blobs.manifest(partials[0]!.blobId!);
  await blobs.page({ after: "", limit: 9 });
  await blobs.count();
  await blobs.addDigests({ blobId: first.blobId!, digests: { md5: "1", sha1: "2" } });
  const to = [{ stored: "compact", kind: "pack" as const, offset: 0, length: 100 }];
  await blobs.replaceManifest({ blobId: partials[0]!.blobId!, from, to, now: NOW });
  await blobs.fragmented({ segments: 1, limit: 9 });
  await blobs.sparsePacks({ liveRatio: 0.9, minLength: 0, limit: 9 });
  await blobs.known(["pack"]);
  await archive.contents([first.blobId!, partials[0]!.blobId!]);
  await archive.crcs([first.blobId!]);
  await stores.archiveTree.find([first.fileId!]);
  await stores.archiveTree.children({ folderId: owner, from: null, limit: 1 });
  await archive.recordCrcs({ crcs: [{ blobId: first.blobId!, crc32: 1 }] });
  const kept = { id: newId(), accountId: owner, ids: [newId()], name: "a.zip", expiresAt: NOW };
  for (const max of [9, 1])
    await selections.keep({ selection: { ...kept, id: newId() }, max, maxIds: 9 });
  await selections.keep({ selection: kept, max: 9, maxIds: 9 });
  await selections.find(kept.id);
  await selections.extend({ id: kept.id, expiresAt: NOW + 1 });
  await selections.purge({ now: NOW + 1, limit: 9 });

  await exerciseInstant(stores, owner);
  await files.find(first.fileId!);
  await files.findMany([first.fileId!]);
  await files.list({ ownerId: owner, limit: 1, prefix: "a", cursor: "WyJhIl0" });
  await files.list({ ownerId: owner, limit: 1, name: "a" });
  await files.assertNameFree({ parentId: owner, name: "free" });
  await files.remove({ actor: systemActor, id: first.fileId!, ownerId: owner, now: NOW });
  await exerciseDrive(stores, owner);
  await uploads.purgeEnded({ before: NOW + 1, limit: 9 });
  await blobs.collect({ before: NOW + 1, now: NOW, limit: 9 });
  const dead = await blobs.tombstones({ before: NOW + 1, limit: 9 });
  await blobs.forget({ stored: dead.map((file) => file.stored) });

  const { tasks } = stores;
  const began = await uploads.create({ upload: newUpload(owner), maxOpenUploads: 99 });
  const { id: uploadId } = began.upload;
  const task = {
    uploadId,
    ownerId: owner,
    dialect: "t",
    key: "k",
    totalChunks: 2,
    chunkSize: null,
  };
  await tasks.put({ task, chunkHashes: ["a", "bb"], now: NOW });
  await tasks.put({ task, chunkHashes: ["a", "cc"], now: NOW });
  await tasks.find(uploadId);
  await tasks.findMany([uploadId]);
  await tasks.findByKey({ ownerId: owner, dialect: "t", key: "k" });
  await tasks.chunkHash({ uploadId, index: 1 });
  await tasks.settleChunkSize({ uploadId, chunkSize: 5 });
  await tasks.markSuspect({ uploadId, isSuspect: false });
  await tasks.rename({ uploadId, name: "renamed", now: NOW });
  await tasks.countOpen({ ownerId: owner, dialect: "t", now: NOW });
  await tasks.countByState(owner);
  for (const digests of [{ sha256: "a" }, { sha1: "b" }, { md5: "c" }])
    await stores.files.findByDigests({ ownerId: owner, digests, name: "n" });
  await uploads.dropRange({ id: uploadId, range: { start: 0, end: 1 }, now: NOW });
  await exerciseManagement(stores, owner);

  await jobs.enqueue({ id: newId(), kind: "k", payload: "", key: "u", runAt: NOW });
  const job = await jobs.claim({ kinds: ["k"], now: NOW, leaseMs: 1 });
  await jobs.reclaim({ now: NOW });
  await jobs.heartbeat({ id: job!.id, attempt: 1, leaseUntil: NOW });
  await jobs.fail({ id: job!.id, attempt: 1, error: "e", retryAt: NOW });
  await jobs.finish({ id: job!.id, attempt: 1 });
  await jobs.counts();

  await events.since({ accountId: owner, after: 0, limit: 9 });
  const accountId = owner;
  for (const filter of [{}, { kind: "k" }, { actorId: "a" }, { accountId }, { subjectId: "s" }])
    await events.audit({ ...filter, limit: 1 });
  const cursor = Buffer.from("[9]").toString("base64url");
  await events.audit({ accountId, subjectId: "s", from: NOW, to: NOW + 1, limit: 1, cursor });
  await events.purge({ before: NOW + 1, limit: 9 });
}

async function exerciseFetches(stores: Stores): Promise<void> {
  const { fetches } = stores;
  const ownerId = await newOwner(stores);
  const context = { limits: { maxOpen: 9, maxAdmitted: 1 }, actor: systemActor, now: NOW };
  const fetch = { id: newId(), ownerId, url: "http://a.test/", name: null, parentId: null };
  const ticket = { id: fetch.id, run: 1, now: NOW };
  await fetches.create({ ...context, fetch });
  await fetches.begin(ticket);
  const answer = { uploadId: newId(), name: "n", validator: null, totalBytes: null };
  await fetches.attach({ ...ticket, ...answer });
  await fetches.postpone({ ...ticket, at: NOW, attempts: 1, failure: null, anew: true });
  await fetches.cancel({ ...context, id: fetch.id });
  await fetches.restart({ ...context, id: fetch.id });
  const failure = { code: "cut" as const, detail: "" };
  const ending = { state: "failed" as const, failure, attempts: 1 };
  await fetches.end({ ...ticket, run: 4, ending, limits: context.limits });
  const page = await fetches.list({ ownerId, limit: 1 });
  await fetches.list({ ownerId, limit: 1, cursor: page.nextCursor ?? "WzEsIjEiXQ" });
  await fetches.remove(fetch.id);
  await fetches.purge({ before: NOW + 1, limit: 9 });
}

async function exerciseDerived(stores: Stores): Promise<void> {
  const { derived, blobs, files } = stores;
  const owner = await newOwner(stores);
  const { blobId, fileId } = await putFile(stores, { content: "d", upload: newUpload(owner) });
  const key = { blobId: blobId!, kind: "text" as const };
  await derived.request({ keys: [key], maxWaiting: 9, now: NOW });
  await derived.refuse({ ...key, reason: "damaged", now: NOW });
  for (const content of ["e", "f"]) {
    await derived.publish({
      ...key,
      derivedId: newId(),
      size: 1,
      sha256: sha256Of(content),
      segment: { stored: "pack-d", offset: 0 },
      pack: { stored: "pack-d", length: 1 },
      now: NOW,
    });
  }
  await files.remove({ id: fileId!, ownerId: owner, actor: systemActor, now: NOW });
  await blobs.collect({ before: NOW + 1, now: NOW, limit: 9 });
}

async function exerciseInstant(stores: Stores, ownerId: string): Promise<void> {
  const { instant, uploads } = stores;
  const { upload } = await uploads.create({ upload: newUpload(ownerId), maxOpenUploads: 9 });
  const nonce = sha256Of("nonce");
  const sha256 = sha256Of("1");
  const times = { now: NOW, expiresAt: NOW + 1 };
  await instant.issue({ nonce, uploadId: upload.id, ownerId, sha256, ranges: [], ...times });
  await instant.take({ uploadId: upload.id, nonce, now: NOW });
  await instant.purge({ before: NOW + 9, limit: 9 });
  for (const digests of [{ sha256 }, { sha1: "2" }, { md5: "1" }])
    await instant.findOwn({ ownerId, digests });
  const file = { fileId: newId(), actor: systemActor, now: NOW };
  const names = { name: "linked", mediaType: null, onConflict: "keep-both" as const };
  await instant.linkOwn({ ownerId, parentId: ownerId, digests: { sha256 }, ...names, ...file });
  const link = { uploadId: upload.id, sha256, size: upload.size!, ownOnly: true };
  await instant.link({ ...link, ...file, fileId: newId() });
  await uploads.transition({
    actor: systemActor,
    id: upload.id,
    from: ["receiving"],
    to: "aborted",
    now: NOW,
  });
}
