/** Random life of a small drive: whatever happens in whatever order, what must hold between the tables holds after every step. */
import { systemActor } from "../core/events.ts";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { expect, it } from "vitest";
import { isCoreError } from "../core/errors.ts";
import { newId } from "../core/ids.ts";
import { newGrant } from "../core/sharing/testing/shares.ts";
import {
  NOW,
  newOwner,
  newUpload,
  plain,
  publicationOf,
  sha256Of,
} from "../core/uploads/testing/stores.ts";
import { openStates } from "../core/uploads/upload.ts";
import type { Upload, UploadState } from "../core/uploads/upload.ts";
import { openSqlite } from "./sqlite.ts";
import type { Metadata } from "./sqlite.ts";

const laws: Record<string, string> = {
  "a blob's segments add up to its size": `
    select blobs.id from blobs left join segments on blob_id = blobs.id
    group by blobs.id having coalesce(sum(length), -1) <> size`,
  "live bytes are the sum of the segments": `
    select name from stored_files left join segments on stored = name
    group by name having live_bytes <> coalesce(sum(segments.length), 0)`,
  "segments lie inside their stored file": `
    select blob_id from segments join stored_files on name = stored
    where segments.offset + segments.length > stored_files.length`,
  "nothing lies in a file that is going away": `
    select blob_id from segments join stored_files on name = stored where tombstone_at is not null`,
  "a blob is orphaned exactly when nothing refers to it": `
    select id from blobs where (orphaned_at is null) <> (
      exists (select 1 from nodes where blob_id = blobs.id)
      or exists (select 1 from node_versions where blob_id = blobs.id)
      or exists (select 1 from uploads where blob_id = blobs.id and purpose = 'partial')
      or exists (select 1 from derived
        where derived_blob_id = blobs.id and derived.blob_id <> blobs.id))`,
  "what is derived is there, and so is what it is derived from": `
    select kind from derived where blob_id not in (select id from blobs)
    or (derived_blob_id is null) = (failure is null)
    or (derived_blob_id is not null and derived_blob_id not in (select id from blobs))`,
  "an open fetch is in a lane, an ended one in none": `
    select id from fetches where (lane is null) <> (state in ('complete', 'failed', 'cancelled'))
    or (ended_at is null) <> (lane is not null)`,
  "so many of one owner's fetches are admitted, and none waits without need": `
    select owner_id from fetches group by owner_id
    having sum(lane = 'admitted') > 2 or (sum(lane = 'waiting') > 0 and sum(lane = 'admitted') < 2)`,
  "received bytes are the sum of the ranges": `
    select id from uploads left join upload_ranges on upload_id = id
    where state in ('receiving', 'paused', 'completing')
    group by id having received_bytes <> coalesce(sum("end" - start), 0)`,
  "an open upload reserves its size, or what it holds": `
    select id from uploads where ended_at is null and reserved_bytes <> coalesce(size, received_bytes)`,
  "an ended upload has no ranges and no slot": `
    select id from uploads where ended_at is not null
    and (resume_slot is not null or expiry_hour is not null
      or exists (select 1 from upload_ranges where upload_id = id))`,
  "an upload's end is recorded once": `
    select id from uploads where ended_at is not null and 1 <> (
      select count(*) from events where subject_id = uploads.id
      and kind = case state when 'complete' then 'upload.completed' else 'upload.' || state end)`,
  "nothing is shared that is gone": `
    select id from shares where node_id not in (select id from nodes)`,
  "every file that is there was told of": `
    select id from nodes where is_file = 1
    and not exists (select 1 from events where subject_id = nodes.id and kind = 'file.stored')
    and not exists (
      select 1 from events where kind = 'upload.completed' and data ->> 'fileId' = nodes.id)`,
  "a file that was told to be removed is not there": `
    select id from nodes where exists (
      select 1 from events where subject_id = nodes.id and kind = 'file.removed')`,
};

interface World {
  readonly metadata: Metadata;
  readonly owners: readonly string[];
  /** Ids of every upload and file there ever was, and the time: steps pick from them by number. */
  readonly uploads: string[];
  readonly files: string[];
  readonly fetches: string[];
  /** In the drives of the owners, one each to begin with; some may be gone. */
  readonly folders: { readonly id: string; readonly ownerId: string }[];
  readonly shares: string[];
  packs: number;
  now: number;
}

type Step = (world: World) => Promise<unknown>;

const nat = fc.nat(1_000_000);
const name = fc.constantFrom("a.txt", "A.txt", "b", "c");
const content = fc.constantFrom("x", "y", "z");
const onConflict = fc.constantFrom("fail" as const, "keep-both" as const, "replace" as const);
const fetchLimits = { maxOpen: 5, maxAdmitted: 2 };
/** Equal content has equal size. */
const sizeOf = (label: string) => 10 + label.charCodeAt(0) - 120;

