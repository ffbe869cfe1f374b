/** N: sessions of two tokens, and the small set of calls under /netdisk. */
import { createHmac, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { digest, freshBytes, freshName, mebibyte, sha256 } from "../src/content.ts";
import { send, type Ask } from "../src/http.ts";
import { isRemote, useServer } from "../src/server.ts";

const sha1 = (bytes: Uint8Array) => digest("sha1", bytes).toString("hex");
const password = "correct horse battery staple";
/** Ours to sign with, so that a token can be made that has expired. */
const secret = randomBytes(32).toString("base64url");

type Answered = { status: number; code: number; data: Record<string, unknown>; renewed?: string };

describe.skipIf(isRemote)("netdisk sessions", () => {
  const server = useServer({ SAMPAN_SIGNUP: "open", SAMPAN_TOKEN_SECRET: secret });

  const ask = async (
    authorization: string | null,
    { headers, ...rest }: Ask & { json?: object },
  ): Promise<Answered> => {
    const { json } = rest;
    const answer = await send(server, {
      ...rest,
      token: null,
      headers: {
        ...(authorization === null ? {} : { authorization }),
        ...(json ? { "content-type": "application/json" } : {}),
        ...headers,
      },
      ...(json ? { body: JSON.stringify(json) } : {}),
    });
    const { code, msg, data } = JSON.parse(answer.text) as Answered & { msg: string };
    expect([typeof code, typeof msg]).toEqual(["number", "string"]);
    const renewed = answer.headers["authorization"] ?? answer.headers.authorization;
    return { status: answer.status, code, data, ...(renewed ? { renewed } : {}) };
  };
  const join = async (username: string): Promise<string> => {
    const json = { username, password };
    const made = await ask(null, { method: "POST", path: "/netdisk/register", json });
    expect(made.status).toBe(200);
    const { renewed, data } = await ask(null, { method: "POST", path: "/netdisk/login", json });
    expect(data).toMatchObject({ username, expires_in: 3 * 3600 });
    expect(renewed).toBe(`Bearer ${String(data["access_token"])} ${String(data["refresh_token"])}`);
    return renewed!;
  };
  const me = { method: "GET", path: "/netdisk/user" };

  it("answers 400 to a missing or malformed header, 401 to an invalid one, with code and msg", async () => {
    const pair = await join("ann");
    const [, access, refresh] = pair.split(" ") as [string, string, string];
    expect((await ask(null, me)).status).toBe(400);
    for (const header of ["Bearer", "Basic abc", "Bearer a b c", access])
      expect([header, (await ask(header, me)).status]).toEqual([header, 400]);
    for (const header of [
      "Bearer x",
      `Bearer ${access} y`,
      `Bearer x ${refresh}`,
      `Bearer ${refresh}`,
    ])
      expect([header, (await ask(header, me)).status]).toEqual([header, 401]);
    for (const header of [pair, `Bearer ${access}`])
      expect(await ask(header, me)).toMatchObject({ status: 200, data: { username: "ann" } });
    const wrong = { username: "ann", password: "wrong" };
    const login = { method: "POST", path: "/netdisk/login" };
    expect((await ask(null, { ...login, json: wrong })).status).toBe(401);
    const long = { username: "ann", password: "x".repeat(mebibyte) };
    expect((await ask(null, { ...login, json: long })).status).toBe(400);
  });

  it("renews an access token that has expired, in the answer's Authorization header", async () => {
    const [, access, refresh] = (await join("bob")).split(" ") as [string, string, string];
    const late = `Bearer ${expire(access)} ${refresh}`;
    const answer = await ask(late, me);
    expect(answer).toMatchObject({ status: 200, data: { username: "bob" } });
    expect(answer.renewed).toMatch(/^Bearer \S+ \S+$/);
    expect((await ask(answer.renewed!, me)).status).toBe(200);
    expect((await ask(`Bearer ${expire(access)}`, me)).status).toBe(401);
  });

  it("uploads in flagged chunks, resumes after kill -9, downloads in ranges, and links own content by SHA-1", async () => {
    const ann = await join("cid");
    const dan = await join("dan");
    const bytes = freshBytes(3 * mebibyte + 5);
    const json = { name: freshName(), size: bytes.length, sha1: sha1(bytes), chunk_size: mebibyte };
    const begin = (who: string, more = {}) =>
      ask(who, { method: "POST", path: "/netdisk/uploads", json: { ...json, ...more } });
    const { data } = await begin(ann);
    expect(data).toMatchObject({ instant: false, chunks: 4, flags: "0000", chunk_size: mebibyte });
    const path = `/netdisk/uploads/${String(data["upload_id"])}`;
    const put = (index: number | string, body: Buffer, who = ann) =>
      ask(who, { method: "PUT", path: `${path}/chunks/${index}?sha1=${sha1(body)}`, body });
    const chunk = (i: number) => bytes.subarray(i * mebibyte, (i + 1) * mebibyte);
    expect((await put(1, chunk(1))).status).toBe(200);
    expect((await put(3, chunk(3))).status).toBe(200);
    await server.kill();
    await server.start();
    expect((await begin(ann)).data).toMatchObject({ upload_id: data["upload_id"], flags: "0101" });
    expect((await put(0, chunk(0), dan)).status).toBe(404);
    expect((await put(0, chunk(3))).status).toBe(400);
    expect((await put(3, chunk(0))).status).toBe(413);
    for (const index of [-1, 4, "1.5"]) expect((await put(index, chunk(0))).status).toBe(400);
    const other = `${path}/chunks/0?sha1=${sha1(chunk(1))}`;
    expect((await ask(ann, { method: "PUT", path: other, body: chunk(0) })).status).toBe(422);
    const complete = () => ask(ann, { method: "POST", path: `${path}/complete` });
    expect((await complete()).status).toBe(409);
    for (const i of [0, 2]) expect((await put(i, chunk(i))).status).toBe(200);
    expect((await complete()).data).toMatchObject({ sha1: json.sha1, sha256: sha256(bytes) });

    const range = (from: number, to: number) =>
      send(server, {
        method: "GET",
        path: `/netdisk/files/${json.sha1}`,
        token: null,
        headers: { authorization: ann, range: `bytes=${from}-${to}` },
      });
    const parts = await Promise.all([range(0, 999_999), range(1_000_000, bytes.length - 1)]);
    expect(parts.map(({ status }) => status)).toEqual([206, 206]);
    expect(sha256(Buffer.concat(parts.map(({ body }) => body)))).toBe(sha256(bytes));
    expect(parts[0].headers["repr-digest"]).toContain("sha-256=");

    expect((await begin(ann, { name: freshName() })).data).toMatchObject({ instant: true });
    expect((await begin(dan)).data).toMatchObject({ instant: false });
    const usual = { name: freshName(), size: 1, sha1: "0".repeat(40), chunk_size: undefined };
    expect((await begin(dan, usual)).data).toMatchObject({ chunk_size: 100 * mebibyte });
  });

  it("refuses hostile creates, and records nothing of them", async () => {
    const eve = await join("eve");
    const good = { name: freshName(), size: 10, sha1: "1".repeat(40) };
    const wrong: object[] = [-1, 1.5, "NaN", "5abc", "1e309"].map((size) => ({ size }));
    wrong.push(...["../x", "a\0b", ".", "a ", "x".repeat(256)].map((name) => ({ name })));
    wrong.push({ sha1: "zz" }, { chunk_size: 0 }, { chunk_size: -1 });
    for (const one of wrong) {
      const json = { ...good, ...one };
      const answer = await ask(eve, { method: "POST", path: "/netdisk/uploads", json });
      expect([one, answer.status]).toEqual([one, 400]);
    }
    const headers = { authorization: eve };
    const listed = await send(server, {
      method: "GET",
      path: "/api/v1/uploads",
      token: null,
      headers,
    });
    expect(JSON.parse(listed.text)).toMatchObject({ items: [] });
  });
});

/** The same token, signed anew with an end that is past: by the key that the server derives from its secret. */
function expire(token: string): string {
  const [head, body] = token.split(".") as [string, string];
  const claims = JSON.parse(Buffer.from(body, "base64url").toString()) as Record<string, unknown>;
  const now = Math.floor(Date.now() / 1000);
  const late = Buffer.from(JSON.stringify({ ...claims, iat: now - 20, exp: now - 10 }));
  const signed = `${head}.${late.toString("base64url")}`;
  const key = createHmac("sha256", secret).update("sampan access").digest();
  return `${signed}.${createHmac("sha256", key).update(signed).digest("base64url")}`;
}
