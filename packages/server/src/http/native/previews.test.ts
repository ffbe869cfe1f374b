import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Settings } from "../../config/settings.ts";
import { coloursOf, hugePng, picture } from "../../workers/testing/pictures.ts";
import { startServer, type TestServer } from "../testing/server.ts";

let server: TestServer;
const start = async (settings: Partial<Settings> = {}) =>
  void (server = await startServer(settings));
beforeEach(() => start());
afterEach(() => server[Symbol.asyncDispose]());

interface File {
  id: string;
  version: number;
}

const put = async (
  name: string,
  body: Buffer,
  type = "application/octet-stream",
): Promise<File> => {
  const headers = { "content-type": type };
  const path = `/files/${name}?onConflict=replace`;
  const answer = await server.ask({ method: "PUT", path, body, headers });
  expect(answer.status).toBe(201);
  return answer.json() as unknown as File;
};
/** As a client does: as often as it is told to come again. */
const ask = async (path: string, headers: Record<string, string> = {}) => {
  for (;;) {
    const answer = await server.ask({ path, headers });
    if (answer.status !== 202) return answer;
    expect(answer.headers.get("retry-after")).toBe("1");
    expect(answer.json()).toEqual({ state: "pending" });
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
};
const countDerived = (): number => {
  using database = new DatabaseSync(join(server.folder, "sampan.db"), { readOnly: true });
  return Number(database.prepare("select count(*) as n from derived").get()?.["n"]);
};
const account = async () => (await server.ask({ path: "/server" })).json()["account"];

describe("thumbnails", () => {
  it("are made when they are asked for, and harmless", { timeout: 20_000 }, async () => {
    const { id, version } = await put("a.bin", await picture("jpeg", { orientation: 6 }));
    const answer = await ask(`/files/${id}/thumbnail`);
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "content-type": "image/webp",
      "cache-control": "private, no-cache",
      "content-security-policy": "sandbox; default-src 'none'",
      "x-content-type-options": "nosniff",
      "content-disposition": "inline",
    });
    expect(await coloursOf(answer.body)).toMatchObject({ height: 256, top: "red", bottom: "blue" });

    const etag = answer.headers.get("etag")!;
    const again = await ask(`/files/${id}/thumbnail`, { "if-none-match": etag });
    expect(again.status).toBe(304);
    expect(again.body.length).toBe(0);
    const kept = await ask(`/files/${id}/thumbnail?v=${version}`);
    expect(kept.headers.get("cache-control")).toBe("private, max-age=31536000, immutable");
    const stale = await ask(`/files/${id}/thumbnail?v=${version + 1}`);
    expect(stale.headers.get("cache-control")).toBe("private, no-cache");
    const large = await ask(`/files/${id}/thumbnail?size=1024`);
    expect(await coloursOf(large.body)).toMatchObject({ height: 600 });
    expect(large.headers.get("etag")).not.toBe(etag);
  });

  it("are shared by files of equal content, and count to nobody's quota", async () => {
    const bytes = await picture("png");
    const [first, second] = [await put("a.png", bytes), await put("b.png", bytes)];
    const before = await account();
    const one = await ask(`/files/${first.id}/thumbnail`);
    const kept = countDerived();
    const other = await ask(`/files/${second.id}/thumbnail`);
    expect([one.status, other.status]).toEqual([200, 200]);
    expect(other.body.equals(one.body)).toBe(true);
    expect(countDerived()).toBe(kept);
    expect(await account()).toEqual(before);
  });

  it("follow the content that a file has now", async () => {
    const { id } = await put("a.png", await picture("png", { width: 30, height: 60 }));
    expect(await coloursOf((await ask(`/files/${id}/thumbnail`)).body)).toMatchObject({
      width: 30,
    });
    await put("a.png", await picture("png", { width: 70, height: 60 }));
    expect(await coloursOf((await ask(`/files/${id}/thumbnail`)).body)).toMatchObject({
      width: 70,
    });
  });

  it("are refused with a reason where there can be none", async () => {
    const reasonOf = async (bytes: Buffer) => {
      const { id } = await put("a.png", bytes, "image/png");
      const answer = await ask(`/files/${id}/thumbnail`);
      expect(answer.status).toBe(404);
      expect(answer.json()).toMatchObject({ code: "no-preview" });
      return answer.json()["reason"];
    };
    expect(await reasonOf(Buffer.from("no picture"))).toBe("unsupported");
    expect(await reasonOf(hugePng(60_000, 60_000))).toBe("too-many-pixels");
    expect(await reasonOf((await picture("png")).subarray(0, 40))).toBe("damaged");
    expect(server.log).toEqual([]);
  });

  it("go away with what they were made from, and not before", { timeout: 20_000 }, async () => {
    await server[Symbol.asyncDispose]();
    await start({ sweepGraceMs: 0, sweepIntervalMs: 100 });
    const bytes = await picture("jpeg");
    const { id } = await put("a.jpg", bytes);
    const path = `/files/${id}/thumbnail`;
    const etag = (await ask(path)).headers.get("etag");
    // Several sweeps.
    await new Promise((resolve) => setTimeout(resolve, 500));
    const still = await ask(path);
    expect([still.status, still.headers.get("etag")]).toEqual([200, etag]);
    await server.ask({ method: "DELETE", path: `/files/${id}` });
    const blobs = async () => {
      const check = await server.ask({ method: "POST", path: "/checks" });
      return check.json()["totalBlobs"];
    };
    await expect.poll(blobs, { timeout: 10_000, interval: 200 }).toBe(0);
    const again = await put("a.jpg", bytes);
    expect((await ask(`/files/${again.id}/thumbnail`)).status).toBe(200);
  });

  it("are there already when a picture was stored a while ago", { timeout: 20_000 }, async () => {
    const { id } = await put("a.jpg", await picture("jpeg"), "image/jpeg");
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    const began = performance.now();
    const answer = await server.ask({ path: `/files/${id}/thumbnail` });
    expect(answer.status).toBe(200);
    expect(performance.now() - began).toBeLessThan(500);
  });

  it("are nobody else's business", async () => {
    const { id } = await put("a.jpg", await picture("jpeg"));
    const path = `/files/${id}/thumbnail`;
    expect((await server.ask({ path, token: null })).status).toBe(401);
    expect((await server.ask({ path: "/files/nothing/thumbnail" })).status).toBe(404);
    expect((await server.ask({ path: `${path}?size=9999` })).status).toBe(400);
    expect((await server.ask({ path: `${path}?v=-1` })).status).toBe(400);
  });
});

describe("excerpts", () => {
  it("show how a text begins, as plain text", async () => {
    const { id } = await put("a.html", Buffer.from("<script>alert(1)</script>"), "text/html");
    const answer = await ask(`/files/${id}/excerpt`);
    expect(answer.text).toBe("<script>alert(1)</script>");
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "content-type": "text/plain; charset=utf-8",
      "content-security-policy": "sandbox; default-src 'none'",
      "x-content-type-options": "nosniff",
    });
  });

  it("are of the first 64 KiB, and may be the file itself", async () => {
    const long = await put("long.txt", Buffer.from("0123456789\n".repeat(20_000)));
    expect((await ask(`/files/${long.id}/excerpt`)).body.length).toBe(64 * 1024);
    const empty = await put("empty.txt", Buffer.alloc(0));
    expect((await ask(`/files/${empty.id}/excerpt`)).body.length).toBe(0);
  });
});