const step: fc.Arbitrary<Step> = fc.oneof(
  fc
    .record({ owner: nat, folder: nat, name, content, onConflict })
    .map((input): Step => async ({ metadata, owners, uploads, folders }) => {
      const ownerId = pick(owners, input.owner)!;
      const { upload } = await metadata.uploads.create({
        upload: newUpload(ownerId, {
          name: input.name,
          parentId: pick(folders, input.folder)?.id ?? ownerId,
          size: sizeOf(input.content),
          onConflict: input.onConflict,
        }),
        maxOpenUploads: 6,
      });
      uploads.push(upload.id);
    }),
  fc
    .record({ owner: nat, folder: nat, right: fc.constantFrom("view" as const, "edit" as const) })
    .map((input): Step => async ({ metadata, owners, folders, shares, now }) => {
      const folder = pick(folders, input.folder);
      const granteeId = pick(owners, input.owner)!;
      if (!folder || granteeId === folder.ownerId) return;
      const { id: nodeId, ownerId } = folder;
      const { right } = input;
      const share = newGrant({ ownerId, granteeId, nodeId, right, expiresAt: now + 3 });
      if (!(await metadata.nodes.find(nodeId))) return;
      shares.push((await metadata.shares.create({ share, actor: systemActor, now })).id);
    }),
  nat.map((which): Step => async ({ metadata, shares, now }) => {
    const share = await metadata.shares.find(pick(shares, which) ?? "");
    if (share)
      await metadata.shares.revoke({
        id: share.id,
        ownerId: share.ownerId,
        actor: systemActor,
        now,
      });
  }),
  fc.record({ which: nat, folder: nat }).map(
    (input): Step =>
      (world) =>
        withUpload(world, input.which, async ({ id, ownerId }) => {
          await world.metadata.uploads.transition({
            id,
            from: ["receiving"],
            to: "completing",
            actor: systemActor,
            now: world.now,
            target: { parentId: pick(world.folders, input.folder)?.id ?? ownerId },
          });
        }),
  ),
  nat.map((which): Step => async ({ metadata, folders, now }) => {
    const folder = pick(folders, which);
    // Seldom, or nothing would be left to share.
    if (!folder || which % 5 > 0) return;
    const { id, ownerId } = folder;
    await metadata.nodes.remove({ ids: [id], ownerId, actor: systemActor, now });
    folders.splice(folders.indexOf(folder), 1);
  }),
  fc.constant<Step>(async ({ metadata, now }) => {
    await metadata.shares.releaseUploads(now);
  }),
  fc
    .record({
      owner: nat,
      name,
      content,
      onConflict,
      isPartial: fc.boolean(),
      isSized: fc.boolean(),
    })
    .map((input): Step => async ({ metadata, owners, uploads }) => {
      const { upload } = await metadata.uploads.create({
        upload: newUpload(pick(owners, input.owner)!, {
          name: input.name,
          size: input.isSized ? sizeOf(input.content) : null,
          purpose: input.isPartial ? "partial" : "file",
          onConflict: input.onConflict,
          resumeKey: input.isSized ? "key" : null,
        }),
        maxOpenUploads: 6,
      });
      uploads.push(upload.id);
    }),
  fc
    .record({
      which: nat,
      start: fc.nat(12),
      length: fc.integer({ min: 1, max: 12 }),
      thenComplete: fc.boolean(),
    })
    .map(
      ({ which, start, length, thenComplete }): Step =>
        (world) =>
          withUpload(world, which, ({ id, epoch, size }) =>
            world.metadata.uploads.recordRanges({
              id,
              epoch,
              ranges: [plain(Math.min(start, size ?? start), Math.min(start + length, size ?? 40))],
              thenComplete,
              now: world.now,
              expiresAt: NOW,
            }),
          ),
    ),
  fc.record({ which: nat, content, hasBytes: fc.boolean() }).map(
    (input): Step =>
      (world) =>
        withUpload(world, input.which, async (upload) => {
          const size = sizeOf(input.content);
          const { id, epoch } = upload;
          const ranges = [plain(0, size)];
          const filled = await world.metadata.uploads
            .recordRanges({
              id,
              epoch,
              ranges,
              size,
              thenComplete: true,
              now: world.now,
              expiresAt: NOW,
            })
            .catch(() => upload);
          if (filled.state !== "completing" || filled.size !== size) return;
          const publication = publicationOf(filled, { content: input.content, now: world.now });
          const outcome = await world.metadata.uploads.publish(
            input.hasBytes ? publication : { ...publication, storedName: null },
          );
          if (outcome.kind === "published" && outcome.upload.fileId)
            world.files.push(outcome.upload.fileId);
        }),
  ),
  fc
    .record({
      which: nat,
      to: fc.constantFrom("aborted", "paused", "receiving", "failed", "expired"),
    })
    .map(
      ({ which, to }): Step =>
        (world) =>
          withUpload(world, which, async ({ id, state }) => {
            const isOpen = (openStates as readonly UploadState[]).includes(state);
            if (!isOpen && to !== "aborted") return;
            await world.metadata.uploads.transition({
              actor: systemActor,
              id,
              from: [state],
              to,
              now: world.now,
            });
          }),
    ),
  nat.map(
    (which): Step =>
      (world) =>
        withUpload(world, which, ({ id, epoch }) =>
          world.metadata.uploads.takeOver({ id, epoch, now: world.now }),
        ),
  ),
  nat.map(
    (which): Step =>
      (world) =>
        withUpload(world, which, ({ id }) =>
          world.metadata.uploads.dropRanges({ id, keep: [plain(0, 3)], now: world.now }),
        ),
  ),
  fc
    .record({ owner: nat, parts: fc.array(nat, { minLength: 1, maxLength: 3 }), name, onConflict })
    .map((input): Step => async ({ metadata, owners, uploads, files, now }) => {
      const joined = await metadata.uploads.join({
        upload: newUpload(pick(owners, input.owner)!, {
          name: input.name,
          onConflict: input.onConflict,
        }),
        partialIds: input.parts.flatMap((part) => pick(uploads, part) ?? []),
        blobId: newId(),
        fileId: newId(),
        now,
      });
      uploads.push(joined.id);
      files.push(joined.fileId!);
    }),
  fc.record({ which: nat, content }).map(
    (input): Step =>
      (world) =>
        withUpload(world, input.which, async ({ blobId }) => {
          const blob = blobId === null ? undefined : await world.metadata.blobs.find(blobId);
          if (blob?.size !== sizeOf(input.content)) return;
          const digests = { sha256: sha256Of(input.content) };
          await world.metadata.blobs.identify({ blobId: blob.id, digests, now: world.now });
        }),
  ),
  fc
    .array(fc.record({ owner: nat, name, content, onConflict, hasBytes: fc.boolean() }), {
      maxLength: 6,
    })
    .map((entries): Step => async (world) => {
      const stored = `pack-${world.packs}`;
      const files = entries.map((entry, i) => ({
        fileId: newId(),
        blobId: newId(),
        ownerId: pick(world.owners, entry.owner)!,
        parentId: pick(world.owners, entry.owner)!,
        folders: [],
        actor: systemActor,
        name: entry.name,
        mediaType: null,
        size: sizeOf(entry.content),
        sha256: sha256Of(entry.content),
        onConflict: entry.onConflict,
        segment: entry.hasBytes ? { stored, offset: i * 12 } : null,
      }));
      const pack = { stored, length: 12 * entries.length };
      const outcomes = await world.metadata.blobs.publishSmall({ files, pack, now: world.now });
      for (const outcome of outcomes)
        if (outcome.kind === "published") world.files.push(outcome.fileId);
    }),
  fc.record({ which: nat, content, ownOnly: fc.boolean() }).map(
    (input): Step =>
      (world) =>
        withUpload(world, input.which, async ({ id }) => {
          const outcome = await world.metadata.instant.link({
            uploadId: id,
            sha256: sha256Of(input.content),
            size: sizeOf(input.content),
            ownOnly: input.ownOnly,
            actor: systemActor,
            fileId: newId(),
            now: world.now,
          });
          if (outcome.kind === "linked" && outcome.upload.fileId)
            world.files.push(outcome.upload.fileId);
        }),
  ),
  fc
    .record({ owner: nat, name, content, onConflict })
    .map((input): Step => async ({ metadata, owners, files, now }) => {
      const file = await metadata.instant.linkOwn({
        ownerId: pick(owners, input.owner)!,
        parentId: pick(owners, input.owner)!,
        digests: { sha256: sha256Of(input.content) },
        name: input.name,
        mediaType: null,
        actor: systemActor,
        onConflict: input.onConflict,
        fileId: newId(),
        now,
      });
      if (file !== undefined) files.push(file.id);
    }),
  nat.map((which): Step => async ({ metadata, files, now }) => {
    const file = await metadata.files.find(pick(files, which) ?? "");
    if (file !== undefined)
      await metadata.files.remove({ actor: systemActor, id: file.id, ownerId: file.ownerId, now });
  }),
  nat.map((which): Step => async ({ metadata, files, now }) => {
    const file = await metadata.files.find(pick(files, which) ?? "");
    if (file === undefined) return;
    const { blobId, size } = file;
    const from = await metadata.blobs.manifest(blobId);
    const to = [{ stored: newId(), kind: "blob" as const, offset: 0, length: size }];
    expect(await metadata.blobs.replaceManifest({ blobId, from, to, now })).toBe(true);
  }),
  fc
    .record({ which: nat, content, hasBytes: fc.boolean(), isRefused: fc.boolean() })
    .map((input): Step => async ({ metadata, files, packs, now }) => {
      const file = await metadata.files.find(pick(files, input.which) ?? "");
      if (file === undefined) return;
      const key = { blobId: file.blobId, kind: "image-256" as const };
      await metadata.derived.request({ keys: [key], maxWaiting: 3, now });
      if (input.isRefused) return metadata.derived.refuse({ ...key, reason: "damaged", now });
      const stored = `pack-${packs}`;
      const size = sizeOf(input.content);
      return metadata.derived.publish({
        ...key,
        derivedId: newId(),
        size,
        sha256: sha256Of(input.content),
        segment: input.hasBytes ? { stored, offset: 0 } : null,
        pack: input.hasBytes ? { stored, length: size } : null,
        now,
      });
    }),
  fc.record({ owner: nat }).map(({ owner }): Step => async ({ metadata, owners, fetches, now }) => {
    const ownerId = pick(owners, owner)!;
    const fetch = { id: newId(), ownerId, url: "http://a.test/", name: null, parentId: null };
    await metadata.fetches.create({ fetch, limits: fetchLimits, actor: systemActor, now });
    fetches.push(fetch.id);
  }),
  fc
    .record({ which: nat, how: fc.constantFrom("begin", "postpone", "end", "cancel", "restart") })
    .map(({ which, how }): Step => async ({ metadata, fetches, now }) => {
      const store = metadata.fetches;
      const fetch = await store.find(pick(fetches, which) ?? "");
      if (fetch === undefined) return;
      const ticket = { id: fetch.id, run: fetch.run, now };
      const given = { id: fetch.id, limits: fetchLimits, actor: systemActor, now };
      const failure = { code: "cut" as const, detail: "" };
      const ending = { state: "failed" as const, failure, attempts: 1 };
      if (how === "begin") await store.begin(ticket);
      if (how === "postpone")
        await store.postpone({ ...ticket, at: now, attempts: 1, failure, anew: true });
      if (how === "end") await store.end({ ...ticket, ending, limits: fetchLimits });
      if (how === "cancel") await store.cancel(given);
      if (how === "restart") await store.restart(given);
    }),
  fc.constant<Step>(async (world) => {
    const { blobs, uploads } = world.metadata;
    world.packs++;
    world.now++;
    await uploads.purgeEnded({ before: world.now - 2, limit: 3 });
    await blobs.collect({ before: world.now - 1, now: world.now, limit: 3 });
    const dead = await blobs.tombstones({ before: world.now, limit: 3 });
    await blobs.forget({ stored: dead.map((file) => file.stored) });
  }),
);

