/** D, clause by clause, by a client written from the contract, against a server where anybody may sign up. */
import { readdir } from "node:fs/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { digest, freshBytes, freshName, mebibyte, sha256 } from "../src/content.ts";
import {
  driveClient,
  envelopeOf,
  postFields,
  signInToDrive,
  type DriveClient,
} from "../src/drive-api.ts";
import { formOf } from "../src/form.ts";
import { open, send } from "../src/http.ts";
import { speakNative } from "../src/native.ts";
import { isRemote, useServer } from "../src/server.ts";

const sha1 = (bytes: Uint8Array) => digest("sha1", bytes).toString("hex");
const md5 = (bytes: Uint8Array) => digest("md5", bytes).toString("hex");
const password = "correct horse battery staple";

describe.skipIf(isRemote)("drive API", () => {
  const server = useServer({ SAMPAN_SIGNUP: "open" });
  let ann: DriveClient;
  let bob: DriveClient;

  const join = async (username: string): Promise<DriveClient> => {
    const signedUp = await postFields(server, "/user/signup", { username, password });
    expect([signedUp.status, envelopeOf(signedUp).code]).toEqual([200, 0]);
    return signInToDrive(server, { username, password });
  };
  beforeAll(async () => {
    ann = await join("ann");
    bob = await join("bob");
  });

  it("signup: a page that takes nothing from elsewhere, and accounts that are those of the native API", async () => {
    const page = await send(server, { method: "GET", path: "/user/signup", token: null });
    expect(page.status).toBe(200);
    expect(page.headers["content-type"]).toMatch(/^text\/html/);
    expect(page.headers["content-security-policy"]).toContain("default-src 'none'");
    const me = await speakNative({ url: server.url, token: ann.token }).call<{ name: string }>(
      "GET",
      "/me",
    );
    expect(me.name).toBe("ann");
  });

  it("signup: names that are taken, passwords that are none, and a closed server are refused", async () => {
    const sign = (username: string, secret: string) =>
      postFields(server, "/user/signup", { username, password: secret });
    expect((await sign("ann", password)).status).toBe(409);
    expect((await sign("ANN", password)).status).toBe(409);
    expect((await sign("new-one", "short")).status).toBe(400);
    expect((await sign("../x", password)).status).toBe(400);
    expect((await sign("", password)).status).toBe(400);
    const long = await sign("new-one", "x".repeat(mebibyte));
    expect([long.status, envelopeOf(long).data?.["error"]]).toEqual([400, "invalid-request"]);
    expect((await sign("x".repeat(70_000), password)).status).toBe(400);
  });

  it("signin: answers Location, Username and Token; the same to a wrong password as to an unknown name", async () => {
    const good = await postFields(server, "/user/signin", { username: "ann", password });
    expect(envelopeOf(good)).toMatchObject({
      code: 0,
      msg: "OK",
      data: { Username: "ann", Location: `${server.url}/` },
    });
    const wrong = await postFields(server, "/user/signin", { username: "ann", password: "no no" });
    const nobody = await postFields(server, "/user/signin", { username: "zed", password: "no no" });
    expect([wrong.status, wrong.text]).toEqual([401, nobody.text]);
    expect(envelopeOf(wrong).code).not.toBe(0);
  });

  it("every call but the two asks for username and token, of one person", async () => {
    const calls = ["/user/info", "/file/query", "/file/meta", "/file/download", "/file/update"];
    for (const path of [...calls, "/file/delete", "/file/fastupload", "/file/upload"]) {
      const strangers = [
        {},
        { username: "ann" },
        { username: "ann", token: "wrong" },
        { username: "ann", token: bob.token },
        { token: ann.token },
        { username: "ann", token: "a b" },
      ];
      for (const fields of strangers) {
        const answer = await postFields(server, path, fields);
        const seen = [path, answer.status, envelopeOf(answer).code];
        // The one call that is a form is refused as none where nobody has said in the query who they are.
        if (path === "/file/upload") expect([400, 401, 415]).toContain(answer.status);
        else expect(seen).toEqual([path, 401, 10005]);
      }
    }
  });

  it("info: who one is", async () => {
    for (const answer of [await ann.post("/user/info"), await ann.get("/user/info")]) {
      expect(envelopeOf(answer).data).toMatchObject({ Username: "ann" });
      expect(String(envelopeOf(answer).data?.["SignupAt"])).toMatch(/^\d{4}-\d\d-\d\d \d\d:/);
    }
  });

  it.each([
    ["none", 0],
    ["few", 1000],
    ["many", 3 * mebibyte + 1],
  ])("upload, query, meta, download: %s bytes, by any of three hashes", async (_how, length) => {
    const bytes = freshBytes(length);
    const name = freshName("txt");
    const stored = envelopeOf(await ann.upload(name, bytes));
    expect(stored).toMatchObject({
      code: 0,
      data: { FileHash: sha1(bytes), FileName: name, FileSize: length },
    });
    expect((await ann.files(5)).map((file) => file.FileName)).toContain(name);
    for (const filehash of [sha1(bytes), sha256(bytes), md5(bytes).toUpperCase()]) {
      const meta = await ann.get("/file/meta", { filehash, filename: name });
      expect(JSON.parse(meta.text)).toMatchObject({
        code: 0,
        FileName: name,
        data: { FileName: name, FileSize: length },
      });
      for (const ask of [ann.get, ann.post]) {
        const content = await ask("/file/download", { filehash });
        expect(content.status).toBe(200);
        expect(content.body.equals(bytes)).toBe(true);
        expect(content.headers["content-disposition"]).toMatch(/^attachment; filename=/);
      }
    }
  });

  it("download: ranges, by GET and by POST; whole where the range is none", async () => {
    const bytes = freshBytes(5000);
    await ann.upload(freshName(), bytes);
    const filehash = sha1(bytes);
    const query = new URLSearchParams({ username: "ann", token: ann.token, filehash });
    const path = `/file/download?${query}`;
    for (const method of ["GET", "POST"]) {
      const ask = (range: string) =>
        send(server, { method, path, token: null, headers: { range } });
      const part = await ask("bytes=100-199");
      expect([part.status, part.headers["content-range"]]).toEqual([206, "bytes 100-199/5000"]);
      expect(part.body.equals(bytes.subarray(100, 200))).toBe(true);
      expect((await ask("bytes=5-2")).status).toBe(200);
      expect((await ask("bytes=5000-")).status).toBe(416);
    }
    const link = await ann.post("/file/downloadurl", { filehash });
    expect(link.text.startsWith(`${server.url}/file/download?`)).toBe(true);
    expect(
      (await send(server, { method: "GET", path: link.text, token: null })).body.equals(bytes),
    ).toBe(true);
  });

  it("query: newest first, as many as asked for, one's own", async () => {
    for (const name of ["q1", "q2", "q3"]) await bob.upload(name, Buffer.from(name));
    expect((await bob.files(2)).map((file) => file.FileName)).toEqual(["q3", "q2"]);
    expect((await ann.files(1000)).map((file) => file.FileName)).not.toContain("q1");
    expect(await bob.files(0)).toEqual([]);
    for (const limit of ["-1", "1.5", "5abc", "1e9"])
      expect((await bob.post("/file/query", { limit })).status).toBe(400);
  });

  it("update renames; nothing but op 0, no hostile name, no name that is taken", async () => {
    const bytes = freshBytes(10);
    const filehash = sha1(bytes);
    const [before, after] = [freshName(), freshName()];
    await ann.upload(before, bytes);
    const update = (op: string, filename: string) =>
      ann.post("/file/update", { op, filehash, filename });
    expect(envelopeOf(await update("0", after)).data).toMatchObject({ FileName: after });
    expect((await update("1", before)).status).toBe(400);
    for (const name of ["../x", "a\0b", "a\r\nb", ".", "a ", "x".repeat(256)])
      expect((await update("0", name)).status).toBe(400);
    const taken = freshName();
    await ann.upload(taken, freshBytes(9));
    expect((await update("0", taken)).status).toBe(409);
    expect((await bob.post("/file/update", { op: "0", filehash, filename: "mine" })).status).toBe(
      404,
    );
  });

  it("delete: gone from every call, and in the trash of the native API", async () => {
    const bytes = freshBytes(20);
    const filehash = sha1(bytes);
    const name = freshName();
    await ann.upload(name, bytes);
    expect((await bob.post("/file/delete", { filehash })).status).toBe(404);
    expect(envelopeOf(await ann.post("/file/delete", { filehash })).code).toBe(0);
    for (const path of ["/file/meta", "/file/download", "/file/delete"])
      expect((await ann.post(path, { filehash })).status).toBe(404);
    const native = speakNative({ url: server.url, token: ann.token });
    const { items } = await native.call<{ items: { name: string }[] }>("GET", "/trash");
    expect(items.map((item) => item.name)).toContain(name);
  });

  it("fastupload: links one's own content; what others have is answered as what nobody has", async () => {
    const bytes = freshBytes(30_000);
    await ann.upload(freshName(), bytes);
    const fast = (who: DriveClient, filehash: string, filename = freshName()) =>
      who.post("/file/fastupload", { filehash, filename, filesize: "30000" });
    const name = freshName();
    for (const hash of [sha1(bytes), sha256(bytes), md5(bytes)]) {
      expect(envelopeOf(await fast(ann, hash, name))).toMatchObject({
        code: 0,
        data: { FileName: name, FileHash: sha1(bytes) },
      });
      const [foreign, unknown] = [await fast(bob, hash), await fast(bob, hash.replace(/^./, "0"))];
      expect([foreign.status, foreign.text]).toEqual([unknown.status, unknown.text]);
      expect(envelopeOf(foreign)).toEqual({
        code: -1,
        msg: "not found: use ordinary upload",
        data: null,
      });
    }
    const wrongSize = { filehash: sha1(bytes), filename: freshName(), filesize: "29999" };
    expect(envelopeOf(await ann.post("/file/fastupload", wrongSize)).code).toBe(-1);
    expect((await fast(ann, "abc")).status).toBe(400);
    expect((await fast(ann, sha1(bytes), "../x")).status).toBe(400);
    expect((await ann.files(1000)).filter((file) => file.FileName === name)).toHaveLength(1);
  });

  it("upload: the same again is one file; other bytes under the name are another", async () => {
    const name = freshName("bin");
    const bytes = freshBytes(100);
    for (let i = 0; i < 3; i++) expect((await bob.upload(name, bytes)).status).toBe(200);
    expect((await bob.files(50)).filter((file) => file.FileName === name)).toHaveLength(1);
    const other = envelopeOf(await bob.upload(name, freshBytes(100)));
    expect(other.data?.["FileName"]).toBe(name.replace(".bin", " (2).bin"));
  });

  it("upload: a path in the filename is ignored; hostile names, two files and no file are refused", async () => {
    const before = (await bob.files(1000)).length;
    for (const name of ["a\0b", "..", ".", "", "x ", "x.", "a\u202eb", "y".repeat(256)])
      expect([name, (await bob.upload(name, Buffer.from("1"))).status]).toEqual([name, 400]);
    const path = `/file/upload?${new URLSearchParams({ username: "bob", token: bob.token })}`;
    const post = (parts: Parameters<typeof formOf>[0]) => {
      const { type, body } = formOf(parts);
      return send(server, {
        method: "POST",
        path,
        token: null,
        headers: { "content-type": type },
        body,
      });
    };
    const file = { name: "file", filename: "twice", data: "x" };
    expect((await post([file, file])).status).toBe(400);
    expect((await post([{ name: "other", data: "x" }])).status).toBe(400);
    const headers = { "content-type": "multipart/form-data" };
    expect(
      (await send(server, { method: "POST", path, token: null, headers, body: "x" })).status,
    ).toBe(400);
    expect(await bob.files(1000)).toHaveLength(before);
    const stored = envelopeOf(await bob.upload("C:/a/../b/kept-name", Buffer.from("1")));
    expect(stored.data?.["FileName"]).toBe("kept-name");
  });

  it("upload: credentials may stand in the form, before the file", async () => {
    const send3 = (parts: Parameters<typeof formOf>[0]) => {
      const { type, body } = formOf(parts);
      const headers = { "content-type": type };
      return send(server, { method: "POST", path: "/file/upload", token: null, headers, body });
    };
    const who = [
      { name: "username", data: "bob" },
      { name: "token", data: bob.token },
    ];
    const file = { name: "file", filename: freshName(), data: "in the form" };
    expect((await send3([...who, file])).status).toBe(200);
    expect((await send3([file, ...who])).status).toBe(401);
  });

  it("upload: leaves nothing when the server is killed in the middle of it", async () => {
    const name = freshName();
    const { type, body } = formOf([
      { name: "file", filename: name, data: freshBytes(40 * mebibyte) },
    ]);
    const path = `/file/upload?${new URLSearchParams({ username: "ann", token: ann.token })}`;
    const headers = { "content-type": type, "content-length": String(body.length) };
    const request = open(server, { method: "POST", path, token: null, headers });
    await request.write(body.subarray(0, 30 * mebibyte));
    const native = speakNative({ url: server.url, token: ann.token });
    await expect.poll(async () => (await native.openUploads()).length).toBe(1);
    await server.kill();
    await server.start();
    expect(await native.openUploads()).toEqual([]);
    expect(await native.filesNamed(name)).toEqual([]);
    const { account } = await native.call<{ account: { reservedBytes: number } }>("GET", "/server");
    expect(account.reservedBytes).toBe(0);
    expect(await readdir(`${server.dataFolder}/staging`)).toEqual([]);
  });

  it("survives kill -9: what was acknowledged is there, and the token still counts", async () => {
    const bytes = freshBytes(2 * mebibyte);
    await ann.upload(freshName(), bytes);
    await server.kill();
    await server.start();
    const again = driveClient(server, { username: "ann", token: ann.token });
    const content = await again.get("/file/download", { filehash: sha1(bytes) });
    expect(sha256(content.body)).toBe(sha256(bytes));
  });
});

describe.skipIf(isRemote)("drive API where sign-up is by invitation", () => {
  const server = useServer();

  it("refuses to sign up anybody else", async () => {
    const answer = await postFields(server, "/user/signup", { username: "eve", password });
    expect([answer.status, envelopeOf(answer).data?.["error"]]).toEqual([403, "signup-closed"]);
    const native = speakNative(server);
    const { token } = await native.call<{ token: string }>("POST", "/admin/invitations", {
      role: "member",
    });
    const invited = { username: "eve", password, invitation: token };
    expect((await postFields(server, "/user/signup", invited)).status).toBe(200);
  });
});
