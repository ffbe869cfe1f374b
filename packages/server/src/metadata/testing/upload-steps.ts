/** What happens to uploads, the files that come of them, and the blobs below. */
import fc from "fast-check";
import { expect } from "vitest";
import { systemActor } from "../../core/events.ts";
import { newId } from "../../core/ids.ts";
import {
  NOW,
  newUpload,
  plain,
  publicationOf,
  sha256Of,
} from "../../core/uploads/testing/stores.ts";
import { openStates } from "../../core/uploads/upload.ts";
import type { UploadState } from "../../core/uploads/upload.ts";
import { name, nat, onConflict, pick, withUpload } from "./world.ts";
import type { Step } from "./world.ts";

const content = fc.constantFrom("x", "y", "z");
/** Equal content has equal size. */
const sizeOf = (label: string) => 10 + label.charCodeAt(0) - 120;

/** Into folders, of one's own drive or of another's that is shared, or is not. */
export const sharedUploadStep: fc.Arbitrary<Step> = fc.oneof(
  fc
    .record({ owner: nat, folder: nat, name, content, onConflict })
    .map((input): Step => async ({ metadata, owners, uploads, folders }) => {
      const ownerId = pick(owners, input.owner)!;
      const { upload } = await metadata.uploads.create({
        upload: newUpload(ownerId, {
          name: input.name,
          parentId: pick(folders, input.folder) ?? ownerId,
          size: sizeOf(input.content),
          onConflict: input.onConflict,
        }),
        maxOpenUploads: 6,
      });
      uploads.push(upload.id);
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
            target: { parentId: pick(world.folders, input.folder) ?? ownerId },
          });
        }),
  ),
  fc.constant<Step>(async ({ metadata, now }) => {
    await metadata.shares.releaseUploads(now);
  }),
);

export const uploadStep: fc.Arbitrary<Step> = fc.oneof(
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
          withUpload(world, which, async ({ id, state, purpose }) => {
            const isOpen = (openStates as readonly UploadState[]).includes(state);
            // Of what has ended, only a finished partial can be given up still.
            const isPartial = state === "complete" && purpose === "partial";
            if (!isOpen && !(isPartial && to === "aborted")) return;
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