it("keeps its laws through any sequence of calls", { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), async (steps) => {
      const folder = await mkdtemp(join(tmpdir(), "sampan-laws-"));
      const file = join(folder, "a.db");
      const onFatal = (error: Error) => {
        throw error;
      };
      const metadata = await openSqlite({ file, writer: "inline", onFatal });
      const observer = new DatabaseSync(file, { readOnly: true });
      try {
        const owners = [await newOwner(metadata, 100), await newOwner(metadata, 60)];
        const folders = await Promise.all(
          owners.map(async (ownerId) => {
            const change = { ownerId, actor: systemActor, now: NOW };
            const made = { parentId: ownerId, names: ["shared"], onConflict: "fail" as const };
            const { id } = await metadata.nodes.makeFolders({ ...change, ...made });
            return { id, ownerId };
          }),
        );
        const world: World = {
          metadata,
          owners,
          uploads: [],
          files: [],
          fetches: [],
          folders,
          shares: [],
          packs: 0,
          now: NOW,
        };
        for (const run of steps) {
          // A refusal is an answer like any other; it must leave the laws intact too.
          await run(world).catch(rethrowFaults);
          expect([...brokenLaws(observer), ...(await metadata.quickCheck())]).toEqual([]);
        }
      } finally {
        observer.close();
        await metadata.close();
        await rm(folder, { recursive: true });
      }
    }),
    { numRuns: 12 },
  );
});

function brokenLaws(observer: DatabaseSync): string[] {
  return Object.keys(laws).filter((law) => observer.prepare(laws[law]!).all().length > 0);
}

async function withUpload(
  { metadata, uploads }: World,
  which: number,
  act: (upload: Upload) => Promise<unknown>,
) {
  const upload = await metadata.uploads.find(pick(uploads, which) ?? "");
  return upload && (await act(upload));
}

function pick<T>(items: readonly T[], number: number): T | undefined {
  return items[number % items.length];
}

function rethrowFaults(error: unknown): void {
  if (!isCoreError(error)) throw error;
}
