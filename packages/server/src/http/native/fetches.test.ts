import { randomBytes } from "node:crypto";
import type { ServerResponse } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Settings } from "../../config/settings.ts";
import { localNetwork, serveFile, startOrigin, type Origin } from "../../workers/testing/origin.ts";
import { signUpInvited } from "../testing/people.ts";
import { startServer, type TestServer } from "../testing/server.ts";

let origin: Origin;
let server: TestServer;
const start = async (settings: Partial<Settings> = {}) => {
  server = await startServer(settings, { network: localNetwork });
};
beforeEach(async () => {
  origin = await startOrigin();
});
afterEach(async () => {
  await server?.[Symbol.asyncDispose]();
  await origin[Symbol.asyncDispose]();
});

const post = async (json: object) => await server.ask({ method: "POST", path: "/fetches", json });
const create = async (json: object): Promise<string> => {
  const answer = await post(json);
  expect(answer.status).toBe(201);
  return answer.json()["id"] as string;
};
const get = async (path: string) => (await server.ask({ path })).json();
const act = async (id: string, action: string) =>
  await server.ask({ method: "POST", path: `/fetches/${id}/${action}` });
const until = async (id: string, state: string) => {
  await expect
    .poll(async () => (await get(`/fetches/${id}`))["state"], { timeout: 10_000 })
    .toBe(state);
  return await get(`/fetches/${id}`);
};
const uploadsOf = async () => (await get("/uploads"))["items"] as Record<string, unknown>[];

