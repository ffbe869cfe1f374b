/** M, clause by clause, where it differs from the other families. */
import { describe, expect, it } from "vitest";
import { digest, freshBytes, freshName, sha256 } from "../src/content.ts";
import { formOf } from "../src/form.ts";
import { postParts, sendPart } from "../src/families/multipart-api.ts";
import { send } from "../src/http.ts";
import { speakNative } from "../src/native.ts";
import { isRemote, useServer } from "../src/server.ts";

const username = "owner";
const sha1 = (bytes: Uint8Array) => digest("sha1", bytes).toString("hex");
const jsonOf = ({ text }: { text: string }) =>
  JSON.parse(text) as { code: number; msg: string; data: Data };
type Data = Record<string, unknown> & { missing?: number[]; ChunkExists?: number[] };

describe("multipart API", () => {
  const server = useServer();
  const native = speakNative(server);

  const post = (call: string, fields: Record<string, string>) =>
    postParts(server, { call, fields: { username, ...fields } });
  const begin = async (bytes: Buffer) => {
    const filehash = sha1(bytes);
    const answer = await post("init", { filehash, filesize: String(bytes.length) });
    expect(answer.status, answer.text).toBe(200);
    const { data } = jsonOf(answer);
    const uploadid = String(data["UploadID"]);
    const name = freshName();
    return {
      data,
      name,
      uploadid,
      part: (index: number | string, body: Uint8Array, type?: string) =>
        sendPart(server, {
          username,
          uploadid,
          index,
          body,
          ...(type === undefined ? {} : { type }),
        }),
      complete: () =>
        post("complete", { filehash, filesize: String(bytes.length), filename: name, uploadid }),
      init: () => post("init", { filehash, filesize: String(bytes.length) }),
    };
  };
  const split = (bytes: Buffer, lengths: number[]): Buffer[] => {
    let at = 0;
    return lengths.map((length) => bytes.subarray(at, (at += length)));
  };

  it("init: answers what the family's client reads", async () => {
    const { data } = await begin(freshBytes(11 * 1024 * 1024));
    expect(data).toMatchObject({
      FileSize: 11 * 1024 * 1024,
      ChunkSize: 5 * 1024 * 1024,
      ChunkCount: 3,
      ChunkExists: [],
    });
  });

  const mebibyte = 1024 * 1024;
  it.each([
    ["a short one in the middle", [5, 3, 5, 2]],
    ["a short one first", [1, 5, 5]],
    ["all of them short, and more than foretold", [2, 2, 2, 2, 2, 1]],
    ["a last one that is whole", [5, 1, 5]],
  ])("orders parts by index: %s, arriving at once in any order", async (_why, sizes) => {
    const lengths = sizes.map((size) => size * mebibyte);
    const bytes = freshBytes(lengths.reduce((sum, length) => sum + length, 0));
    const parts = split(bytes, lengths);
    const upload = await begin(bytes);
    const last = parts.length;
    const without = parts.map((_, i) => i + 1).filter((i) => i !== 2);
    const answers = await Promise.all(
      without.toReversed().map((i) => upload.part(i, parts[i - 1]!)),
    );
    for (const { status, text } of answers)
      expect([status, text]).toEqual([200, '{"code":0,"msg":"OK","data":null}']);
    const early = await upload.complete();
    expect(early.status).toBe(409);
    expect(jsonOf(early).data.missing).toEqual([2]);
    expect((await upload.part(2, parts[1]!)).status).toBe(200);
    expect((await upload.part(last, parts[last - 1]!)).status).toBe(200);
    const { data } = jsonOf(await upload.init());
    expect(data.ChunkExists).toEqual(parts.map((_, i) => i + 1));
    const done = await Promise.all([upload.complete(), upload.complete()]);
    for (const { status, text } of done) expect(status, text).toBe(200);
    expect(sha256(await native.contentOf(upload.name))).toBe(sha256(bytes));
    expect((await native.filesNamed(upload.name))[0]?.digests.sha256).toBe(sha256(bytes));
  });

  it("refuses parts in another order than the hash says, and is repaired", async () => {
    const bytes = freshBytes(4 * mebibyte);
    const [one, two] = split(bytes, [mebibyte, 3 * mebibyte]) as [Buffer, Buffer];
    const upload = await begin(bytes);
    await upload.part(1, two);
    await upload.part(2, one);
    const refused = await upload.complete();
    expect([refused.status, jsonOf(refused).data["error"]]).toEqual([422, "digest-mismatch"]);
    expect((await upload.part(1, one)).status).toBe(200);
    expect((await upload.part(2, two)).status).toBe(200);
    const done = await upload.complete();
    expect(done.status, done.text).toBe(200);
    expect(sha256(await native.contentOf(upload.name))).toBe(sha256(bytes));
  });

  it("uppart: the same part with other bytes, or of another length, is a conflict", async () => {
    const upload = await begin(freshBytes(12 * mebibyte));
    const part = freshBytes(5 * mebibyte);
    expect((await upload.part(1, part)).status).toBe(200);
    expect((await upload.part(1, part)).status).toBe(200);
    expect((await upload.part(1, freshBytes(5 * mebibyte))).status).toBe(409);
    expect((await upload.part(1, part.subarray(0, 100))).status).toBe(409);
    expect((await upload.part(2, part.subarray(0, 100))).status).toBe(200);
    expect((await upload.part(2, part.subarray(0, 100))).status).toBe(200);
    expect((await upload.part(2, part.subarray(0, 99))).status).toBe(409);
    expect((await upload.part(2, part)).status).toBe(409);
  });

  it("uppart: takes a real form too, and any other type as raw bytes", async () => {
    const bytes = freshBytes(100);
    for (const type of ["form", "application/octet-stream", "text/plain", "binary", "a b/c; d"]) {
      const content = Buffer.concat([bytes, Buffer.from(type)]);
      const upload = await begin(content);
      const form = formOf([{ name: "file", filename: "C:\\x", data: content }]);
      const answer =
        type === "form"
          ? await upload.part(1, form.body, form.type)
          : await upload.part(1, content, type);
      expect(answer.status, answer.text).toBe(200);
      expect((await upload.complete()).status).toBe(200);
      expect(sha256(await native.contentOf(upload.name))).toBe(sha256(content));
    }
  });

  it.each(["0", "-1", "1.5", "abc", "10001", ""])("uppart: index %j is refused", async (index) => {
    const upload = await begin(freshBytes(10));
    const answer = await upload.part(index, freshBytes(10));
    expect(answer.status).toBe(400);
    expect(jsonOf(answer).code).toBeGreaterThan(0);
  });

  it("init: says so when its user has the content, and complete then needs no part", async () => {
    const bytes = freshBytes(6 * mebibyte);
    const first = await begin(bytes);
    for (const [i, part] of split(bytes, [5 * mebibyte, mebibyte]).entries())
      await first.part(i + 1, part);
    await first.complete();
    const second = await begin(bytes);
    expect(second.data).toMatchObject({ Instant: true, ChunkExists: [1, 2] });
    expect((await second.complete()).status).toBe(200);
    expect(sha256(await native.contentOf(second.name))).toBe(sha256(bytes));
  });

  it("status and cancel: POST and GET, until nothing is valid any more", async () => {
    const bytes = freshBytes(6 * mebibyte);
    const { uploadid, part, complete } = await begin(bytes);
    await part(2, bytes.subarray(5 * mebibyte));
    const query = new URLSearchParams({ username, token: server.token, uploadid });
    const path = `/file/mpupload/status?${query}`;
    const shown = jsonOf(await send(server, { method: "GET", path, token: null }));
    expect(shown.data).toMatchObject({
      Valid: true,
      UploadID: uploadid,
      ChunkExists: [2],
      ChunkCount: 2,
    });
    expect(jsonOf(await post("status", { uploadid }))).toEqual(shown);
    for (let i = 0; i < 2; i++) expect((await post("cancel", { uploadid })).status).toBe(200);
    expect(jsonOf(await post("status", { uploadid })).data).toMatchObject({
      Valid: false,
      State: "aborted",
    });
    expect((await part(1, bytes.subarray(0, 5 * mebibyte))).status).toBe(410);
    expect((await complete()).status).toBe(410);
  });

  it("refuses a part that would make more of the file than it has, and can still be completed", async () => {
    for (const lengths of [
      [5, 1],
      [2, 4],
    ]) {
      const bytes = freshBytes(6 * mebibyte);
      const parts = split(
        bytes,
        lengths.map((length) => length * mebibyte),
      );
      const upload = await begin(bytes);
      for (const i of [2, 1]) expect((await upload.part(i, parts[i - 1]!)).status).toBe(200);
      const extra = await upload.part(3, freshBytes(1));
      expect(extra.status).toBe(413);
      expect(jsonOf(extra)).toMatchObject({ data: { error: "body-too-long", limitBytes: 0 } });
      expect(jsonOf(await upload.init()).data.ChunkExists).toEqual([1, 2]);
      expect((await upload.complete()).status).toBe(200);
    }
  });

  it.each([
    ["no token", { token: "" }],
    ["another user's name", { username: "somebody" }],
    ["no name", { username: "" }],
    ["a wrong token", { token: "sampan_x" }],
    ["a token with a line end", { token: "a\r\nb" }],
  ])("answers 401 to %s", async (_why, fields) => {
    const filehash = sha1(freshBytes(5));
    const answer = await post("init", { filehash, filesize: "5", ...fields });
    expect(answer.status, answer.text).toBe(401);
    expect(jsonOf(answer)).toMatchObject({ data: { error: "unauthenticated" } });
  });

  describe.skipIf(isRemote)("with short parts", () => {
    it("keeps them through kill -9", async () => {
      const bytes = freshBytes(8 * mebibyte);
      const parts = split(bytes, [mebibyte, 5 * mebibyte, 2 * mebibyte]);
      const upload = await begin(bytes);
      await upload.part(1, parts[0]!);
      await upload.part(2, parts[1]!);
      await server.kill();
      await server.start();
      expect(jsonOf(await upload.init()).data.ChunkExists).toEqual([1, 2]);
      await upload.part(3, parts[2]!);
      const done = await upload.complete();
      expect(done.status, done.text).toBe(200);
      await server.kill();
      await server.start();
      expect(sha256(await native.contentOf(upload.name))).toBe(sha256(bytes));
    });
  });
});
