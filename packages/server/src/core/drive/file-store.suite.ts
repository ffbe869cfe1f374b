import { systemActor } from "../events.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { newId } from "../ids.ts";
import { NOW, newOwner, newUpload, putFile } from "../uploads/testing/stores.ts";
import type { OpenStores, Stores } from "../uploads/testing/stores.ts";

/** What every adapter of `FileStore` must do. How files come to be is in the suites of uploads and blobs. */
export function describeFileStore(name: string, open: OpenStores): void {
  describe(`${name} as a file store`, () => {
    let stores: Stores;
    let owner: string;

    beforeEach(async () => {
      stores = await open();
      owner = await newOwner(stores);
    });
    afterEach(() => stores.close());

    const put = (file: string, content = file) =>
      putFile(stores, { content, upload: newUpload(owner, { name: file, size: 10 }) });
    const names = async (query: { prefix?: string; name?: string; cursor?: string }) =>
      (await stores.files.list({ ownerId: owner, limit: 100, ...query })).items.map(
        (file) => file.name,
      );

    it("lists by name, letter case apart, only the owner's", async () => {
      for (const file of ["b", "C", "a", "\u{1f600}", "\u00e9", "\uff5e"]) await put(file);
      await putFile(stores, {
        content: "x",
        upload: newUpload(await newOwner(stores), { name: "aa" }),
      });
      expect(await names({})).toEqual(["a", "b", "C", "\u00e9", "\uff5e", "\u{1f600}"]);
    });

    it("finds a live file by any digest of its content, the newest or the one named, of its owner only", async () => {
      const [first, second] = [await put("one", "same"), await put("two", "same")];
      const { digests } = (await stores.files.find(first.fileId!))!;
      await stores.blobs.addDigests({ blobId: first.blobId!, digests: { sha1: "5".repeat(40) } });
      const find = async (input: object, ownerId = owner) =>
        (await stores.files.findByDigests({ ownerId, digests, ...input }))?.name;
      expect(await find({})).toBe("two");
      expect(await find({ name: "one" })).toBe("one");
      expect(await find({ name: "three" })).toBeUndefined();
      expect(await find({ digests: { sha1: "5".repeat(40) } })).toBe("two");
      expect(await find({ digests: {} })).toBeUndefined();
      expect(await find({}, await newOwner(stores))).toBeUndefined();
      const trash = { ids: [second.fileId!], ownerId: owner, actor: systemActor, now: NOW };
      await stores.nodes.trashNodes(trash);
      expect(await find({})).toBe("one");
    });

    it("lists in pages that inserts and deletes do not shift", async () => {
      const files = [];
      for (const file of ["a", "b", "c", "d", "e"]) files.push(await put(file));
      const first = await stores.files.list({ ownerId: owner, limit: 2 });
      await stores.files.remove({
        actor: systemActor,
        id: files[0]!.fileId!,
        ownerId: owner,
        now: NOW,
      });
      await stores.files.remove({
        actor: systemActor,
        id: files[1]!.fileId!,
        ownerId: owner,
        now: NOW,
      });
      await put("aa");
      await put("bb");
      const second = await stores.files.list({
        ownerId: owner,
        limit: 3,
        cursor: first.nextCursor!,
      });
      expect(second.items.map((file) => file.name)).toEqual(["bb", "c", "d"]);
      const third = await stores.files.list({
        ownerId: owner,
        limit: 3,
        cursor: second.nextCursor!,
      });
      expect(third.items.map((file) => file.name)).toEqual(["e"]);
      expect(third.nextCursor).toBeNull();
      await expect(names({ cursor: "WzFd" })).rejects.toMatchObject({ code: "invalid-request" });
    });

    it("filters by prefix", async () => {
      for (const file of ["ab", "Abc", "ac", "b", "ab\u{10ffff}", "a%", "a_b"]) await put(file);
      expect(await names({ prefix: "aB" })).toEqual(["ab", "Abc", "ab\u{10ffff}"]);
      expect(await names({ prefix: "a%" })).toEqual(["a%"]);
      expect(await names({ prefix: "\u{10ffff}" })).toEqual([]);
      expect(await names({ prefix: "" })).toHaveLength(7);
    });

    it("finds one by its exact name", async () => {
      await put("Report.pdf");
      expect(await names({ name: "Report.pdf" })).toEqual(["Report.pdf"]);
      expect(await names({ name: "report.pdf" })).toEqual([]);
      expect(await names({ name: "Report" })).toEqual([]);
    });

    it("finds many by id, and leaves out what is not there", async () => {
      const [a, b] = [await put("a"), await put("b")];
      const found = await stores.files.findMany([a.fileId!, newId(), b.fileId!, a.fileId!]);
      expect(found).toEqual(
        new Map([
          [a.fileId, await stores.files.find(a.fileId!)],
          [b.fileId, await stores.files.find(b.fileId!)],
        ]),
      );
      expect(await stores.files.findMany([])).toEqual(new Map());
    });

    it("says early that a name is taken", async () => {
      await put("A");
      await expect(
        stores.files.assertNameFree({ parentId: owner, name: "a" }),
      ).rejects.toMatchObject({
        code: "name-taken",
        facts: { name: "a" },
      });
      await stores.files.assertNameFree({ parentId: owner, name: "b" });
      await stores.files.assertNameFree({ parentId: await newOwner(stores), name: "a" });
    });

    it("removes a file once, gives its quota back, and frees the name", async () => {
      const { fileId } = await put("a");
      const remove = (ownerId: string) =>
        stores.files.remove({ actor: systemActor, id: fileId!, ownerId, now: NOW });
      expect(await remove(await newOwner(stores))).toBe(false);
      const results = await Promise.all([remove(owner), remove(owner)]);
      expect(results.toSorted()).toEqual([false, true]);
      expect(await stores.files.find(fileId!)).toBeUndefined();
      expect(await stores.accounts.find(owner)).toMatchObject({ usedBytes: 0 });
      await put("a");
    });

    it("orphans the content with the last file that has it", async () => {
      const [first, second] = [await put("a", "same"), await put("b", "same")];
      const collect = () => stores.blobs.collect({ before: NOW + 1, now: NOW, limit: 9 });
      await stores.files.remove({
        actor: systemActor,
        id: first.fileId!,
        ownerId: owner,
        now: NOW,
      });
      expect(await collect()).toEqual({ blobs: 0 });
      await stores.files.remove({
        actor: systemActor,
        id: second.fileId!,
        ownerId: owner,
        now: NOW,
      });
      expect(await collect()).toEqual({ blobs: 1 });
      expect(await stores.files.find(newId())).toBeUndefined();
    });
  });
}