describe("offline downloads", () => {
  it("brings a file into the drive, by the name that the remote gives it", async () => {
    await start();
    const content = randomBytes(3_000_000);
    const disposition = { "content-disposition": 'attachment; filename="../a/report.pdf"' };
    origin.answer = serveFile(content, {
      headers: { ...disposition, "content-type": "application/pdf" },
    });
    const id = await create({ url: origin.url("/x?id=7#page=2") });
    const fetch = await until(id, "complete");
    expect(fetch).toMatchObject({
      url: origin.url("/x?id=7"),
      name: "report.pdf",
      parentId: null,
      receivedBytes: content.length,
      totalBytes: content.length,
    });
    const fileId = fetch["fileId"] as string;
    expect(await get(`/files/${fileId}`)).toMatchObject({
      name: "report.pdf",
      mediaType: "application/pdf",
      size: content.length,
    });
    const { body } = await server.ask({ path: `/files/${fileId}/content` });
    expect(body.equals(content)).toBe(true);
    expect((await get("/server"))["account"]).toMatchObject({
      usedBytes: content.length,
      reservedBytes: 0,
    });
    expect(await get(`/uploads/${fetch["uploadId"] as string}`)).toMatchObject({
      dialect: "offline",
      state: "complete",
    });
  });

  it("keeps both where a name is taken, and takes a name that was asked for", async () => {
    await start();
    origin.answer = serveFile(Buffer.from("x"));
    for (const json of [{}, {}, { name: "mine.txt" }])
      await until(await create({ url: origin.url("/a.txt"), ...json }), "complete");
    const { items } = (await get("/files")) as { items: { name: string }[] };
    expect(items.map(({ name }) => name).toSorted()).toEqual(["a (2).txt", "a.txt", "mine.txt"]);
  });

  it("takes content of unknown length, and of none", async () => {
    await start();
    origin.answer = (request, response) => {
      if (request.url === "/chunks") response.write("in chunks, ");
      response.end(request.url === "/chunks" ? "without a length" : "");
    };
    const chunks = await until(await create({ url: origin.url("/chunks") }), "complete");
    expect(chunks).toMatchObject({ receivedBytes: 27, totalBytes: 27 });
    const empty = await until(await create({ url: origin.url("/empty") }), "complete");
    expect(empty).toMatchObject({ receivedBytes: 0, totalBytes: 0 });
  });

  it("goes on where the connection was cut, as often as it takes", async () => {
    await start();
    const content = randomBytes(4_000_000);
    const serve = serveFile(content);
    origin.answer = (request, response) => {
      cutAfter(response, 1_500_000);
      serve(request, response);
    };
    const fetch = await until(await create({ url: origin.url("/big") }), "complete");
    expect(fetch).toMatchObject({ receivedBytes: content.length });
    const { body } = await server.ask({ path: `/files/${fetch["fileId"] as string}/content` });
    expect(body.equals(content)).toBe(true);
    const ranges = origin.requests.map(({ headers }) => headers.range ?? "");
    expect(ranges.length).toBeGreaterThan(2);
    expect(ranges.slice(1).every((range) => /^bytes=[1-9]/.test(range))).toBe(true);
  });

  it("never joins two versions of a content", async () => {
    await start();
    const [first, second] = [Buffer.alloc(400_000, "a"), Buffer.alloc(400_000, "b")];
    origin.answer = (request, response) => {
      if (origin.requests.length > 1) return serveFile(second, { etag: '"v2"' })(request, response);
      cutAfter(response, 200_000);
      serveFile(first)(request, response);
    };
    const fetch = await until(await create({ url: origin.url("/a") }), "complete");
    const { body } = await server.ask({ path: `/files/${fetch["fileId"] as string}/content` });
    expect(body.equals(second)).toBe(true);
    await expect.poll(uploadsOf).toEqual([]);
  });

  it("compares what it holds where the remote can prove nothing", async () => {
    await start();
    const content = randomBytes(500_000);
    const serve = serveFile(content, { etag: 'W/"weak"' });
    origin.answer = (request, response) => {
      if (origin.requests.length === 1) cutAfter(response, 300_000);
      serve(request, response);
    };
    const fetch = await until(await create({ url: origin.url("/a") }), "complete");
    const { body } = await server.ask({ path: `/files/${fetch["fileId"] as string}/content` });
    expect(body.equals(content)).toBe(true);
    expect(origin.requests.map(({ headers }) => headers.range)).toEqual([undefined, undefined]);
  });

  it("ends and frees what was received when it is cancelled", async () => {
    await start();
    origin.answer = trickle;
    const id = await create({ url: origin.url("/slow") });
    await until(id, "fetching");
    await expect.poll(async () => (await uploadsOf()).length).toBe(1);
    expect((await act(id, "cancel")).json()).toMatchObject({ state: "cancelled" });
    expect((await act(id, "cancel")).status).toBe(200);
    expect(await uploadsOf()).toEqual([]);
    expect((await get("/server"))["account"]).toMatchObject({ reservedBytes: 0 });
    await expect.poll(() => origin.requests[0]!.socket.destroyed).toBe(true);
    origin.answer = serveFile(Buffer.from("again"));
    expect((await act(id, "retry")).status).toBe(200);
    expect(await until(id, "complete")).toMatchObject({ receivedBytes: 5 });
    expect((await act(id, "cancel")).json()).toMatchObject({ code: "fetch-ended" });
    expect((await act(id, "retry")).status).toBe(409);
  });

  it("waits while its upload is paused, and ends with it", async () => {
    await start();
    origin.answer = trickle;
    const id = await create({ url: origin.url("/slow") });
    await expect.poll(async () => (await uploadsOf()).length).toBe(1);
    const [upload] = await uploadsOf();
    const path = `/uploads/${upload!["id"] as string}`;
    await server.ask({ method: "POST", path: `${path}/pause` });
    expect(await until(id, "queued")).not.toHaveProperty("failure");
    await server.ask({ method: "DELETE", path });
    await act(id, "cancel");
    expect(await until(id, "cancelled")).toBeDefined();
  });

  it("fails for good with what will not pass, and tells why", async () => {
    await start({ maxFetchBytes: 1_000 });
    origin.answer = (request, response) => {
      if (request.url === "/gone") response.writeHead(404).end();
      else if (request.url === "/large") serveFile(Buffer.alloc(1_001))(request, response);
      else response.end();
    };
    const gone = await until(await create({ url: origin.url("/gone") }), "failed");
    expect(gone["failure"]).toEqual({ code: "http-status", detail: "answered with status 404" });
    const large = await until(await create({ url: origin.url("/large") }), "failed");
    expect(large["failure"]).toMatchObject({ code: "too-large" });
    const inside = await until(await create({ url: "http://localhost.origin.test/" }), "queued");
    expect(inside).toBeDefined();
  });

  it("works on so many of one account at once, the others in turn", async () => {
    await start({ maxFetches: 2 });
    const held: ServerResponse[] = [];
    origin.answer = (_request, response) => void held.push(response);
    const ids = [];
    for (const path of ["/1", "/2", "/3"]) ids.push(await create({ url: origin.url(path) }));
    await until(ids[0]!, "fetching");
    await expect.poll(() => held.length).toBe(1);
    expect(await get(`/fetches/${ids[1]}`)).toMatchObject({ state: "queued" });
    expect((await server.ask({ method: "DELETE", path: `/fetches/${ids[1]}` })).status).toBe(204);
    held[0]!.end("1");
    await until(ids[0]!, "complete");
    await until(ids[2]!, "fetching");
    await expect.poll(() => origin.requests.map(({ url }) => url)).toEqual(["/1", "/3"]);
  });

  it("lists one's own, newest first, and forgets what is deleted", async () => {
    await start();
    origin.answer = serveFile(Buffer.from("x"));
    const ids = [];
    for (let i = 0; i < 3; i++) ids.push(await create({ url: origin.url(`/${i}`) }));
    for (const id of ids) await until(id, "complete");
    const page = (await get("/fetches?limit=2")) as { items: { id: string }[]; nextCursor: string };
    expect(page.items.map(({ id }) => id)).toEqual([ids[2], ids[1]]);
    const rest = await get(`/fetches?limit=2&cursor=${page.nextCursor}`);
    expect(rest).toMatchObject({ items: [{ id: ids[0] }], nextCursor: null });
    await server.ask({ method: "DELETE", path: `/fetches/${ids[0]}` });
    expect((await server.ask({ path: `/fetches/${ids[0]}` })).status).toBe(404);
    expect(((await get("/files"))["items"] as unknown[]).length).toBe(3);
  });

  it("keeps what has arrived when the server stops", async () => {
    await start();
    origin.answer = (_request, response) => {
      response.writeHead(200, { "content-length": 10_000_000, etag: '"v1"' });
      response.write(Buffer.alloc(2_000_000));
    };
    const id = await create({ url: origin.url("/a") });
    await until(id, "fetching");
    await expect.poll(() => origin.requests.length).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const began = performance.now();
    await server[Symbol.asyncDispose]();
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(server.log.filter(({ level }) => level >= 40)).toEqual([]);
  });
});

