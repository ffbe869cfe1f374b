/** The folder tree over HTTP, on a whole server. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newId } from "../../core/ids.ts";
import { hostileNames } from "../testing/hostile-names.ts";
import { startServer, type Ask, type TestServer } from "../testing/server.ts";

interface NodeBody {
  readonly id: string;
  readonly name: string;
  readonly parentId: string;
}

describe("the drive", () => {
  let server: TestServer;
  let home: string;

  beforeAll(async () => {
    server = await startServer({ quotaBytes: 100_000 });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const call = async (ask: Ask) => {
    const answer = await server.ask(ask);
    const text = answer.body.toString();
    return { status: answer.status, json: text === "" ? null : (JSON.parse(text) as unknown) };
  };
  const made = async (ask: Ask): Promise<NodeBody> => {
    const { status, json } = await call(ask);
    if (status >= 300) throw new Error(`${status} ${JSON.stringify(json)}`);
    return json as NodeBody;
  };
  const folder = (path: string, parentId = home) =>
    made({ method: "POST", path: "/folders", json: { path, parentId, onConflict: "reuse" } });
  const put = (name: string, body: string, query = "") =>
    made({
      method: "PUT",
      path: `/files/${encodeURIComponent(name)}?parentId=${home}${query}`,
      body,
    });
  const refused = async (ask: Ask) => {
    const { status, json } = await call(ask);
    return `${status} ${(json as { code: string }).code}`;
  };
  const names = async (id: string) =>
    ((await made({ path: `/nodes/${id}/children` })) as unknown as { items: NodeBody[] }).items.map(
      (node) => node.name,
    );
  /** A folder of its own for each test. */
  const start = async () => {
    home = "root";
    home = (await folder(newId())).id;
  };

  it("answers `root`, paths, and where a node is", async () => {
    await start();
    const inner = await folder("a/b");
    const file = await put("f.txt", "hello");
    const root = await made({ path: "/nodes/root" });
    expect(root).toMatchObject({ name: "", parentId: null, path: [], kind: "folder" });
    const there = await made({ path: `/nodes?path=${encodeURIComponent("A/B/")}&from=${home}` });
    expect(there).toMatchObject({ id: inner.id, trashedAt: null });
    expect((there as unknown as { path: NodeBody[] }).path.map((one) => one.name).slice(2)).toEqual(
      ["a"],
    );
    expect(await refused({ path: `/nodes?path=/a/nothing&from=${home}` })).toBe(
      "404 node-not-found",
    );
    expect(await refused({ path: `/nodes/${file.id}/children` })).toBe("409 not-a-folder");
  });

  it("refuses every hostile name for a folder and for a rename, and keeps twins apart", async () => {
    await start();
    const { id } = await folder("caf\u00e9");
    for (const [, name] of hostileNames) {
      // In a path, a slash is no part of a name.
      if (!name.includes("/"))
        expect(
          await refused({ method: "POST", path: "/folders", json: { path: name, parentId: home } }),
        ).toMatch(/^400 (name-refused|invalid-request)$/);
      expect(await refused({ method: "PATCH", path: `/nodes/${id}`, json: { name } })).toBe(
        "400 name-refused",
      );
    }
    const twin = { path: "CAFE\u0301", parentId: home };
    expect(await refused({ method: "POST", path: "/folders", json: twin })).toBe("409 name-taken");
    expect(await refused({ method: "POST", path: "/folders", json: { path: "a//b" } })).toBe(
      "400 name-refused",
    );
    expect(await names(home)).toEqual(["caf\u00e9"]);
  });

  it("answers what is another's, or nobody's, as not there", async () => {
    await start();
    const { id } = await folder("a");
    for (const other of [newId(), "%2e%2e", "x", "nodes"]) {
      const at = encodeURIComponent(other);
      expect(await refused({ path: `/nodes/${at}/children` })).toBe("404 node-not-found");
      expect(await refused({ method: "PATCH", path: `/nodes/${at}`, json: { name: "b" } })).toBe(
        "404 node-not-found",
      );
      expect(
        await refused({ method: "PATCH", path: `/nodes/${id}`, json: { parentId: other } }),
      ).toBe("404 node-not-found");
      expect(
        await refused({
          method: "POST",
          path: "/uploads",
          json: { name: "f", size: 1, parentId: other },
        }),
      ).toBe("404 node-not-found");
      expect(await refused({ method: "PUT", path: `/files/f?parentId=${at}`, body: "x" })).toBe(
        "404 node-not-found",
      );
      expect(await refused({ path: `/jobs/${at}` })).toBe("404 job-not-found");
    }
    expect(await refused({ method: "DELETE", path: "/nodes/root" })).toBe("400 invalid-request");
    expect(await refused({ method: "PATCH", path: "/nodes/root", json: { name: "x" } })).toBe(
      "400 invalid-request",
    );
    expect(await refused({ path: "/nodes/root", token: null })).toBe("401 unauthenticated");
  });

  it("moves, copies, trashes and restores several at once, all or none", async () => {
    await start();
    const [a, b] = [await folder("a"), await folder("b")];
    const [f, g] = [await put("f", "1"), await put("g", "2")];
    const ids = [f.id, g.id];
    const post = (path: string, json: object) => call({ method: "POST", path, json });
    expect(await post("/nodes/move", { ids, parentId: a.id })).toMatchObject({ json: { ids } });
    expect((await post("/nodes/copy", { ids, parentId: b.id })).status).toBe(200);
    expect((await post("/nodes/copy", { ids: [a.id, f.id], parentId: b.id })).status).toBe(409);
    expect([await names(home), await names(b.id)]).toEqual([
      ["a", "b"],
      ["f", "g"],
    ]);
    expect((await post("/nodes/trash", { ids: [a.id, b.id] })).status).toBe(204);
    expect(await names(home)).toEqual([]);
    expect(await refused({ path: `/files/${f.id}` })).toBe("404 file-not-found");
    const trash = await made({ path: "/trash?limit=2" });
    expect(trash).toMatchObject({ items: [{ fromParentId: home }, { fromParentId: home }] });
    expect((await post("/trash/restore", { ids: [a.id] })).status).toBe(200);
    expect(await names(home)).toEqual(["a"]);
    expect((await call({ method: "DELETE", path: "/trash" })).status).toBe(204);
    expect(await refused({ path: `/nodes/${b.id}` })).toBe("404 node-not-found");
    expect((await call({ method: "DELETE", path: `/nodes/${a.id}?permanent=1` })).status).toBe(204);
  });

  it("keeps versions, shows each one's bytes, and goes back", async () => {
    await start();
    const { id } = await put("f.txt", "one");
    await put("F.txt", "two", "&onConflict=replace");
    expect(await made({ path: `/nodes/${id}/versions` })).toMatchObject({
      items: [
        { number: 2, isCurrent: true, size: 3 },
        { number: 1, isCurrent: false },
      ],
    });
    const content = async (path: string) => (await server.ask({ path })).body.toString();
    expect(await content(`/nodes/${id}/versions/1/content`)).toBe("one");
    expect(await content(`/files/${id}/content`)).toBe("two");
    expect(await made({ method: "POST", path: `/nodes/${id}/versions/1/restore` })).toMatchObject({
      version: 3,
    });
    expect(await content(`/files/${id}/content`)).toBe("one");
    expect(await refused({ path: `/nodes/${id}/versions/1/content` })).toBe(
      "404 version-not-found",
    );
    expect((await call({ method: "DELETE", path: `/nodes/${id}/versions/2` })).status).toBe(204);
  });

  it("stars, tags, lists and finds", async () => {
    await start();
    const { id } = await put("年度报告.txt", "x");
    const change = { starred: true, tags: ["work", "重要"] };
    expect(await made({ method: "PATCH", path: `/nodes/${id}`, json: change })).toMatchObject(
      change,
    );
    for (const path of [
      "/starred",
      `/tagged?tag=${encodeURIComponent("重要")}`,
      `/search?q=${encodeURIComponent("报告")}`,
      "/recent?limit=1",
    ])
      expect(await made({ path })).toMatchObject({ items: [{ id, starred: true }] });
    expect(await made({ path: "/tags" })).toMatchObject({ items: [{ nodes: 1 }, { nodes: 1 }] });
    expect(await refused({ path: "/search?q=" })).toBe("400 invalid-request");
    expect(await refused({ path: "/recent?cursor=x" })).toBe("400 invalid-request");
  });

  it("keeps the folders of dropped files, in a batch and one by one", async () => {
    await start();
    const frame = (path: string, body: string) =>
      `${JSON.stringify({ path, size: body.length })}\n${body}`;
    const batch = await call({
      method: "POST",
      path: `/files/batch?parentId=${home}`,
      headers: { "content-type": "application/vnd.sampan.batch" },
      body: frame("a/b/1", "x") + frame("A/2", "y") + frame("a/../3", "z") + frame("a//4", "z"),
    });
    expect(batch.json).toMatchObject({
      results: [{ status: 201 }, { status: 201 }, { status: 400 }, { status: 400 }],
    });
    const upload = await made({
      method: "POST",
      path: "/uploads",
      json: { path: "a/c/big", size: 3, parentId: home },
    });
    await call({ method: "PUT", path: `/uploads/${upload.id}/parts/0`, body: "abc" });
    expect(await made({ method: "POST", path: `/uploads/${upload.id}/complete` })).toMatchObject({
      file: { name: "big", parentId: upload.parentId },
    });
    const a = await folder("a");
    expect(await names(a.id)).toEqual(["b", "c", "2"]);
    for (const json of [
      { name: "n", path: "a/n" },
      {},
      { path: "" },
      { path: "/x" },
      { path: "a/" },
    ])
      expect(
        await refused({ method: "POST", path: "/uploads", json: { ...json, size: 1 } }),
      ).toMatch(/^400 (invalid-request|name-refused)$/);
  });

  it("refuses to complete into a folder that is gone, and completes into another", async () => {
    await start();
    const a = await folder("a");
    const upload = await made({
      method: "POST",
      path: "/uploads",
      json: { name: "f", size: 3, parentId: a.id },
    });
    await call({ method: "PUT", path: `/uploads/${upload.id}/parts/0`, body: "abc" });
    await call({ method: "DELETE", path: `/nodes/${a.id}` });
    const complete = { method: "POST", path: `/uploads/${upload.id}/complete` };
    expect(await refused(complete)).toBe("409 parent-gone");
    expect(await made({ path: `/uploads/${upload.id}` })).toMatchObject({ state: "receiving" });
    await put("g", "taken");
    expect(await refused({ ...complete, json: { parentId: home, name: "g" } })).toBe(
      "409 name-taken",
    );
    expect(await refused({ ...complete, json: { parentId: newId() } })).toBe("404 node-not-found");
    const done = await made({ ...complete, json: { parentId: home, name: "h" } });
    expect(done).toMatchObject({ file: { name: "h", parentId: home } });
    expect(await names(home)).toEqual(["g", "h"]);
  });

  it("copies many in the background, tells how far it is, and takes them back when cancelled", async () => {
    await start();
    const a = await folder("a");
    const frames = (from: number) =>
      Array.from(
        { length: 600 },
        (_, i) => `${JSON.stringify({ name: `${from + i}`, size: 1 })}\nx`,
      );
    for (const from of [0, 600])
      await call({
        method: "POST",
        path: `/files/batch?parentId=${a.id}`,
        headers: { "content-type": "application/vnd.sampan.batch" },
        body: frames(from).join(""),
      });
    const copy = async (name: string) => {
      const json = { parentId: home, name };
      const begun = await call({ method: "POST", path: `/nodes/${a.id}/copy`, json });
      expect(begun.status).toBe(202);
      return (begun.json as { job: { id: string } }).job.id;
    };
    const done = await copy("b");
    await expect
      .poll(() => made({ path: `/jobs/${done}` }), { timeout: 20_000 })
      .toMatchObject({ state: "done", doneNodes: 1_201, totalNodes: 1_201 });
    expect(await names(home)).toEqual(["a", "b"]);
    const cancelled = await copy("c");
    const { state } = (await made({
      method: "POST",
      path: `/jobs/${cancelled}/cancel`,
    })) as unknown as {
      state: string;
    };
    // The job may have been faster than the request.
    expect(await names(home)).toEqual(state === "done" ? ["a", "b", "c"] : ["a", "b"]);
    const account = async () =>
      ((await made({ path: "/server" })) as unknown as { account: { reservedBytes: number } })
        .account;
    await expect.poll(account, { timeout: 20_000 }).toMatchObject({ reservedBytes: 0 });
  });

  it("has logged no fault through all of that", () => {
    expect(server.log.filter((line) => line.level >= 50)).toEqual([]);
  });
});
