/** Writers of one upload over HTTP: a newer one takes over, a status query waits for nobody, a stranger sees nothing. */
import { systemActor } from "../../core/events.ts";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { newId } from "../../core/ids.ts";
import { contentOf } from "../../core/testing/sources.ts";
import { openSqlite } from "../../metadata/sqlite.ts";
import { formatHead, startServer, type TestServer } from "../testing/server.ts";

const mebibyte = 1024 * 1024;
const partSize = 4 * mebibyte;
const content = contentOf(1, 3 * partSize);
const other = content.map((byte) => byte ^ 0xff);
const sha256 = createHash("sha256").update(content).digest("hex");

describe("a stalled writer", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer();
  });
  afterEach(() => expect(server.log).toEqual([]));
  afterAll(() => server[Symbol.asyncDispose]());

  const begin = async (size: number | undefined = content.length): Promise<string> => {
    const json = { name: `${newId()}.bin`, size, partSize };
    const { id } = (await server.ask({ method: "POST", path: "/uploads", json })).json();
    return `/uploads/${String(id)}`;
  };
  const partOf = (number: number) => content.subarray(number * partSize, (number + 1) * partSize);
  const put = (path: string, number: number, body = partOf(number)) =>
    server.ask({ method: "PUT", path: `${path}/parts/${number}`, body });
  /** A body that stops after `sent` of the bytes it declares. */
  const stall = async (path: string, { number, sent }: { number: number; sent: number }) => {
    const connection = await server.open();
    const ask = { method: "PUT", path: `${path}/parts/${number}`, body: partOf(number) };
    await connection.write(formatHead(ask, server.token));
    const start = number * partSize;
    await connection.write(other.subarray(start, start + sent));
    return connection;
  };
  const expectCompletes = async (path: string): Promise<void> => {
    for (const number of [0, 1, 2]) expect((await put(path, number)).status).toBe(200);
    const answer = await server.ask({ method: "POST", path: `${path}/complete` });
    expect(answer.json()).toMatchObject({ state: "complete", file: { digests: { sha256 } } });
    const { file } = answer.json() as { file: { id: string } };
    const read = await server.ask({ path: `/files/${file.id}/content` });
    expect(read.body.equals(content)).toBe(true);
  };

  // Of 100 bytes it stays with the parser; of 3 MiB it has been taken from it.
  it.each([100, 3 * mebibyte])(
    "that has sent %i bytes gives way to a newer one, and hears of it or is cut",
    async (sent) => {
      for (let round = 0; round < 3; round++) {
        const path = await begin();
        const stalled = await stall(path, { number: 0, sent });
        await using disposed = stalled;
        const asked = await server.ask({ path });
        expect(asked.json()).toMatchObject({ offset: 0, receivedBytes: 0, state: "receiving" });
        const beside = put(path, 1);
        const newer = await put(path, 0);
        expect([newer.status, newer.json()]).toMatchObject([
          200,
          { offset: expect.any(Number) as number },
        ]);
        expect((await beside).status).toBe(200);
        const heard = await disposed.answer();
        if (heard)
          expect([heard.status, heard.json()]).toMatchObject([409, { code: "superseded" }]);
        await expectCompletes(path);
      }
    },
  );

  it("of an append gives way to one at the acknowledged offset", async () => {
    const path = await begin();
    const append = (offset: number, bytes: Uint8Array, length = bytes.length) => ({
      method: "PATCH",
      path,
      body: bytes,
      headers: { "upload-offset": String(offset), "content-length": String(length) },
    });
    let offset = 0;
    while (offset < content.length) {
      await using stalled = await server.open();
      const hanging = append(
        offset,
        other.subarray(offset, offset + 2 * mebibyte),
        content.length - offset,
      );
      await stalled.write(formatHead(hanging, server.token));
      await stalled.write(hanging.body);
      const known = Number((await server.ask({ path })).json()["offset"]);
      expect(known).toBe(offset);
      const answer = await server.ask(append(known, content.subarray(known, known + 5 * mebibyte)));
      expect(answer.status).toBe(204);
      offset = Number(answer.headers.get("upload-offset"));
    }
    await expectCompletes(path);
  });

  it.each([
    ["paused", (path: string) => server.ask({ method: "POST", path: `${path}/pause` }), [409]],
    ["aborted", (path: string) => server.ask({ method: "DELETE", path }), [409, 410]],
  ] as const)("hears of it, or is cut, when the upload is %s", async (_what, act, statuses) => {
    const path = await begin();
    await using stalled = await stall(path, { number: 0, sent: 3 * mebibyte });
    expect((await act(path)).status).toBeLessThan(300);
    const heard = await stalled.answer();
    if (heard) expect(statuses).toContain(heard.status);
    await server.ask({ method: "POST", path: `${path}/resume` });
  });

  it("of an upload is not waited for by a status query, a list or another upload", async () => {
    const path = await begin();
    const writers = await Promise.all(
      [0, 1, 2].map((number) => stall(path, { number, sent: 2 * mebibyte })),
    );
    expect((await server.ask({ path })).status).toBe(200);
    expect((await server.ask({ path: "/uploads" })).status).toBe(200);
    const head = await server.ask({ path: `${path}?`, headers: {} });
    expect(head.headers.get("upload-offset")).toBe("0");
    await expectCompletes(await begin());
    for (const writer of writers) await writer[Symbol.asyncDispose]();
  });
});

describe("someone else's upload", () => {
  it("is answered as one that does not exist", async () => {
    await using server = await startServer();
    const metadata = await openSqlite({
      file: join(server.folder, "sampan.db"),
      writer: "inline",
      onFatal: (error) => {
        throw error;
      },
    });
    const stranger = newId();
    const now = Date.now();
    await metadata.accounts.ensureOwner({ id: stranger, name: "stranger", quotaBytes: null, now });
    const json = { name: "mine.bin", size: 10 };
    const mine = (await server.ask({ method: "POST", path: "/uploads", json })).json();
    const own = (await metadata.uploads.find(String(mine["id"])))!;
    const foreign = {
      ...own,
      actor: systemActor,
      id: newId(),
      ownerId: stranger,
      parentId: stranger,
    };
    await metadata.uploads.create({ upload: foreign, maxOpenUploads: 10 });
    await metadata.close();
    // An administrator may manage it (upload-tasks.test.ts): this token may not administer.
    const limited = { name: "files alone", scopes: ["files:read", "files:write"] };
    const made = await server.ask({ method: "POST", path: "/me/tokens", json: limited });
    const token = String(made.json()["token"]);

    for (const [method, suffix] of [
      ["GET", ""],
      ["PUT", "/parts/0"],
      ["PATCH", ""],
      ["POST", "/complete"],
      ["POST", "/pause"],
      ["POST", "/resume"],
      ["DELETE", ""],
      ["DELETE", "/parts"],
    ] as const) {
      const headers = { "upload-offset": "0" };
      const ask = (id: string) =>
        server.ask({ method, path: `/uploads/${id}${suffix}`, headers, token });
      const [theirs, nobodys] = [await ask(foreign.id), await ask(newId())];
      expect([method, suffix, theirs.status]).toEqual([method, suffix, 404]);
      const { id: _theirs, ...said } = theirs.json();
      const { id: _nobodys, ...unknown } = nobodys.json();
      expect(said).toEqual(unknown);
    }
    const { items } = (await server.ask({ path: "/uploads" })).json() as {
      items: { id: string }[];
    };
    expect(items.map(({ id }) => id)).toEqual([own.id]);
  });
});