describe("offline downloads into a folder", () => {
  const makeFolder = async (path: string): Promise<string> => {
    const answer = await server.ask({ method: "POST", path: "/folders", json: { path } });
    return answer.json()["id"] as string;
  };
  const remove = async (id: string, permanent: boolean) => {
    const path = `/nodes/${id}${permanent ? "?permanent=1" : ""}`;
    expect((await server.ask({ method: "DELETE", path })).status).toBe(204);
  };
  const placeOf = async (fetch: Record<string, unknown>) =>
    (await get(`/files/${fetch["fileId"] as string}`))["parentId"];
  const rootId = async () => (await get("/nodes/root"))["id"];

  it("puts the file there", async () => {
    await start();
    origin.answer = serveFile(Buffer.from("x"));
    const parentId = await makeFolder("films/old");
    const fetch = await until(await create({ url: origin.url("/a.txt"), parentId }), "complete");
    expect(fetch).toMatchObject({ parentId });
    expect(await placeOf(fetch)).toBe(parentId);
    const inRoot = await until(
      await create({ url: origin.url("/a.txt"), parentId: "root" }),
      "complete",
    );
    expect(inRoot).toMatchObject({ name: "a.txt", parentId: null });
  });

  it.each([true, false])(
    "uses the root when the folder goes meanwhile (for good: %s)",
    async (permanent) => {
      await start();
      const held: ServerResponse[] = [];
      origin.answer = (_request, response) => {
        response.writeHead(200, { "content-length": 200_000 }).write(Buffer.alloc(100_000));
        held.push(response);
      };
      const parentId = await makeFolder("films");
      const id = await create({ url: origin.url("/a.bin"), parentId });
      await expect.poll(async () => (await uploadsOf()).length).toBe(1);
      expect((await uploadsOf())[0]).toMatchObject({ parentId });
      await remove(parentId, permanent);
      held[0]!.end(Buffer.alloc(100_000));
      const fetch = await until(id, "complete");
      expect(fetch).toMatchObject({ parentId: null });
      expect(await placeOf(fetch)).toBe(await rootId());
      expect(origin.requests.length).toBe(1);
    },
  );

  it("uses the root when the folder goes before its turn", async () => {
    await start({ maxFetches: 1 });
    const held: ServerResponse[] = [];
    origin.answer = (_request, response) => void held.push(response);
    await create({ url: origin.url("/first") });
    const parentId = await makeFolder("films");
    const id = await create({ url: origin.url("/a.bin"), parentId });
    await remove(parentId, true);
    await expect.poll(() => held.length).toBe(1);
    held[0]!.end("1");
    await expect.poll(() => held.length).toBe(2);
    held[1]!.end("2");
    expect(await until(id, "complete")).toMatchObject({ parentId: null });
  });

  it("refuses what is no folder of one's own", async () => {
    await start();
    const url = origin.url("/a");
    const put = await server.ask({ method: "PUT", path: "/files/x.txt", body: "x" });
    const answer = await post({ url, parentId: put.json()["id"] });
    expect([answer.status, answer.json()["code"]]).toEqual([409, "not-a-folder"]);
    const member = await signUpInvited(server, { name: "mia" });
    const foreign = (await member.ask({ path: "/nodes/root" })).json()["id"];
    for (const parentId of [foreign, "else", "00000000-0000-7000-8000-00000000ffff"])
      expect((await post({ url, parentId })).json()["code"]).toBe("node-not-found");
    expect((await get("/fetches"))["items"]).toEqual([]);
  });
});

