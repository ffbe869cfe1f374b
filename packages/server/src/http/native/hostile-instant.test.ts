/** Hostile inputs: content by its hash alone. */
import { createHash, createHmac, randomBytes } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { addAccount } from "../testing/accounts.ts";
import { startServer, type Ask, type TestServer } from "../testing/server.ts";

const size = 2 * 1024 * 1024 + 7;
const content = randomBytes(size);
const hashOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const sha256 = hashOf(content);

interface Challenge {
  readonly nonce: string;
  readonly ranges: { start: number; length: number }[];
}

function proofOf({ nonce, ranges }: Challenge, bytes = content): string {
  const hmac = createHmac("sha256", Buffer.from(nonce, "hex"));
  for (const { start, length } of ranges) hmac.update(bytes.subarray(start, start + length));
  return hmac.digest("hex");
}

describe("instant upload", () => {
  let server: TestServer;
  let thief: string;
  beforeAll(async () => {
    server = await startServer();
    const id = await begin(server.token);
    const sent = await server.ask({
      method: "PUT",
      path: `/uploads/${id}/parts/0`,
      body: content,
      headers: { "content-type": "application/octet-stream" },
    });
    expect(sent.status).toBe(200);
    expect((await post(server.token, `/uploads/${id}/complete`, {})).status).toBe(200);
  });
  beforeEach(async () => {
    thief = (await addAccount(server)).token;
  });
  afterEach(() => expect(server.log).toEqual([]));
  afterAll(() => server[Symbol.asyncDispose]());

  const post = (token: string, path: string, json: unknown) =>
    server.ask({ method: "POST", path, json, token } satisfies Ask);
  const begin = async (token: string, more: object = {}): Promise<string> => {
    const name = `${randomBytes(8).toString("hex")}.bin`;
    const created = await post(token, "/uploads", { name, size, ...more });
    expect(created.status).toBe(201);
    return created.json()["id"] as string;
  };
  const challenge = async (token: string, id: string, hash = sha256): Promise<Challenge> => {
    const answer = await post(token, `/uploads/${id}/challenge`, { sha256: hash });
    expect(answer.status).toBe(200);
    return answer.json()["challenge"] as Challenge;
  };
  const prove = (token: string, id: string, body: { nonce: string; proof: string }) =>
    post(token, `/uploads/${id}/proof`, body);
  const filesOf = async (token: string) =>
    (await server.ask({ path: "/files", token })).json()["items"];

  it("a known hash without the bytes → challenge, never granted", async () => {
    const id = await begin(thief, { digests: { sha256 } });
    const asked = await challenge(thief, id);
    expect(asked.ranges).toHaveLength(64);
    expect(asked.nonce).toMatch(/^[0-9a-f]{64}$/);
    const complete = await post(thief, `/uploads/${id}/complete`, { digests: { sha256 } });
    expect([complete.status, complete.json()["code"]]).toEqual([409, "upload-incomplete"]);
    expect(await filesOf(thief)).toEqual([]);
  });

  it("a wrong proof → answered as unknown content is", async () => {
    const answers = [];
    for (const hash of [sha256, hashOf(randomBytes(9))]) {
      const id = await begin(thief, { name: "same.bin" });
      const { nonce } = await challenge(thief, id, hash);
      const answer = await prove(thief, id, { nonce, proof: hashOf(randomBytes(9)) });
      const { id: own, createdAt, updatedAt, expiresAt, ...rest } = answer.json();
      expect([own, createdAt === updatedAt, typeof expiresAt]).toEqual([id, true, "string"]);
      const headers = [...answer.headers.keys()].toSorted();
      answers.push({ status: answer.status, headers, rest });
      await server.ask({ method: "DELETE", path: `/uploads/${id}`, token: thief });
    }
    expect(answers[0]).toMatchObject({ status: 200, rest: { state: "receiving" } });
    expect(answers[0]).toEqual(answers[1]);
    expect(await filesOf(thief)).toEqual([]);
  });

  it("a proof of the bytes → complete, without a byte sent; the same proof again → refused", async () => {
    const id = await begin(thief);
    const asked = await challenge(thief, id);
    const body = { nonce: asked.nonce, proof: proofOf(asked) };
    const granted = await prove(thief, id, body);
    expect([granted.status, granted.json()["state"]]).toEqual([200, "complete"]);
    const file = granted.json()["file"] as { id: string };
    const got = await server.ask({ path: `/files/${file.id}/content`, token: thief });
    expect(got.body.equals(content)).toBe(true);
    const database = new DatabaseSync(join(server.folder, "sampan.db"), { readOnly: true });
    const events = database.prepare("select kind, data, address from events where subject_id = ?");
    const [event, ...more] = events.all(id).filter(({ kind }) => kind === "upload.completed");
    database.close();
    expect(more).toEqual([]);
    expect(event).toMatchObject({ address: "127.0.0.1" });
    expect(JSON.parse(String(event?.["data"]))).toMatchObject({ size, instant: true });
    for (const to of [id, await begin(thief)]) {
      const again = await prove(thief, to, body);
      expect([again.status, again.json()["code"]]).toEqual([409, "challenge-spent"]);
    }
  });

  it("nothing that is told of one's own copy tells of another's", async () => {
    const id = await begin(thief);
    const sent = await server.ask({
      method: "PUT",
      path: `/uploads/${id}/parts/0`,
      body: content,
      headers: { "content-type": "application/octet-stream" },
      token: thief,
    });
    expect(sent.status).toBe(200);
    const done = await post(thief, `/uploads/${id}/complete`, {});
    const { id: fileId } = done.json()["file"] as { id: string };
    const got = await server.ask({ path: `/files/${fileId}/content`, token: thief });
    const database = new DatabaseSync(join(server.folder, "sampan.db"), { readOnly: true });
    const blobs = database.prepare("select id from blobs where sha256 = ?").all(sha256);
    database.close();
    // The blob is older than the copy: its id would say so.
    expect(blobs).toHaveLength(1);
    const told = JSON.stringify([...got.headers, done.json(), ...done.headers]);
    expect(told).not.toContain(String(blobs[0]?.["id"]));
    expect(got.headers.get("etag")).toBe(`"${sha256}"`);
  });

  it("a proof that was answered wrongly before → refused, though it be right now", async () => {
    const id = await begin(thief);
    const asked = await challenge(thief, id);
    const { nonce } = asked;
    expect((await prove(thief, id, { nonce, proof: "0".repeat(64) })).status).toBe(200);
    const again = await prove(thief, id, { nonce, proof: proofOf(asked) });
    expect([again.status, again.json()["code"]]).toEqual([409, "challenge-spent"]);
  });

  it("twenty proofs at once → one is taken", async () => {
    const id = await begin(thief);
    const asked = await challenge(thief, id);
    const body = { nonce: asked.nonce, proof: proofOf(asked) };
    const answers = await Promise.all(Array.from({ length: 20 }, () => prove(thief, id, body)));
    const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b);
    expect(statuses).toEqual([200, ...Array<number>(19).fill(409)]);
    expect(await filesOf(thief)).toHaveLength(1);
  });

  it("another account's upload or challenge → as unknown", async () => {
    const id = await begin(server.token, { digests: { sha256: hashOf(randomBytes(3)) } });
    const foreign = await post(thief, `/uploads/${id}/challenge`, { sha256 });
    expect([foreign.status, foreign.json()["code"]]).toEqual([404, "upload-not-found"]);
    const victim = (await addAccount(server)).token;
    const theirs = await begin(victim);
    const asked = await challenge(victim, theirs);
    const body = { nonce: asked.nonce, proof: proofOf(asked) };
    expect((await prove(thief, theirs, body)).status).toBe(404);
    const mine = await begin(thief);
    expect((await prove(thief, mine, body)).json()["code"]).toBe("challenge-spent");
    expect((await prove(victim, theirs, body)).json()["state"]).toBe("complete");
  });

  it.each([
    ["MD5 as identity", { md5: "0".repeat(32) }],
    ["SHA-1 as identity", { sha1: "0".repeat(40) }],
    ["MD5 in the place of SHA-256", { sha256: "0".repeat(32) }],
    ["MD5 beside SHA-256", { sha256, md5: "0".repeat(32) }],
    ["no hash", {}],
    ["a hash that is no text", { sha256: 5 }],
    ["a size of its own", { sha256, size: 1 }],
    ["nothing", null],
  ])("%s → 400", async (_what, json) => {
    const id = await begin(thief);
    const answer = await post(thief, `/uploads/${id}/challenge`, json);
    expect([answer.status, answer.json()["code"]]).toEqual([400, "invalid-request"]);
  });

  it.each([
    ["no proof", { nonce: "0".repeat(64) }],
    ["a short proof", { nonce: "0".repeat(64), proof: "00" }],
    ["a nonce that is no hex", { nonce: "g".repeat(64), proof: "0".repeat(64) }],
    ["a long nonce", { nonce: "0".repeat(65), proof: "0".repeat(64) }],
    ["an unknown key", { nonce: "0".repeat(64), proof: "0".repeat(64), sha256 }],
  ])("a proof with %s → 400", async (_what, json) => {
    const id = await begin(thief);
    expect((await post(thief, `/uploads/${id}/proof`, json)).status).toBe(400);
  });

  it("a proof that nobody asked for → refused", async () => {
    const id = await begin(thief);
    const answer = await prove(thief, id, { nonce: "0".repeat(64), proof: "0".repeat(64) });
    expect([answer.status, answer.json()["code"]]).toEqual([409, "challenge-spent"]);
  });

  it("a paused, aborted or complete upload → refused with its state's code", async () => {
    const id = await begin(thief);
    await post(thief, `/uploads/${id}/pause`, {});
    const refusal = async () =>
      (await post(thief, `/uploads/${id}/challenge`, { sha256 })).json()["code"];
    expect(await refusal()).toBe("upload-paused");
    await server.ask({ method: "DELETE", path: `/uploads/${id}`, token: thief });
    expect(await refusal()).toBe("upload-aborted");
  });

  it("an upload under way → stopped with 409 upload-complete when another request proves the content", async () => {
    const id = await begin(thief);
    await using sending = await server.open();
    const head = `PUT /api/v1/uploads/${id}/parts/0 HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${thief}\r\ncontent-type: application/octet-stream\r\ncontent-length: ${size}\r\n\r\n`;
    await sending.write(head);
    await sending.write(content.subarray(0, 1024 * 1024));
    const asked = await challenge(thief, id);
    const granted = await prove(thief, id, { nonce: asked.nonce, proof: proofOf(asked) });
    expect(granted.json()["state"]).toBe("complete");
    const stopped = await sending.answer();
    expect([stopped?.status, stopped?.json()["code"]]).toEqual([409, "upload-complete"]);
  });

  it("the server says whose content it links", async () => {
    expect((await server.ask({ path: "/server" })).json()["instant"]).toBe("site");
  });
});

it("switched off → 403, and the upload goes on", async () => {
  await using server = await startServer({ instant: "off" });
  const created = await server.ask({ method: "POST", path: "/uploads", json: { name: "a", size } });
  const { id } = created.json() as { id: string };
  const path = `/uploads/${id}/challenge`;
  const answer = await server.ask({ method: "POST", path, json: { sha256 } });
  expect([answer.status, answer.json()["code"]]).toEqual([403, "instant-off"]);
  expect((await server.ask({ path: `/uploads/${id}` })).json()["state"]).toBe("receiving");
});
