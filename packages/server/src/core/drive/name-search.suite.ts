import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { newOwner, NOW } from "../uploads/testing/stores.ts";
import type { OpenStores, Stores } from "../uploads/testing/stores.ts";
import { systemActor } from "../events.ts";
import { newGrant } from "../sharing/testing/shares.ts";
import type { NodeKind } from "./node.ts";
import type { SearchScope } from "./node-store.ts";
import { growTree } from "./testing/tree.ts";

/** What every adapter of `NameSearch` must do: all of it before the index has caught up, after it, and half way. */
export function describeNameSearch(name: string, open: OpenStores): void {
  describe.each(["nothing", "half", "everything"])(
    `${name} as a search of names, %s indexed`,
    (how) => {
      let stores: Stores;
      let owner: string;
      let tree: ReturnType<typeof growTree>;

      beforeEach(async () => {
        stores = await open();
        owner = await newOwner(stores);
        tree = growTree(stores, owner);
      });
      afterEach(() => stores.close());

      const settle = async () => {
        if (how === "half") await stores.search.catchUp({ limit: 3 });
        if (how === "everything") while ((await stores.search.catchUp({ limit: 2 })) > 0);
      };
      const drive = () => ({ kind: "drive", ownerId: owner }) as const;
      const find = async (text: string, more: { kind?: NodeKind; scope?: SearchScope } = {}) =>
        (await stores.search.find({ scope: drive(), text, limit: 20, ...more })).items.map(
          (node) => node.name,
        );

      it("finds any part of a name, newest first, letter case and normal form apart", async () => {
        for (const file of [
          "Report 2029.pdf",
          "caf\u00e9.txt",
          "a-report.txt",
          "100%.txt",
          'q"uote*.txt',
        ])
          await tree.file(file);
        await settle();
        expect(await find("report")).toEqual(["a-report.txt", "Report 2029.pdf"]);
        expect(await find("REPORT 2")).toEqual(["Report 2029.pdf"]);
        expect(await find("CAFE\u0301")).toEqual(["caf\u00e9.txt"]);
        expect(await find("2029.pdf")).toEqual(["Report 2029.pdf"]);
        expect(await find("0%")).toEqual(["100%.txt"]);
        expect(await find('"uote*')).toEqual(['q"uote*.txt']);
        expect(await find("OR")).toEqual(["a-report.txt", "Report 2029.pdf"]);
        expect(await find("t")).toHaveLength(5);
        expect(await find("report.pdf")).toEqual([]);
        expect(await find("_")).toEqual([]);
      });

      it("finds Chinese names by one character, two, or more", async () => {
        for (const file of [
          "三板文件.txt",
          "文档.pdf",
          "年度报告2029.docx",
          "報告.docx",
          "😀笑.png",
        ])
          await tree.file(file);
        await settle();
        expect(await find("文")).toEqual(["文档.pdf", "三板文件.txt"]);
        expect(await find("文件")).toEqual(["三板文件.txt"]);
        expect(await find("板文件")).toEqual(["三板文件.txt"]);
        expect(await find("报告")).toEqual(["年度报告2029.docx"]);
        expect(await find("告20")).toEqual(["年度报告2029.docx"]);
        expect(await find("😀")).toEqual(["😀笑.png"]);
        expect(await find("件文")).toEqual([]);
      });

      it("finds what is renamed by its new name only, and folders as well", async () => {
        const [a, f] = [await tree.folder("alpha"), await tree.file("omega")];
        for (const other of ["x1", "x2", "x3"]) await tree.file(other);
        await settle();
        await tree.move([a], owner, { name: "beta" });
        await tree.move([f], a, { name: "zeta" });
        expect(await find("alpha")).toEqual([]);
        expect(await find("eta")).toEqual(["zeta", "beta"]);
        expect(await find("eta", { kind: "folder" })).toEqual(["beta"]);
        expect(await find("eta", { kind: "file" })).toEqual(["zeta"]);
        await settle();
        expect(await find("eta")).toEqual(["zeta", "beta"]);
      });

      it("finds nothing of others, nothing in the trash, nothing that is gone", async () => {
        const other = await newOwner(stores);
        await growTree(stores, other).file("match other");
        const inTrash = await tree.file("match inside", { parentId: await tree.folder("f") });
        await tree.trash(await tree.folder("f"));
        const gone = await tree.file("match gone");
        await tree.file("match live");
        await settle();
        await tree.remove(gone);
        expect(await find("match")).toEqual(["match live"]);
        await stores.nodes.restore({
          ...tree.change,
          ids: [(await stores.nodes.trash({ ownerId: owner, limit: 1 })).items[0]!.node.id],
          onConflict: "fail",
        });
        expect(await find("match")).toEqual(["match live", "match inside"]);
        expect((await stores.nodes.find(inTrash))?.name).toBe("match inside");
      });

      it("finds below a folder, however deep, and nothing beside it", async () => {
        const top = await tree.folder("a");
        await tree.folder("needle ab");
        const inner = await tree.folder("needle inner", top);
        await tree.fill(inner, 2, (i) => `needle ${i}`);
        await tree.fill(owner, 40, (i) => `needle beside ${i}`);
        await settle();
        const scope = { kind: "folder", ownerId: owner, folderId: top } as const;
        expect(await find("needle", { scope })).toEqual(["needle 1", "needle 0", "needle inner"]);
        expect(await find("needle", { scope, kind: "folder" })).toEqual(["needle inner"]);
        const all = { kind: "folder", ownerId: owner, folderId: owner } as const;
        expect(await find("needle", { scope: all })).toHaveLength(20);
      });

      it("finds what others share with somebody, while they do, and nothing beside it", async () => {
        const reader = await newOwner(stores);
        const third = await newOwner(stores);
        const by = { actor: systemActor, now: NOW };
        const scope = (withOwn: boolean, now = NOW) =>
          ({ kind: "shared", accountId: reader, withOwn, now }) as const;
        await growTree(stores, reader).file("needle of mine");
        await growTree(stores, third).file("needle of a third");
        const top = await tree.folder("needle top");
        const inner = await tree.folder("inner", top);
        await tree.fill(inner, 1, () => "needle inside");
        await tree.file("needle beside");
        const share = newGrant({
          ownerId: owner,
          granteeId: reader,
          nodeId: top,
          expiresAt: NOW + 5,
        });
        await stores.shares.create({ share, ...by });
        await settle();
        const shared = ["needle inside", "needle top"];
        expect(await find("needle", { scope: scope(false) })).toEqual(shared);
        expect(await find("needle", { scope: scope(true) })).toEqual([...shared, "needle of mine"]);
        expect(await find("needle", { scope: scope(true, NOW + 5) })).toEqual(["needle of mine"]);
        expect(await find("needle", { scope: scope(false, NOW + 5) })).toEqual([]);
        const other = { kind: "shared", accountId: third, withOwn: false, now: NOW } as const;
        expect(await find("needle", { scope: other })).toEqual([]);
        await tree.trash(top);
        expect(await find("needle", { scope: scope(false) })).toEqual([]);
      });

      it("comes in pages that stay put, past many that are in the trash", async () => {
        const trashed = await tree.folder("t");
        await tree.fill(owner, 30, (i) => `page ${i} of 30`);
        await tree.fill(trashed, 300, (i) => `page ${i} trashed`);
        await tree.fill(owner, 30, (i) => `page ${i} of new`);
        await tree.trash(trashed);
        await settle();
        const seen: string[] = [];
        let cursor: string | undefined;
        do {
          const page = await stores.search.find({
            scope: drive(),
            text: "page",
            limit: 7,
            ...(cursor === undefined ? {} : { cursor }),
          });
          seen.push(...page.items.map((node) => node.name));
          cursor = page.nextCursor ?? undefined;
          if (seen.length === 7) await tree.file("page newest");
        } while (cursor !== undefined);
        const expected = ["new", "30"].flatMap((last) =>
          Array.from({ length: 30 }, (_, i) => `page ${29 - i} of ${last}`),
        );
        expect(seen).toEqual(expected);
      });
    },
  );
}
