/** What was taken away reaches what is on its way: bodies of every dialect, downloads, archives, live streams. */
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { contentOf } from "../../core/testing/sources.ts";
import { readEvents } from "../testing/event-reader.ts";
import { logIn, signUpInvited, type Person } from "../testing/people.ts";
import { openRaw, type RawConnection } from "../testing/raw.ts";
import { startServer, type TestServer } from "../testing/server.ts";

const mebibyte = 1024 * 1024;
const size = 8 * mebibyte;
const content = contentOf(1, size);
const sha1 = createHash("sha1").update(content).digest("hex");
const md5 = createHash("md5").update(content).digest("hex");

let server: TestServer;
/** A person of every test's own. */
let ann: Person;
let people = 0;
beforeAll(async () => {
  server = await startServer();
});
beforeEach(async () => {
  ann = await signUpInvited(server, { name: `ann${++people}` });
});
afterEach(() => expect(server.log).toEqual([]));
afterAll(() => server[Symbol.asyncDispose]());

const newToken = async (): Promise<{ id: string; token: string }> => {
  const json = { name: "t", scopes: ["files:read", "files:write"] };
  const made = await ann.ask({ method: "POST", path: "/me/tokens", json });
  expect(made.status).toBe(201);
  return made.json() as { id: string; token: string };
};
const revokeToken = async ({ id }: { id: string }): Promise<void> => {
  expect((await ann.ask({ method: "DELETE", path: `/me/tokens/${id}` })).status).toBe(204);
};
const changeUser = async (json: object): Promise<void> => {
  const path = `/admin/users/${ann.id}`;
  expect((await server.ask({ method: "PATCH", path, json })).status).toBe(200);
};
const endSessions = async (): Promise<void> => {
  const other = await logIn(server, { name: ann.name });
  expect((await other.ask({ method: "DELETE", path: "/me/sessions" })).status).toBe(204);
};

