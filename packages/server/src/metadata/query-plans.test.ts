import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newId } from "../core/ids.ts";
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
  await exercise({
    ...createPorts({ reader: connection.db, write }),
    close: () => Promise.resolve(),
  });
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
  return !/VALUES CLAUSE|CONSTANT ROW|USING (COVERING )?INDEX (stored_files_by_packs|segments_by_position)/.test(
    detail,
  );
}

async function exercise(stores: Stores): Promise<void> {
  const { uploads, blobs, files, accounts, jobs, archive } = stores;
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
  await uploads.transition({ id: upload.id, from: ["receiving"], to: "paused", now: NOW });
  await uploads.transition({
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
  await archive.recordCrcs({ crcs: [{ blobId: first.blobId!, crc32: 1 }] });

  await files.find(first.fileId!);
  await files.findMany([first.fileId!]);
  await files.list({ ownerId: owner, limit: 1, prefix: "a", cursor: "WyJhIl0" });
  await files.list({ ownerId: owner, limit: 1, name: "a" });
  await files.assertNameFree({ parentId: owner, name: "free" });
  await files.remove({ id: first.fileId!, ownerId: owner, now: NOW });
  await uploads.purgeEnded({ before: NOW + 1, limit: 9 });
  await blobs.collect({ before: NOW + 1, now: NOW, limit: 9 });
  const dead = await blobs.tombstones({ before: NOW + 1, limit: 9 });
  await blobs.forget({ stored: dead.map((file) => file.stored) });

  await jobs.enqueue({ id: newId(), kind: "k", payload: "", key: "u", runAt: NOW });
  const job = await jobs.claim({ kinds: ["k"], now: NOW, leaseMs: 1 });
  await jobs.heartbeat({ id: job!.id, attempt: 1, leaseUntil: NOW });
  await jobs.fail({ id: job!.id, attempt: 1, error: "e", retryAt: NOW });
  await jobs.finish({ id: job!.id, attempt: 1 });
  await jobs.counts();
}
