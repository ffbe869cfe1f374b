/** Folders as archives: what is in them, how deep, what is left out, and what happens when they change. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { readZip } from "../../core/archive/testing/read-zip.ts";
import { startServer, type TestServer } from "../testing/server.ts";

describe("an archive of folders", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer();
  });
  afterEach(() => expect(server.log).toEqual([]));
  afterAll(() => server[Symbol.asyncDispose]());

  const makeFolder = async (path: string, parentId = "root"): Promise<string> => {
    const json = { path, parentId, onConflict: "reuse" };
    const answer = await server.ask({ method: "POST", path: "/folders", json });
    expect(answer.status).toBeLessThan(300);
    return String(answer.json()["id"]);
  };
  const put = async (name: string, { parentId = "root", body = `it is ${name}` } = {}) => {
    const path = `/files/${encodeURIComponent(name)}?parentId=${parentId}&onConflict=replace`;
    const answer = await server.ask({ method: "PUT", path, body });
    expect(answer.status).toBe(201);
    return String(answer.json()["id"]);
  };
  const get = (ids: readonly string[] | null, headers: Record<string, string> = {}) =>
    server.ask({ path: `/archive${ids === null ? "" : `?ids=${ids.join()}`}`, headers });
  const pathsIn = (zip: Buffer) => readZip(zip).map(({ path }) => path);

  it("holds the folder, the folders in it, also empty ones, and their files, under its name", async () => {
    const top = await makeFolder("照片 2024");
    await makeFolder("empty/er", top);
    await put("one.txt", { parentId: top });
    await put("two.txt", { parentId: await makeFolder("a/b/c", top), body: "" });
    const answer = await get([top]);
    expect(pathsIn(answer.body)).toEqual([
      "照片 2024/",
      "照片 2024/a/",
      "照片 2024/a/b/",
      "照片 2024/a/b/c/",
      "照片 2024/a/b/c/two.txt",
      "照片 2024/empty/",
      "照片 2024/empty/er/",
      "照片 2024/one.txt",
    ]);
    expect(readZip(answer.body).at(-1)?.data.toString()).toBe("it is one.txt");
    expect(answer.headers.get("content-disposition")).toMatch(
      "filename*=UTF-8''%E7%85%A7%E7%89%87%202024.zip",
    );
  });

  it("holds several folders and files side by side, those of one name by number", async () => {
    const [one, other] = [await makeFolder("x/same"), await makeFolder("y/same")];
    await put("in one", { parentId: one });
    await put("in the other", { parentId: other });
    const file = await put("same", { parentId: await makeFolder("z") });
    const answer = await get([file, one, other]);
    expect(pathsIn(answer.body).toSorted()).toEqual([
      "same (2)/",
      "same (2)/in the other",
      "same (3)",
      "same/",
      "same/in one",
    ]);
    expect((await get([other, file, one])).body.equals(answer.body)).toBe(true);
  });

  it("reads folders of more than one page", async () => {
    const many = await makeFolder("many");
    const lines = Array.from({ length: 1_000 }, (_, i) => `{"name":"f${i}","size":1}\nx`);
    for (const batch of [lines, [`{"name":"g","size":1}\ny`]]) {
      const stored = await server.ask({
        method: "POST",
        path: `/files/batch?parentId=${many}`,
        headers: { "content-type": "application/vnd.sampan.batch" },
        body: batch.join(""),
      });
      expect(stored.status).toBe(200);
    }
    for (let i = 0; i < 3; i++) await makeFolder(`folder ${i}`, many);
    const paths = pathsIn((await get([many])).body);
    expect(paths).toHaveLength(1_005);
    expect(new Set(paths).size).toBe(1_005);
  });

  it("changes its ETag with anything below it, so that a stale resume gets the whole", async () => {
    const top = await makeFolder("changing");
    const deep = await makeFolder("deep/er", top);
    const file = await put("file.txt", { parentId: deep });
    const etags = [(await get([top])).headers.get("etag")!];
    const steps = [
      () => put("file.txt", { parentId: deep, body: "other content" }),
      () => server.ask({ method: "PATCH", path: `/nodes/${file}`, json: { name: "renamed.txt" } }),
      () => makeFolder("new", deep),
      () => server.ask({ method: "POST", path: "/nodes/trash", json: { ids: [file] } }),
    ];
    for (const step of steps) {
      await step();
      const answer = await get([top], { range: "bytes=5-", "if-range": etags.at(-1)! });
      expect(answer.status).toBe(200);
      etags.push(answer.headers.get("etag")!);
    }
    expect(new Set(etags).size).toBe(etags.length);
    expect(pathsIn((await get([top])).body)).not.toContain("changing/deep/er/renamed.txt");
    const { status } = await get([top], { range: "bytes=5-", "if-range": etags.at(-1)! });
    expect(status).toBe(206);
  });

  it("is refused for what is in the trash, and for what lies in a folder that is", async () => {
    const top = await makeFolder("thrown away");
    const inside = await makeFolder("inside", top);
    const file = await put("file.txt", { parentId: inside });
    expect((await get([file])).status).toBe(200);
    await server.ask({ method: "POST", path: "/nodes/trash", json: { ids: [top] } });
    for (const id of [top, inside, file]) expect((await get([id])).status).toBe(404);
    expect(pathsIn((await get(null)).body).join()).not.toMatch("thrown away");
  });

  it("of the root is everything, without a folder around it", async () => {
    const everything = await get(null);
    expect(pathsIn(everything.body)).toContain("x/same/in one");
    expect((await get(["root"])).body.equals(everything.body)).toBe(true);
  });
});