/** A request that has sent its head and the beginning of its body, and goes on. */
interface Body {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

async function begin(
  { method, path, headers = {}, body = content }: Body,
  { token, bytes = 3 * mebibyte }: { token: string | null; bytes?: number },
): Promise<RawConnection> {
  const connection = await openRaw(server.port);
  const all = {
    host: "localhost",
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    "content-length": String(body.length),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  await connection.write(`${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
  await connection.write(body.subarray(0, bytes));
  // Until it is being read.
  await sleep(300);
  return connection;
}

const post = async (
  path: string,
  { token, ...init }: RequestInit & { token: string },
): Promise<Record<string, unknown>> => {
  const headers = {
    authorization: `Bearer ${token}`,
    ...(init.headers as Record<string, string> | undefined),
  };
  const url = `http://127.0.0.1:${server.port}${path}`;
  const answer = await fetch(url, { method: "POST", ...init, headers });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
  return text === "" ? Object.fromEntries(answer.headers) : (JSON.parse(text) as never);
};

/** A form whose file is last, of `content`. */
const formOf = (fields: Record<string, string>, file: string): Pick<Body, "headers" | "body"> => {
  const parts = Object.entries(fields).map(
    ([name, value]) => `--b\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const head = `--b\r\ncontent-disposition: form-data; name="${file}"; filename="a.bin"\r\n\r\n`;
  const body = Buffer.concat([
    Buffer.from(parts.join("") + head),
    content,
    Buffer.from("\r\n--b--\r\n"),
  ]);
  return { headers: { "content-type": "multipart/form-data; boundary=b" }, body };
};

const octets = { "content-type": "application/octet-stream" };
const dialects: Record<string, (token: string) => Promise<Body & { anonymous?: true }>> = {
  async "native PATCH"(token) {
    const json = JSON.stringify({ name: "a.bin", size });
    const headers = { "content-type": "application/json" };
    const { id } = await post("/api/v1/uploads", { token, headers, body: json });
    return {
      method: "PATCH",
      path: `/api/v1/uploads/${String(id)}`,
      headers: { "upload-offset": "0" },
    };
  },
  async "native part"(token) {
    const json = JSON.stringify({ name: "a.bin", size });
    const headers = { "content-type": "application/json" };
    const { id } = await post("/api/v1/uploads", { token, headers, body: json });
    return { method: "PUT", path: `/api/v1/uploads/${String(id)}/parts/0` };
  },
  "native file": async () => ({ method: "PUT", path: "/api/v1/files/a.bin" }),
  async tus(token) {
    const headers = { "tus-resumable": "1.0.0", "upload-length": String(size) };
    const { location } = await post("/files", { token, headers });
    const type = { "content-type": "application/offset+octet-stream", "upload-offset": "0" };
    return {
      method: "PATCH",
      path: new URL(String(location), "http://localhost").pathname,
      headers: { "tus-resumable": "1.0.0", ...type },
    };
  },
  async "task API"(token) {
    const task = { fileName: "a.bin", fileSize: size, totalChunks: 1, fileHash: md5 };
    const body = JSON.stringify({ ...task, chunkHashes: [md5] });
    const { task_id } = await post("/api/createUploadTask", { token, body });
    const fields = { task_id: String(task_id), chunk_index: "0", chunk_hash: md5 };
    return { method: "POST", path: "/api/uploadChunk", ...formOf(fields, "file_chunk") };
  },
  "task API, chunk first": async () => ({
    method: "POST",
    path: "/api/uploadChunk",
    ...formOf({}, "file_chunk"),
  }),
  "go-uploader": async () => {
    const fields = {
      file_id: "f1",
      file_name: "a.bin",
      file_size: String(size),
      total_chunks: "1",
      chunk_index: "0",
      chunk_md5: md5,
      chunk_size: String(size),
    };
    return { method: "POST", path: "/go-uploader/upload_chunk", ...formOf(fields, "file") };
  },
  async "multipart API"(token) {
    const body = new URLSearchParams({ filehash: sha1, filesize: String(size) });
    const init = { token: "", body };
    const path = `/file/mpupload/init?username=${ann.name}&token=${token}`;
    const { data } = (await post(path, init)) as { data: { UploadID: string; ChunkSize: number } };
    const query = `uploadid=${data.UploadID}&index=1&username=${ann.name}&token=${token}`;
    const part = content.subarray(0, data.ChunkSize);
    return {
      method: "POST",
      path: `/file/mpupload/uppart?${query}`,
      headers: octets,
      body: part,
      anonymous: true,
    };
  },
  "drive API": async (token) => ({
    method: "POST",
    path: "/file/upload",
    ...formOf({ username: ann.name, token }, "file"),
    anonymous: true,
  }),
  async netdisk(token) {
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ name: "a.bin", size, sha1 });
    const { data } = (await post("/netdisk/uploads", { token, headers, body })) as {
      data: { upload_id: string };
    };
    return { method: "PUT", path: `/netdisk/uploads/${data.upload_id}/chunks/0`, headers: octets };
  },
};

describe.each(Object.keys(dialects))("a body on its way: %s", (name) => {
  it("is refused when its token is revoked", async () => {
    const made = await newToken();
    const { anonymous, ...body } = await dialects[name]!(made.token);
    await using connection = await begin(body, { token: anonymous ? null : made.token });
    await revokeToken(made);
    const answer = await connection.answer();
    expect([answer?.status, answer?.text]).toEqual([
      401,
      expect.stringMatching(/unauthenticated|token/),
    ]);
    const files = await ann.ask({ path: "/files" });
    expect(files.json()["items"]).toEqual([]);
  });
});

describe("a body on its way", () => {
  const ways: [string, () => Promise<void>, number][] = [
    ["its session is ended", endSessions, 401],
    ["its account is disabled", () => changeUser({ disabled: true }), 401],
    ["its account may no longer write", () => changeUser({ role: "guest" }), 403],
  ];
  it.each(ways)("is refused when %s", async (_what, revoke, status) => {
    const body = await dialects["native PATCH"]!(ann.accessToken);
    await using connection = await begin(body, { token: ann.accessToken });
    await revoke();
    expect((await connection.answer())?.status).toBe(status);
  });

  it("is let be when the session of another device is ended", async () => {
    const other = await logIn(server, { name: ann.name });
    const body = await dialects["native PATCH"]!(ann.accessToken);
    await using connection = await begin(body, { token: ann.accessToken });
    expect((await other.ask({ method: "POST", path: "/auth/logout" })).status).toBe(204);
    await connection.write(content.subarray(3 * mebibyte));
    expect((await connection.answer())?.status).toBe(204);
  });

  it("is answered though its sender goes on at full speed, and what was acknowledged stays", async () => {
    const made = await newToken();
    const json = { name: "large.bin", size: 512 * mebibyte };
    const { id } = (await ann.ask({ method: "POST", path: "/uploads", json })).json();
    const path = `/uploads/${String(id)}`;
    const headers = { "upload-offset": "0" };
    const acknowledged = await ann.ask({ method: "PATCH", path, headers, body: content });
    expect(acknowledged.status).toBe(204);
    const rest = {
      method: "PATCH",
      path: `/api/v1${path}`,
      headers: { "upload-offset": String(size), "content-length": String(json.size - size) },
    };
    await using connection = await begin(rest, { token: made.token });
    const { socket } = connection;
    let isAnswered = false;
    const sending = (async () => {
      while (!isAnswered && !socket.destroyed) {
        await connection.write(content.subarray(0, mebibyte));
        await sleep(1);
      }
    })();
    await revokeToken(made);
    expect((await connection.answer())?.status).toBe(401);
    isAnswered = true;
    await sending;
    const { offset } = (await ann.ask({ path })).json();
    expect(offset).toBeGreaterThanOrEqual(size);
    await ann.ask({ method: "DELETE", path });
  });
});

describe("an answer on its way", () => {
  /** Reads a little, and no more until the end. */
  const download = async (path: string, token: string): Promise<RawConnection> => {
    const connection = await openRaw(server.port);
    const started = new Promise((resolve) => connection.socket.once("data", resolve));
    await connection.write(
      `GET /api/v1${path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${token}\r\n\r\n`,
    );
    await started;
    connection.socket.pause();
    return connection;
  };
  /** More than both ends of a connection hold. */
  const large = 64 * mebibyte;
  let whole: Buffer;
  beforeAll(() => {
    whole = Buffer.alloc(large, content);
  });

  const expectCut = async (connection: RawConnection): Promise<void> => {
    // Nothing is read until the cut has had its time, or the whole would have come.
    await sleep(500);
    connection.socket.resume();
    await connection.closed;
    expect(connection.socket.bytesRead).toBeLessThan(large);
  };

  const ways: [string, (made: { id: string; token: string }) => Promise<void>][] = [
    ["its token is revoked", revokeToken],
    ["its account is disabled", () => changeUser({ disabled: true })],
  ];
  it.each(ways)("is cut when %s: a file", async (_what, revoke) => {
    const made = await newToken();
    const stored = await ann.ask({ method: "PUT", path: "/files/l.bin", body: whole });
    await using connection = await download(
      `/files/${String(stored.json()["id"])}/content`,
      made.token,
    );
    await revoke(made);
    await expectCut(connection);
  });

  it("is cut when its session is ended: a folder as a ZIP", async () => {
    const stored = await ann.ask({ method: "PUT", path: "/files/l.bin", body: whole });
    const json = { ids: [String(stored.json()["id"])] };
    const kept = await ann.ask({ method: "POST", path: "/archive", json });
    expect(kept.status).toBeLessThan(300);
    const path = `/archive/${String(kept.json()["id"])}`;
    await using connection = await download(path, ann.accessToken);
    await endSessions();
    await expectCut(connection);
  });

  it("ends when its token is revoked: a live stream", async () => {
    const made = await newToken();
    await using reader = await readEvents(server, { token: made.token });
    await revokeToken(made);
    await reader.ended;
    expect(reader.response.status).toBe(200);
  });
});
