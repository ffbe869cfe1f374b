import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newId } from "../ids.ts";
import {
  NOW,
  newOwner,
  newUpload,
  putFile,
  sha256Of,
  type Stores,
} from "../uploads/testing/stores.ts";
import { systemActor } from "../events.ts";

export function describeArchiveIndex(name: string, open: () => Promise<Stores>): void {
  describe(`archive index: ${name}`, () => {
    let stores: Stores;
    let owner: string;
    beforeAll(async () => {
      stores = await open();
      owner = await newOwner(stores);
    });
    afterAll(() => stores.close());

    const put = async (content: string): Promise<string> =>
      (await putFile(stores, { content, upload: newUpload(owner, { name: newId() }) })).blobId!;

    it("gives the manifests of many blobs, and leaves out what is not there", async () => {
      const ids = [await put("one"), await put("another")];
      const found = await stores.archive.contents([...ids, newId(), ids[0]!]);
      const expected = new Map<string, unknown>();
      for (const id of ids)
        expected.set(id, { manifest: await stores.blobs.manifest(id), crc32: null });
      expect(found).toEqual(expected);
      expect(await stores.archive.contents([])).toEqual(new Map());
    });

    it("gives the segments of a joined blob in order", async () => {
      const partials = [];
      for (const content of ["p", "q", "r"])
        partials.push(
          await putFile(stores, { content, upload: newUpload(owner, { purpose: "partial" }) }),
        );
      const { blobId } = await stores.uploads.join({
        upload: newUpload(owner, { name: newId() }),
        partialIds: partials.map(({ id }) => id),
        blobId: newId(),
        fileId: newId(),
        now: NOW,
      });
      const { manifest } = (await stores.archive.contents([blobId!])).get(blobId!)!;
      expect(manifest).toHaveLength(3);
      expect(manifest).toEqual(await stores.blobs.manifest(blobId!));
    });

    it("keeps a CRC once it is recorded, the first one, up to the last bit", async () => {
      const [a, b] = [await put("crc a"), await put("crc b")];
      await stores.archive.recordCrcs({
        crcs: [
          { blobId: a, crc32: 0xffffffff },
          { blobId: b, crc32: 0 },
          { blobId: newId(), crc32: 1 },
        ],
      });
      await stores.archive.recordCrcs({ crcs: [{ blobId: a, crc32: 7 }] });
      expect(await stores.archive.crcs([a, b, newId()])).toEqual(
        new Map([
          [a, 0xffffffff],
          [b, 0],
        ]),
      );
      expect((await stores.archive.contents([a])).get(a)?.crc32).toBe(0xffffffff);
    });

    it("lists a folder by name keys, page by page, and finds the same nodes by their ids", async () => {
      const ownerId = await newOwner(stores);
      for (const name of ["b", "C", "a"])
        await putFile(stores, { content: `tree ${name}`, upload: newUpload(ownerId, { name }) });
      await stores.nodes.makeFolders({
        ownerId,
        parentId: ownerId,
        names: ["bb"],
        onConflict: "fail",
        actor: systemActor,
        now: NOW,
      });
      const { archiveTree: tree } = stores;
      const first = await tree.children({ folderId: ownerId, from: null, limit: 3 });
      const rest = await tree.children({ folderId: ownerId, from: first.next, limit: 3 });
      const items = [...first.items, ...rest.items];
      expect(items.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
        "a file",
        "b file",
        "bb folder",
        "C file",
      ]);
      expect(rest.next).toBeNull();
      const found = await tree.find([...items.map(({ id }) => id), newId()]);
      expect([...found.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual(
        items.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
      );
      const [file] = items;
      expect(await stores.nodes.find(file!.id)).toMatchObject({ ...file });
    });

    it("has the same stamp until something is committed", async () => {
      const before = await stores.archiveTree.stamp();
      expect(await stores.archiveTree.stamp()).toBe(before);
      await put("a commit");
      const after = await stores.archiveTree.stamp();
      if (before !== null) expect(after).not.toBe(before);
    });

    it("has the CRC of a small file that came with it", async () => {
      const blobId = newId();
      const stored = newId();
      await stores.blobs.publishSmall({
        files: [
          {
            fileId: newId(),
            blobId,
            ownerId: owner,
            parentId: owner,
            folders: [],
            name: newId(),
            mediaType: null,
            size: 5,
            sha256: sha256Of("small"),
            crc32: 0x89abcdef,
            onConflict: "fail",
            actor: systemActor,
            segment: { stored, offset: 0 },
          },
        ],
        pack: { stored, length: 5 },
        now: NOW,
      });
      expect(await stores.archive.crcs([blobId])).toEqual(new Map([[blobId, 0x89abcdef]]));
    });
  });
}