describe("hostile URLs", () => {
  beforeEach(async () => void (server = await startServer()));

  it.each([
    "file:///etc/passwd",
    "gopher://origin.test/1",
    "data:text/plain,hello",
    "ftp://origin.test/a",
    "javascript:alert(1)",
    "http://user:secret@origin.test/",
    "http://user@origin.test/",
    "//origin.test/",
    "http://",
    "http://[::1",
    "not a url",
    "http://127.1/",
    "http://0x7f.1/",
    "http://2130706433/",
    "http://[::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://169.254.169.254/latest/meta-data/",
    "http://192.168.0.1/",
    `http://origin.test/${"a".repeat(9_000)}`,
  ])("answers 400 to %s", async (url) => {
    const answer = await post({ url });
    expect(answer.status).toBe(400);
    expect(["url-refused", "invalid-request"]).toContain(answer.json()["code"]);
    expect((await get("/fetches"))["items"]).toEqual([]);
  });

  it.each([{ name: "../x" }, { name: "a/b" }, { name: "" }, { parentId: 7 }, { extra: 1 }])(
    "answers 400 to %j",
    async (json) => {
      expect((await post({ url: origin.url("/"), ...json })).status).toBe(400);
    },
  );

  it("says of a name that means an inner address that it is refused", async () => {
    await server[Symbol.asyncDispose]();
    server = await startServer({}, { network: { resolve: localNetwork.resolve } });
    const fetch = await until(await create({ url: origin.url("/inside") }), "failed");
    expect(fetch["failure"]).toMatchObject({ code: "address-refused" });
    expect(origin.requests).toEqual([]);
  });
});

