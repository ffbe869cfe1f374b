import { randomInt } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemActor } from "../../core/events.ts";
import { newId } from "../../core/ids.ts";
import { newUpload } from "../../core/uploads/testing/stores.ts";
import { openSqlite, type Metadata } from "../../metadata/sqlite.ts";
import { readEvents } from "../testing/event-reader.ts";
import { formatHead, startServer, type TestServer } from "../testing/server.ts";

let server: TestServer;
beforeEach(async () => {
  server = await startServer();
});
afterEach(() => server[Symbol.asyncDispose]());

const put = (name: string, body = "x") =>
  server.ask({ method: "PUT", path: `/files/${name}`, body });
const begin = async (size: number) =>
  (
    await server.ask({ method: "POST", path: "/uploads", json: { name: newId(), size } })
  ).json() as {
    id: string;
    name: string;
  };

describe("GET /events", () => {
  it("says where it begins, then tells of the life of an upload as it happens", async () => {
    await put("before");
    await using reader = await readEvents(server);
    expect(reader.response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    expect(reader.response.headers.get("cache-control")).toBe("no-store, no-transform");
    expect(reader.response.headers.get("x-accel-buffering")).toBe("no");
    expect(reader.response.headers.get("x-content-type-options")).toBe("nosniff");
    await reader.until(({ heard }) => heard.length === 1);
    expect(reader.heard).toEqual([{ id: 1, event: "ready", data: { seq: 1 } }]);

    const { id, name } = await begin(3);
    await server.ask({ method: "POST", path: `/uploads/${id}/pause` });
    await server.ask({ method: "POST", path: `/uploads/${id}/resume` });
    await server.ask({ method: "PUT", path: `/uploads/${id}/parts/0`, body: "abc" });
    const complete = await server.ask({ method: "POST", path: `/uploads/${id}/complete` });
    const { file } = complete.json() as { file: { id: string } };
    await server.ask({ method: "DELETE", path: `/files/${file.id}` });
    const { id: given } = await begin(5);
    await server.ask({ method: "DELETE", path: `/uploads/${given}` });
    await reader.until(({ recorded }) => recorded.length === 7);
    expect(reader.recorded.map(({ event, data }) => [event, data.subjectId])).toEqual([
      ["upload.created", id],
      ["upload.paused", id],
      ["upload.resumed", id],
      ["upload.completed", id],
      ["file.removed", file.id],
      ["upload.created", given],
      ["upload.aborted", given],
    ]);
    const completed = reader.recorded[3]!;
    expect(completed.data.data).toEqual({ name, size: 3, fileId: file.id, replaced: false });
    // An address is the audit's affair.
    expect(JSON.stringify(reader.heard)).not.toContain("127.0.0.1");
  });

  it("tells of small files and of batches, one event a file", async () => {
    await using reader = await readEvents(server, { query: "?after=0" });
    await put("a");
    await server.ask({ method: "PUT", path: "/files/a?onConflict=replace", body: "yy" });
    const batch = ["b", "c", "a"].map((name) => `${JSON.stringify({ name, size: 1 })}\nz`).join("");
    const headers = { "content-type": "application/vnd.sampan.batch" };
    await server.ask({
      method: "POST",
      path: "/files/batch?onConflict=keep-both",
      headers,
      body: batch,
    });
    await reader.until(({ recorded }) => recorded.length === 5);
    expect(reader.recorded.map(({ event, data }) => [event, data.data])).toEqual([
      ["file.stored", { name: "a", size: 1, replaced: false }],
      ["file.stored", { name: "a", size: 2, replaced: true }],
      ["file.stored", { name: "b", size: 1, replaced: false }],
      ["file.stored", { name: "c", size: 1, replaced: false }],
      ["file.stored", { name: "a (2)", size: 1, replaced: false }],
    ]);
    expect(reader.recorded[0]!.data.subjectId).toBe(reader.recorded[1]!.data.subjectId);
  });

  it("goes on after the last id, with neither gap nor repetition, while files keep coming", async () => {
    const wanted = 400;
    const names = Array.from({ length: wanted }, (_, i) => `f${i}`);
    const writing = (async () => {
      const rest = [...names];
      const writer = async () => {
        for (let name = rest.pop(); name !== undefined; name = rest.pop()) await put(name);
      };
      await Promise.all([writer(), writer(), writer(), writer()]);
    })();
    const heard: [number, string][] = [];
    let lastId = "0";
    let readers = 0;
    while (heard.length < wanted) {
      await using reader = await readEvents(server, { lastId });
      readers++;
      const enough = Math.min(wanted - heard.length, randomInt(1, 60));
      await reader.until(({ recorded }) => recorded.length >= enough);
      await reader.leave();
      for (const { id, data } of reader.recorded) heard.push([id!, String(data.data!["name"])]);
      lastId = reader.lastId;
    }
    await writing;
    expect(readers).toBeGreaterThan(5);
    expect(heard.map(([id]) => id)).toEqual(Array.from({ length: wanted }, (_, i) => i + 1));
    expect(heard.map(([, name]) => name).toSorted()).toEqual(names.toSorted());
  });

  it("tells a reader to begin anew whose id is from another time or another database", async () => {
    await put("a");
    await using ahead = await readEvents(server, { lastId: "77" });
    await ahead.until(({ heard }) => heard.length === 1);
    expect(ahead.heard).toEqual([{ id: 1, event: "reset", data: { seq: 1 } }]);
    await put("b");
    await ahead.until(({ recorded }) => recorded.length === 1);
    expect(ahead.recorded[0]).toMatchObject({ id: 2, event: "file.stored" });

    await using metadata = await openBeside(server);
    await metadata.events.purge({ before: Date.now() + 1, limit: 100 });
    await using behind = await readEvents(server, { lastId: "0" });
    await behind.until(({ heard }) => heard.length === 1);
    expect(behind.heard).toEqual([{ id: 2, event: "reset", data: { seq: 2 } }]);
  });

  it.each(["x", "-1", "1e3", "01", "9999999999999999999"])("refuses the id %j", async (id) => {
    const headers = { "last-event-id": id };
    const answer = await server.ask({ path: "/events", headers });
    expect(answer.status).toBe(400);
    expect((await server.ask({ path: `/events?after=${id}` })).status).toBe(400);
  });

  it("tells of progress between events, at most four times a second, and never after the end", async () => {
    const partSize = 4096;
    const json = { name: "p", size: 20 * partSize, partSize };
    const { id } = (await server.ask({ method: "POST", path: "/uploads", json })).json();
    await using reader = await readEvents(server);
    await reader.until(({ heard }) => heard.length === 1);
    const began = performance.now();
    for (let i = 0; i < 20; i++) {
      const path = `/uploads/${String(id)}/parts/${i}`;
      await server.ask({ method: "PUT", path, body: Buffer.alloc(partSize, i) });
      await wait(30);
    }
    await wait(300);
    const seconds = (performance.now() - began) / 1000;
    const progress = reader.heard.filter(({ event }) => event === "upload.progress");
    expect(progress.length).toBeGreaterThan(0);
    expect(progress.length).toBeLessThanOrEqual(Math.ceil(4 * seconds) + 1);
    expect(progress.every((notice) => notice.id === undefined)).toBe(true);
    const size = 20 * partSize;
    expect(progress.at(-1)!.data).toEqual({
      subjectId: id,
      data: { offset: size, receivedBytes: size, size },
    });
    await server.ask({ method: "POST", path: `/uploads/${String(id)}/complete` });
    await reader.until(({ recorded }) => recorded.length === 1);
    await wait(600);
    expect(reader.heard.at(-1)!.event).toBe("upload.completed");
  });

  it("never tells of another account, neither events nor progress", async () => {
    await using reader = await readEvents(server, { query: "?after=0" });
    await using metadata = await openBeside(server);
    const stranger = newId();
    const now = Date.now();
    await metadata.accounts.ensureOwner({ id: stranger, name: "stranger", quotaBytes: null, now });
    for (let i = 0; i < 20; i++) {
      const upload = newUpload(stranger);
      await metadata.uploads.create({ upload, maxOpenUploads: 100 });
      await put(`mine-${i}`);
    }
    await reader.until(({ recorded }) => recorded.length === 20);
    expect(new Set(reader.recorded.map(({ event }) => event))).toEqual(new Set(["file.stored"]));
    expect(await metadata.events.newest()).toBe(40);
  });

  it("gives sixteen streams to an account, and a place again when one is left", async () => {
    await using readers = new AsyncDisposableStack();
    const open = async () => readers.use(await readEvents(server));
    const all = await Promise.all(Array.from({ length: 16 }, open));
    expect(all.map(({ response }) => response.status)).toEqual(
      Array.from({ length: 16 }, () => 200),
    );
    const refused = await open();
    expect(refused.response.status).toBe(429);
    expect(refused.response.headers.get("retry-after")).toBe("5");
    await all[3]!.leave();
    await expect.poll(async () => (await open()).response.status).toBe(200);
  });

  it("misses nothing of what a slow reader let wait, more than any buffer between would hold", async () => {
    await using connection = await server.open();
    void connection.write(formatHead({ path: "/events?after=0" }, server.token));
    await expect.poll(() => connection.socket.bytesRead).toBeGreaterThan(0);
    connection.socket.pause();
    await using metadata = await openBeside(server);
    const owner = (await metadata.accounts.find(ownerId))!.id;
    const count = 6_000;
    const name = "n".repeat(2_000);
    for (let i = 0; i < count; i += 1_000)
      await metadata.blobs.publishSmall({
        files: Array.from({ length: 1_000 }, (_, j) => smallFile(owner, `${name}${i + j}`)),
        pack: { stored: "pack", length: 1 },
        now: Date.now(),
      });
    // Wakes the stream: what was recorded beside the server does not.
    await put("last");
    await wait(500);
    let text = "";
    connection.socket.on("data", (bytes: Buffer) => (text += bytes.toString("latin1")));
    connection.socket.resume();
    await expect.poll(() => text.includes(`id: ${count + 1}\n`), { timeout: 10_000 }).toBe(true);
    const ids = [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
    // The first ones were taken by the reader of answers before it was paused.
    expect(ids).toEqual(Array.from({ length: ids.length }, (_, i) => ids[0]! + i));
    expect(ids.at(-1)).toBe(count + 1);
  });

  it("ends at once when the server stops", async () => {
    const stopping = await startServer();
    await using reader = await readEvents(stopping);
    await reader.until(({ heard }) => heard.length === 1);
    const began = performance.now();
    await Promise.all([stopping[Symbol.asyncDispose](), reader.ended]);
    expect(performance.now() - began).toBeLessThan(1_500);
  });

  it("needs a token", async () => {
    expect((await server.ask({ path: "/events", token: null })).status).toBe(401);
    const head = { method: "HEAD", headers: { authorization: `Bearer ${server.token}` } };
    const url = `http://127.0.0.1:${server.port}/api/v1/events`;
    expect((await fetch(url, head)).status).toBe(404);
  });
});

const ownerId = "00000000-0000-7000-8000-000000000000";

const smallFile = (owner: string, name: string) => ({
  fileId: newId(),
  blobId: newId(),
  ownerId: owner,
  actor: systemActor,
  name,
  mediaType: null,
  size: 1,
  sha256: "ab".repeat(32),
  onConflict: "fail" as const,
  segment: { stored: "pack", offset: 0 },
});

/** The same database, through another connection: what other accounts do, and what time does. */
async function openBeside({ folder }: TestServer): Promise<Metadata & AsyncDisposable> {
  const metadata = await openSqlite({
    file: join(folder, "sampan.db"),
    writer: "inline",
    onFatal: (error) => {
      throw error;
    },
  });
  return { ...metadata, [Symbol.asyncDispose]: () => metadata.close() };
}
