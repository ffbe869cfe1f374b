import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { newId } from "../ids.ts";
import { NOW, fillUpload, newOwner, newUpload, publicationOf } from "../uploads/testing/stores.ts";
import type { OpenStores, Stores } from "../uploads/testing/stores.ts";
import { maxDepth, maxTags, maxVersions } from "./node.ts";
import { growTree } from "./testing/tree.ts";

/** What every adapter of `NodeStore` must do. */
export function describeNodeStore(name: string, open: OpenStores): void {
  describe(`${name} as a store of nodes`, () => {
    let stores: Stores;
    let owner: string;
    let tree: ReturnType<typeof growTree>;

    beforeEach(async () => {
      stores = await open();
      owner = await newOwner(stores, 100_000);
      tree = growTree(stores, owner);
    });
    afterEach(() => stores.close());
    const refused = (code: string) => expect.objectContaining({ code }) as unknown;

    describe("folders", () => {
      it("have a root that is there without having been made", async () => {
        expect(await stores.nodes.find(owner)).toMatchObject({ kind: "folder", parentId: null });
        expect(await stores.nodes.trail(owner)).toMatchObject({ folders: [], isLive: true });
        expect(await stores.nodes.find(newId())).toBeUndefined();
      });

      it("are made along a path, each once, however many ask at once", async () => {
        const made = await Promise.all(Array.from({ length: 8 }, () => tree.folder("a/b/c")));
        expect(new Set(made).size).toBe(1);
        expect(await tree.names()).toBe("a/ a/b/ a/b/c/");
      });

      it("obey the policy where the last of a path is there already", async () => {
        const first = await tree.folder("a/b");
        const make = (onConflict: "fail" | "keep-both" | "reuse", last = "B") =>
          stores.nodes.makeFolders({
            ...tree.change,
            parentId: owner,
            names: ["A", last],
            onConflict,
          });
        await expect(make("fail")).rejects.toEqual(refused("name-taken"));
        expect((await make("reuse")).id).toBe(first);
        expect((await make("keep-both")).name).toBe("B (2)");
        await tree.file("f", { parentId: await tree.folder("a") });
        await expect(make("reuse", "F")).rejects.toEqual(refused("name-taken"));
      });

      it("are not made below a file, in the trash, elsewhere or too deep", async () => {
        const file = await tree.file("f");
        const trashed = await tree.folder("t/below");
        await tree.trash(await tree.folder("t"));
        await expect(tree.folder("x", file)).rejects.toEqual(refused("not-a-folder"));
        await expect(tree.folder("f/x")).rejects.toEqual(refused("name-taken"));
        await expect(tree.folder("x", trashed)).rejects.toEqual(refused("node-trashed"));
        await expect(tree.folder("x", newId())).rejects.toEqual(refused("node-not-found"));
        const foreign = await newOwner(stores);
        await expect(tree.folder("x", foreign)).rejects.toEqual(refused("node-not-found"));
        const deep = Array.from({ length: maxDepth }, (_, i) => `d${i}`).join("/");
        const deepest = await tree.folder(deep);
        await expect(tree.folder("x", deepest)).rejects.toEqual(refused("too-deep"));
        await expect(tree.folder(`${deep}/x/y`)).rejects.toEqual(refused("too-deep"));
        await tree.file("leaf", { parentId: deepest });
        expect((await stores.nodes.trail(deepest))?.folders).toHaveLength(maxDepth);
      });

      it("are found by their path, each name by its key", async () => {
        const id = await tree.folder("Caf\u00e9/B");
        const find = (...names: string[]) => stores.nodes.findByNames({ folderId: owner, names });
        expect((await find("cafe\u0301", "b"))?.id).toBe(id);
        expect((await find())?.id).toBe(owner);
        expect(await find("caf\u00e9", "c")).toBeUndefined();
      });
    });

    describe("a folder's list", () => {
      it("has folders first, and the order asked for", async () => {
        await tree.file("b", { size: 3 });
        await tree.file("a", { size: 5 });
        await tree.file("c", { size: 4 });
        await tree.folder("z");
        await tree.folder("y");
        const names = async (query: object) =>
          (await stores.nodes.children({ folderId: owner, limit: 9, ...query })).items
            .map((node) => node.name)
            .join("");
        expect(await names({})).toBe("yzabc");
        expect(await names({ order: "desc" })).toBe("zycba");
        expect(await names({ sort: "size" })).toBe("yzbca");
        expect(await names({ sort: "size", order: "desc" })).toBe("zyacb");
        expect(await names({ sort: "modified" })).toBe("zybac");
        expect(await names({ sort: "modified", order: "desc" })).toBe("yzcab");
        expect(await names({ kind: "file" })).toBe("abc");
        expect(await names({ kind: "folder" })).toBe("yz");
      });

      it.each(["name", "modified", "size"] as const)(
        "comes in pages by %s that changes do not shift",
        async (sort) => {
          for (const folder of ["p", "q", "r"]) await tree.folder(folder);
          const ids: string[] = [];
          for (const [i, file] of ["a", "b", "c", "d", "e"].entries())
            ids.push(await tree.file(file, { size: i }));
          for (const order of ["asc", "desc"] as const) {
            const whole = await stores.nodes.children({ folderId: owner, sort, order, limit: 99 });
            for (const limit of [1, 2, 3, 8]) {
              const seen: string[] = [];
              let cursor: string | undefined;
              do {
                const page = await stores.nodes.children({
                  folderId: owner,
                  sort,
                  order,
                  limit,
                  ...(cursor === undefined ? {} : { cursor }),
                });
                expect(page.items.length).toBeLessThanOrEqual(limit);
                seen.push(...page.items.map((node) => node.name));
                cursor = page.nextCursor ?? undefined;
              } while (cursor !== undefined);
              expect(seen).toEqual(whole.items.map((node) => node.name));
            }
          }
          const first = await stores.nodes.children({ folderId: owner, sort, limit: 5 });
          await tree.remove(ids[0]!);
          await tree.folder("aa");
          const rest = await stores.nodes.children({
            folderId: owner,
            sort,
            limit: 9,
            cursor: first.nextCursor!,
          });
          expect(rest.items.map((node) => node.name)).toEqual(["c", "d", "e"]);
          await expect(
            stores.nodes.children({ folderId: owner, limit: 1, cursor: "WzFd" }),
          ).rejects.toEqual(refused("invalid-request"));
        },
      );
    });

    describe("move", () => {
      it("takes folders with all that is in them, and renames", async () => {
        const [a, b] = [await tree.folder("a"), await tree.folder("b")];
        const file = await tree.file("f", { parentId: a });
        await tree.move([a], b, { name: "c" });
        expect(await tree.names()).toBe("b/ b/c/ b/c/f");
        expect((await stores.nodes.trail(file))?.folders.map((folder) => folder.name)).toEqual([
          "",
          "b",
          "c",
        ]);
        await tree.move([a], b, { name: "C" });
        expect(await tree.names()).toBe("b/ b/C/ b/C/f");
      });

      it("refuses a folder into itself or below, also when both moves cross", async () => {
        const [a, b] = [await tree.folder("a"), await tree.folder("b")];
        const inner = await tree.folder("a/x/y");
        await expect(tree.move([a], a)).rejects.toEqual(refused("folder-into-itself"));
        await expect(tree.move([a], inner)).rejects.toEqual(refused("folder-into-itself"));
        const crossing = await Promise.allSettled([tree.move([a], b), tree.move([b], a)]);
        expect(crossing.map((one) => one.status).toSorted()).toEqual(["fulfilled", "rejected"]);
      });

      it("refuses what would nest too deep", async () => {
        const deepest = await tree.folder(
          Array.from({ length: maxDepth - 2 }, (_, i) => `d${i}`).join("/"),
        );
        const [two, three] = [await tree.folder("two/x"), await tree.folder("three/x/y")];
        expect([two, three]).toHaveLength(2);
        await tree.move([await tree.folder("two")], deepest);
        await expect(tree.move([await tree.folder("three")], deepest)).rejects.toEqual(
          refused("too-deep"),
        );
      });

      it("obeys the policy: fails whole, keeps both, or adds the versions of one file to the other", async () => {
        const b = await tree.folder("b");
        const twin = await tree.file("f", { parentId: b, content: "1", size: 1 });
        await tree.file("f", { parentId: b, content: "2", size: 2, onConflict: "replace" });
        const other = await tree.file("other");
        const moved = await tree.file("F", { content: "3", size: 4 });
        await tree.file("F", { content: "4", size: 8, onConflict: "replace" });
        await expect(tree.move([other, moved], b)).rejects.toEqual(refused("name-taken"));
        expect(await tree.names()).toBe("b/ b/f F other");
        expect(await tree.move([moved], b, { onConflict: "replace" })).toEqual([twin]);
        expect(await tree.names()).toBe("b/ b/F other");
        const versions = await stores.nodes.versions(twin);
        expect(versions.map(({ number, size }) => [number, size])).toEqual([
          [4, 8],
          [3, 4],
          [2, 2],
          [1, 1],
        ]);
        expect(await tree.used()).toBe(25);
        expect(await stores.nodes.find(moved)).toBeUndefined();
        const folder = await tree.folder("F");
        await expect(tree.move([folder], b, { onConflict: "replace" })).rejects.toEqual(
          refused("name-taken"),
        );
        await tree.move([folder], b, { onConflict: "keep-both" });
        expect(await tree.names()).toBe("b/ b/F (2)/ b/F other");
      });

      it("joins the star and tags of both files, as many tags as one may have", async () => {
        const { nodes } = stores;
        const b = await tree.folder("b");
        const twin = await tree.file("f", { parentId: b, content: "1" });
        const moved = await tree.file("f", { content: "2" });
        const mark = (id: string, marks: { starred?: boolean; tags: string[] }) =>
          nodes.change({ ...tree.change, id, marks: { accountId: owner, ...marks } });
        const many = Array.from({ length: maxTags - 2 }, (_, i) => `t${i}`);
        await mark(twin, { tags: ["Work", ...many] });
        await mark(moved, { starred: true, tags: ["work", "home", "more"] });
        await tree.move([moved], b, { onConflict: "replace" });
        const marks = (await nodes.marks({ accountId: owner, ids: [twin] })).get(twin);
        expect(marks).toMatchObject({ starred: true });
        expect(marks?.tags.toSorted()).toEqual(["Work", "home", ...many].toSorted());
      });

      it("happens together with a star and tags, or none of it does", async () => {
        const { nodes } = stores;
        const [b, f] = [await tree.folder("b"), await tree.file("f", { content: "1" })];
        const twin = await tree.file("g", { parentId: b, content: "2" });
        const marks = { accountId: owner, starred: true, tags: ["t"] };
        const place = { parentId: b, name: "g", onConflict: "fail" as const };
        const change = { ...tree.change, id: f, marks };
        await expect(nodes.change({ ...change, place })).rejects.toEqual(refused("name-taken"));
        expect(await nodes.marks({ accountId: owner, ids: [f] })).toEqual(
          new Map([[f, { starred: false, tags: [] }]]),
        );
        // Over the other file: what is said is said of the one that is left.
        expect(await nodes.change({ ...change, place: { ...place, onConflict: "replace" } })).toBe(
          twin,
        );
        expect(await nodes.marks({ accountId: owner, ids: [twin] })).toEqual(
          new Map([[twin, { starred: true, tags: ["t"] }]]),
        );
        await expect(nodes.change(change)).rejects.toEqual(refused("node-not-found"));
        expect(await tree.names()).toBe("b/ b/g");
      });

      it("refuses what is not there, not the owner's or in the trash", async () => {
        const [a, b] = [await tree.folder("a"), await tree.folder("b/c")];
        await expect(tree.move([newId()], a)).rejects.toEqual(refused("node-not-found"));
        await tree.trash(await tree.folder("b"));
        await expect(tree.move([b], a)).rejects.toEqual(refused("node-trashed"));
        await expect(tree.move([a], b)).rejects.toEqual(refused("node-trashed"));
        const other = await newOwner(stores);
        await expect(
          stores.nodes.move({
            ...tree.change,
            ownerId: other,
            ids: [a],
            parentId: other,
            onConflict: "fail",
          }),
        ).rejects.toEqual(refused("node-not-found"));
      });
    });

    describe("copy", () => {
      it("copies by reference what a file is now, and counts it", async () => {
        const file = await tree.file("f", { content: "old", size: 3 });
        await tree.file("f", { content: "new", size: 5, onConflict: "replace" });
        const outcome = await tree.copy([file], owner, { onConflict: "keep-both" });
        expect(await tree.names()).toBe("f f (2)");
        const id = outcome.kind === "done" ? outcome.ids[0]! : "";
        const [original, copy] = [await stores.nodes.find(file), await stores.nodes.find(id)];
        expect(copy).toMatchObject({ size: 5, version: 1 });
        expect(copy).toMatchObject({ blobId: (original as { blobId: string }).blobId });
        expect(await tree.used()).toBe(13);
        await tree.remove(file);
        expect(await stores.blobs.collect({ before: NOW + 1, now: NOW, limit: 9 })).toEqual({
          blobs: 1,
        });
      });

      it("copies a folder whole, under another name where asked", async () => {
        const a = await tree.folder("a/b/c");
        await tree.file("f", { parentId: a });
        await tree.copy([await tree.folder("a")], owner, { name: "z" });
        expect(await tree.names()).toBe("a/ a/b/ a/b/c/ a/b/c/f z/ z/b/ z/b/c/ z/b/c/f");
        expect(await tree.used()).toBe(20);
      });

      it("refuses beyond the quota, into itself, and over a taken name, without a trace", async () => {
        const a = await tree.folder("a");
        await tree.file("f", { parentId: a, size: 60_000 });
        await expect(tree.copy([a], owner, { name: "b" })).rejects.toEqual(
          refused("quota-exceeded"),
        );
        await expect(tree.copy([a], a)).rejects.toEqual(refused("folder-into-itself"));
        await tree.folder("c/A");
        await expect(tree.copy([a], await tree.folder("c"))).rejects.toMatchObject({
          code: expect.stringMatching(/name-taken|quota-exceeded/) as string,
        });
        expect(await tree.names()).toBe("a/ a/f c/ c/A/");
        expect(await tree.used()).toBe(60_000);
      });

      it("of many nodes is a job that shows nothing until it is whole", async () => {
        const a = await tree.folder("a");
        await tree.fill(a, 1_200);
        await tree.fill(await tree.folder("a/sub"), 700);
        const outcome = await tree.copy([a], owner, { name: "b" });
        if (outcome.kind !== "job") throw new Error("not a job");
        const { id } = outcome.job;
        expect(outcome.job).toMatchObject({ state: "waiting", totalNodes: 1_902 });
        expect(await tree.reserved()).toBe(1_900);
        await stores.nodes.advanceJob({ id, now: NOW });
        await stores.nodes.advanceJob({ id, now: NOW });
        expect(await stores.nodes.findJob(id)).toMatchObject({
          state: "running",
          doneNodes: 1_001,
        });
        expect(await stores.nodes.findByNames({ folderId: owner, names: ["b"] })).toBeUndefined();
        expect([await tree.used(), await tree.reserved()]).toEqual([2_900, 900]);
        const done = await tree.finish(id);
        expect(done).toMatchObject({ state: "done", doneNodes: 1_902, failure: null });
        const copy = await stores.nodes.findByNames({ folderId: owner, names: ["b"] });
        expect(done?.resultIds).toEqual([copy?.id]);
        const made = await stores.nodes.children({ folderId: copy!.id, limit: 2_000 });
        expect(made.items).toHaveLength(1_201);
        expect([await tree.used(), await tree.reserved()]).toEqual([3_800, 0]);
      });

      it.each(["cancelled", "its folder gone"])("of many, %s, leaves nothing", async (how) => {
        const [a, b] = [await tree.folder("a"), await tree.folder("b")];
        await tree.fill(a, 1_500);
        const outcome = await tree.copy([a], b);
        if (outcome.kind !== "job") throw new Error("not a job");
        const { id } = outcome.job;
        await stores.nodes.advanceJob({ id, now: NOW });
        if (how === "cancelled") {
          await stores.nodes.endJob({ id, state: "cancelled", now: NOW });
          expect(await stores.nodes.endJob({ id, state: "cancelled", now: NOW })).toBeUndefined();
        } else {
          await tree.trash(b);
          await expect(tree.finish(id)).rejects.toEqual(refused("parent-gone"));
          await stores.nodes.endJob({ id, state: "failed", failure: "parent-gone", now: NOW });
        }
        const purge = (before: number) => stores.nodes.purgeJobs({ before, limit: 9 });
        // What it made is still to be cleared away.
        expect(await purge(NOW + 1e9)).toBe(0);
        await tree.finish(id);
        expect((await stores.nodes.findJob(id))?.state).toBe(how === "cancelled" ? how : "failed");
        expect([await tree.used(), await tree.reserved()]).toEqual([1_500, 0]);
        expect(await tree.names(b)).toBe("");
        expect(await purge(NOW)).toBe(0);
        expect(await purge(NOW + 1e9)).toBe(1);
        expect(await stores.nodes.findJob(id)).toBeUndefined();
      });

      it("of many is refused before it begins when the quota cannot hold it", async () => {
        const a = await tree.folder("a");
        await tree.fill(a, 1_100);
        await tree.file("big", { size: 98_500 });
        await expect(tree.copy([a], owner, { name: "b" })).rejects.toEqual(
          refused("quota-exceeded"),
        );
        expect((await stores.nodes.jobs({ accountId: owner, limit: 9 })).items).toEqual([]);
      });
    });

    describe("the trash", () => {
      const listed = async () =>
        (await stores.nodes.trash({ ownerId: owner, limit: 9 })).items.map(
          (entry) => entry.node.name,
        );

      it("takes a folder as one thing, frees its name, keeps its bytes", async () => {
        const file = await tree.file("f", { parentId: await tree.folder("a/b") });
        await tree.trash(await tree.folder("a"));
        expect(await tree.names()).toBe("");
        expect(await listed()).toEqual(["a"]);
        expect(await stores.files.find(file)).toBeUndefined();
        expect(await stores.nodes.trail(file)).toMatchObject({ isLive: false, trashedAt: NOW });
        expect(await tree.used()).toBe(10);
        expect(await stores.blobs.collect({ before: NOW + 1, now: NOW, limit: 9 })).toEqual({
          blobs: 0,
        });
        await tree.folder("a");
      });

      it("gives back to where it was, or to the root when that is gone", async () => {
        const b = await tree.folder("a/b");
        await tree.trash(b);
        await tree.restore([b]);
        expect(await tree.names()).toBe("a/ a/b/");
        await tree.trash(b);
        await tree.trash(await tree.folder("a"));
        await tree.restore([b]);
        expect(await tree.names()).toBe("b/");
        await expect(tree.restore([b])).rejects.toEqual(refused("node-not-found"));
      });

      it("obeys the policy where the name is taken by now", async () => {
        const a = await tree.folder("a");
        await tree.trash(a);
        await tree.folder("A");
        await expect(tree.restore([a])).rejects.toEqual(refused("name-taken"));
        await tree.restore([a], { onConflict: "keep-both" });
        expect(await tree.names()).toBe("A/ a (2)/");
      });

      it("is emptied: bytes, stars, tags and versions go with it", async () => {
        const a = await tree.folder("a");
        const file = await tree.file("f", { parentId: a });
        await tree.file("f", { parentId: a, content: "2", onConflict: "replace" });
        const { nodes } = stores;
        const mark = { accountId: owner, actor: tree.change.actor, now: NOW };
        await nodes.setStar({ ...mark, ids: [file, a], starred: true });
        await nodes.change({ ...tree.change, id: file, marks: { accountId: owner, tags: ["t"] } });
        await tree.trash(a);
        expect(await nodes.emptyTrash(tree.change)).toMatchObject({ kind: "done" });
        expect([await listed(), await tree.used()]).toEqual([[], 0]);
        expect((await nodes.starred({ accountId: owner, limit: 9 })).items).toEqual([]);
        expect(await nodes.tags(owner)).toEqual([]);
        expect(await stores.blobs.collect({ before: NOW + 1, now: NOW, limit: 9 })).toEqual({
          blobs: 2,
        });
      });

      it("is emptied by a job when it holds much; what is restored meanwhile is saved", async () => {
        const [a, b] = [await tree.folder("a"), await tree.folder("b")];
        await tree.fill(a, 1_400);
        await tree.fill(await tree.folder("a/x"), 5);
        await tree.file("f", { parentId: b });
        await tree.trash(a, b);
        const outcome = await stores.nodes.emptyTrash(tree.change);
        if (outcome.kind !== "job") throw new Error("not a job");
        expect(outcome.job.totalNodes).toBe(1_409);
        await tree.restore([b]);
        expect(await tree.finish(outcome.job.id)).toMatchObject({
          state: "done",
          doneNodes: 1_407,
        });
        expect([await tree.names(), await tree.used()]).toEqual(["b/ b/f", 10]);
      });

      it("loses what has been in it too long", async () => {
        const [old, recent] = [await tree.folder("old"), await tree.folder("recent")];
        await tree.trash(old);
        await stores.nodes.trashNodes({ ...tree.change, now: NOW + 10, ids: [recent] });
        const expire = () => stores.nodes.expireTrash({ before: NOW + 5, now: NOW + 20, limit: 9 });
        expect([await expire(), await expire()]).toEqual([1, 0]);
        expect(await listed()).toEqual(["recent"]);
      });
    });

    describe("remove", () => {
      it("deletes for good, from the drive and from the trash, one and what is in it", async () => {
        const a = await tree.folder("a");
        const file = await tree.file("f", { parentId: a });
        const other = await tree.file("g");
        await tree.trash(other);
        expect(await tree.remove(a, file, other)).toMatchObject({ kind: "done" });
        expect([await tree.names(), await tree.used()]).toEqual(["", 0]);
        await expect(tree.remove(file)).rejects.toEqual(refused("node-not-found"));
      });

      it("of many takes them out at once and deletes them in a job", async () => {
        const a = await tree.folder("a");
        await tree.fill(await tree.folder("a/b/c"), 1_300);
        const outcome = await tree.remove(a, await tree.folder("a/b"));
        if (outcome.kind !== "job") throw new Error("not a job");
        expect(await tree.names()).toBe("");
        await expect(tree.remove(a)).rejects.toEqual(refused("node-not-found"));
        expect(await tree.finish(outcome.job.id)).toMatchObject({ state: "done" });
        expect(await tree.used()).toBe(0);
        expect(await stores.nodes.find(a)).toBeUndefined();
      });
    });

    describe("versions", () => {
      it("keep what a file was, and bring it back without needing room", async () => {
        const id = await tree.file("f", { content: "1", size: 30_000 });
        await tree.file("f", { content: "2", size: 60_000, onConflict: "replace" });
        const restored = await stores.nodes.restoreVersion({ ...tree.change, id, number: 1 });
        expect(restored).toMatchObject({ version: 3, size: 30_000 });
        expect((await stores.nodes.versions(id)).map((one) => one.number)).toEqual([3, 2]);
        expect(await tree.used()).toBe(90_000);
        const gone = { ...tree.change, id, number: 1 };
        await expect(stores.nodes.restoreVersion(gone)).rejects.toEqual(
          refused("version-not-found"),
        );
        await stores.nodes.removeVersion({ ...gone, number: 2 });
        expect(await tree.used()).toBe(30_000);
        await expect(stores.nodes.removeVersion({ ...gone, number: 3 })).rejects.toEqual(
          refused("version-not-found"),
        );
      });

      it("are not made by equal content, and the oldest goes when there are too many", async () => {
        const id = await tree.file("f", { content: "0", size: 1 });
        await tree.file("f", { content: "0", size: 1, onConflict: "replace" });
        expect(await stores.nodes.versions(id)).toHaveLength(1);
        for (let i = 1; i < maxVersions + 5; i++)
          await tree.file("f", { content: `${i}`, size: 1, onConflict: "replace" });
        const versions = await stores.nodes.versions(id);
        expect(versions).toHaveLength(maxVersions + 1);
        expect(versions.at(-1)?.number).toBe(5);
        expect(await tree.used()).toBe(maxVersions + 1);
      });

      it("go when they were replaced too long ago", async () => {
        const id = await tree.file("f", { content: "1" });
        await tree.file("f", { content: "2", onConflict: "replace" });
        const expire = () => stores.nodes.expireVersions({ before: NOW + 1, now: NOW, limit: 9 });
        expect([await expire(), await expire()]).toEqual([1, 0]);
        expect(await stores.nodes.versions(id)).toHaveLength(1);
        expect(await tree.used()).toBe(10);
      });
    });

    describe("marks", () => {
      it("are an account's own, and list what is live", async () => {
        const [a, f] = [await tree.folder("a"), await tree.file("f")];
        const { nodes } = stores;
        const mark = { accountId: owner, actor: tree.change.actor, now: NOW };
        await nodes.setStar({ ...mark, ids: [a], starred: true });
        await nodes.setStar({ ...mark, ids: [f, a], starred: true, now: NOW + 1 });
        const setTags = (id: string, { tags, now = NOW }: { tags: string[]; now?: number }) =>
          nodes.change({ ...tree.change, id, now, marks: { accountId: owner, tags } });
        await setTags(f, { tags: ["Red", "b"] });
        await setTags(f, { tags: ["red"], now: NOW + 1 });
        await setTags(a, { tags: ["RED"], now: NOW + 2 });
        const names = (page: { items: readonly { name: string }[] }) =>
          page.items.map((one) => one.name);
        expect(names(await nodes.starred({ accountId: owner, limit: 9 }))).toEqual(["f", "a"]);
        expect(names(await nodes.tagged({ accountId: owner, tag: "Red", limit: 9 }))).toEqual([
          "a",
          "f",
        ]);
        expect(await nodes.tags(owner)).toMatchObject([{ nodes: 2 }]);
        expect(await nodes.marks({ accountId: owner, ids: [f] })).toEqual(
          new Map([[f, { starred: true, tags: ["red"] }]]),
        );
        const other = await newOwner(stores);
        expect(await nodes.marks({ accountId: other, ids: [f] })).toEqual(
          new Map([[f, { starred: false, tags: [] }]]),
        );
        await tree.trash(a);
        expect(names(await nodes.starred({ accountId: owner, limit: 1 }))).toEqual(["f"]);
        await nodes.setStar({ ...mark, ids: [f], starred: false });
        expect(names(await nodes.starred({ accountId: owner, limit: 9 }))).toEqual([]);
      });

      it("recent files come last modified first, without what is in the trash", async () => {
        const old = await tree.file("old");
        await tree.fill(await tree.folder("t"), 30);
        await tree.trash(await tree.folder("t"));
        const recent = await tree.file("new");
        const first = await stores.nodes.recent({ ownerId: owner, limit: 1 });
        expect(first.items.map((node) => node.id)).toEqual([recent]);
        const second = await stores.nodes.recent({
          ownerId: owner,
          limit: 5,
          cursor: first.nextCursor!,
        });
        expect(second).toMatchObject({ items: [{ id: old }], nextCursor: null });
      });
    });

    describe("uploads into folders", () => {
      it("refuse at the end a folder that has gone, and take another then", async () => {
        const a = await tree.folder("a/b");
        const completing = await fillUpload(stores, newUpload(owner, { name: "f", parentId: a }));
        await tree.trash(await tree.folder("a"));
        const publication = publicationOf(completing, { content: "x" });
        await expect(stores.uploads.publish(publication)).rejects.toEqual(refused("parent-gone"));
        await tree.remove(await tree.folder("a"), a);
        await expect(stores.uploads.publish(publication)).rejects.toEqual(refused("parent-gone"));
        const { id } = completing;
        await stores.uploads.transition({
          id,
          from: ["completing"],
          to: "receiving",
          actor: tree.change.actor,
          now: NOW,
        });
        const target = { parentId: owner, name: "g" };
        const again = await stores.uploads.transition({
          id,
          from: ["receiving"],
          to: "completing",
          actor: tree.change.actor,
          now: NOW,
          target,
        });
        await stores.uploads.publish({ ...publication, epoch: again!.epoch });
        expect(await tree.names()).toBe("g");
      });

      it("make the folders of their path, each once, and reserve nothing when refused", async () => {
        const create = (folders: string[], size = 10) =>
          stores.uploads.create({
            upload: newUpload(owner, { name: "f", size }),
            maxOpenUploads: 9,
            folders,
          });
        const both = await Promise.all([create(["a", "b"]), create(["A", "c"])]);
        expect(await tree.names()).toBe("a/ a/b/ a/c/");
        expect(both[0].upload.parentId).toBe(await tree.folder("a/b"));
        await expect(create(["new"], 1_000_000)).rejects.toEqual(refused("quota-exceeded"));
        expect(await tree.names()).toBe("a/ a/b/ a/c/");
      });

      it("of small files do the same in one batch", async () => {
        const file = (name: string, folders: string[], parentId = owner) => ({
          fileId: newId(),
          blobId: newId(),
          ownerId: owner,
          actor: tree.change.actor,
          parentId,
          folders,
          name,
          mediaType: null,
          size: 1,
          sha256: "cd".repeat(32),
          onConflict: "fail" as const,
          segment: { stored: "pack", offset: 0 },
        });
        await tree.file("plain");
        const outcomes = await stores.blobs.publishSmall({
          files: [
            file("1", ["a", "b"]),
            file("1", ["A", "c"]),
            file("1", ["a", "B"]),
            file("1", ["plain"]),
            file("1", [], newId()),
            file(
              "2",
              Array.from({ length: maxDepth + 1 }, () => "d"),
            ),
          ],
          pack: { stored: "pack", length: 1 },
          now: NOW,
        });
        expect(outcomes.map((one) => (one.kind === "refused" ? one.code : one.kind))).toEqual([
          "published",
          "published",
          "name-taken",
          "name-taken",
          "node-not-found",
          "too-deep",
        ]);
        expect(await tree.names()).toBe("a/ a/b/ a/b/1 a/c/ a/c/1 plain");
      });
    });
  });
}
