/** Regression: a file whose bytes could not be opened hung up on its reader, head and all (found by failing every open of the path once). */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startServer, type TestServer } from "../testing/server.ts";

describe("a file whose bytes are gone from the disk", () => {
  let server: TestServer;
  let path: string;
  beforeAll(async () => {
    server = await startServer();
    const put = await server.ask({ method: "PUT", path: "/files/a.bin", body: Buffer.from("abc") });
    path = `/files/${String(put.json()["id"])}/content`;
    const packs = join(server.folder, "packs");
    for (const name of await readdir(packs)) await rm(join(packs, name));
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it.each([{}, { range: "bytes=1-" }])(
    "is answered 500, and as no download (%o)",
    async (headers) => {
      const answer = await server.ask({ path, headers });
      expect(answer.status).toBe(500);
      expect(answer.json()).toMatchObject({ code: "internal" });
      expect(answer.headers.get("content-disposition")).toBeUndefined();
      expect(answer.headers.get("etag")).toBeUndefined();
      expect(server.log.length).toBeGreaterThan(0);
    },
  );

  it("leaves the server well", async () => {
    expect((await server.ask({ path: "/health" })).status).toBe(200);
  });
});