describe("hostile content", () => {
  it.each(["declared longer", "declared shorter", "endless", "a bomb"])(
    "is cut at the cap when it is %s",
    async (kind) => {
      await start({ maxFetchBytes: 300_000 });
      origin.answer = (_request, response) => {
        if (kind === "declared longer") {
          response.writeHead(200, { "content-length": 300_001 }).write("x");
        } else if (kind === "declared shorter") {
          response.writeHead(200, { "content-length": 3 }).flushHeaders();
          response.socket!.write("xyz and much that was not declared");
        } else {
          response.writeHead(200, kind === "a bomb" ? { "content-encoding": "gzip" } : {});
          const flood = setInterval(() => response.write(Buffer.alloc(50_000)), 1);
          response.on("close", () => clearInterval(flood));
        }
      };
      const id = await create({ url: origin.url("/x") });
      if (kind === "declared shorter") {
        expect(await until(id, "complete")).toMatchObject({ receivedBytes: 3 });
        return;
      }
      expect((await until(id, "failed"))["failure"]).toMatchObject({ code: "too-large" });
      // What was received is freed once that is written down.
      await expect.poll(uploadsOf).toEqual([]);
      expect((await get("/server"))["account"]).toMatchObject({ usedBytes: 0, reservedBytes: 0 });
    },
  );

  it("stops at the quota", async () => {
    await start({ quotaBytes: 100_000 });
    origin.answer = serveFile(Buffer.alloc(100_001));
    const fetch = await until(await create({ url: origin.url("/x") }), "failed");
    expect(fetch["failure"]).toMatchObject({ code: "quota-exceeded" });
  });

  it("gives curious names a harmless form", async () => {
    await start();
    origin.answer = (_request, response) =>
      void response
        .writeHead(200, {
          "content-disposition": "attachment; filename*=UTF-8''%2e%2e%5c..%2f%00%e2%80%aecod.exe",
        })
        .end("x");
    const fetch = await until(await create({ url: origin.url("/") }), "complete");
    expect(fetch["name"]).toBe("cod.exe");
  });
});

describe("who may fetch", () => {
  it("is nobody where the setting says off", async () => {
    await start({ offlineDownloads: "off" });
    const answer = await post({ url: origin.url("/") });
    expect(answer.status).toBe(403);
    expect(answer.json()).toMatchObject({ code: "fetches-not-allowed", setting: "off" });
    expect((await get("/fetches"))["items"]).toEqual([]);
  });

  it.each([
    ["owner", { owner: 201, admin: 403, member: 403, guest: 403 }],
    ["admins", { owner: 201, admin: 201, member: 403, guest: 403 }],
    ["everyone", { owner: 201, admin: 201, member: 201, guest: 403 }],
  ] as const)("goes by the role where the setting says %s", async (offlineDownloads, expected) => {
    await start({ offlineDownloads });
    origin.answer = serveFile(Buffer.from("x"));
    const json = { url: origin.url("/") };
    const statuses: Record<string, number> = { owner: (await post(json)).status };
    for (const role of ["admin", "member", "guest"] as const) {
      const person = await signUpInvited(server, { name: `the-${role}`, role });
      statuses[role] = (await person.ask({ method: "POST", path: "/fetches", json })).status;
    }
    expect(statuses).toEqual(expected);
  });

  it("is asked again at each try: whoever is a guest by then fetches nothing", async () => {
    await start({ offlineDownloads: "everyone", maxFetches: 1 });
    const held: ServerResponse[] = [];
    origin.answer = (_request, response) => void held.push(response);
    const member = await signUpInvited(server, { name: "mia" });
    const json = { url: origin.url("/") };
    await post(json);
    await expect.poll(() => held.length).toBe(1);
    const queued = (await member.ask({ method: "POST", path: "/fetches", json })).json();
    const path = `/admin/users/${member.id}`;
    expect((await server.ask({ method: "PATCH", path, json: { role: "guest" } })).status).toBe(200);
    held[0]!.end("1");
    const state = async () =>
      (await member.ask({ path: `/fetches/${queued["id"] as string}` })).json();
    await expect.poll(async () => (await state())["state"]).toBe("failed");
    expect((await state())["failure"]).toMatchObject({ code: "not-allowed" });
    expect(origin.requests.length).toBe(1);
  });

  it("is nobody without a token", async () => {
    await start();
    const ask = { method: "POST", path: "/fetches", json: { url: origin.url("/") }, token: null };
    expect((await server.ask(ask)).status).toBe(401);
  });
});

/** Destroys the connection once so many bytes have gone out. */
function cutAfter(response: ServerResponse, bytes: number): void {
  const end = response.end.bind(response);
  response.end = ((content: Buffer) => {
    if (content.length <= bytes) return end(content);
    response.write(content.subarray(0, bytes), () => setTimeout(() => response.destroy(), 50));
    return response;
  }) as typeof response.end;
}

function trickle(_request: unknown, response: ServerResponse): void {
  response.writeHead(200, { "content-length": 1_000_000, etag: '"v1"' });
  const drip = setInterval(() => response.write("some bytes"), 20);
  response.on("close", () => clearInterval(drip));
}
