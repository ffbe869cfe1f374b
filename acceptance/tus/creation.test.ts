/** tus 1.0.0: creation, creation-with-upload. */
import { describe, expect, it } from "vitest";
import { freshBytes, freshName } from "../src/content.ts";
import { speakNative } from "../src/native.ts";
import { useServer } from "../src/server.ts";
import { bodyType, locationOf, metadataOf, speakTus } from "../src/tus.ts";

const server = useServer();
const tus = speakTus(server);
const native = speakNative(server);

describe("tus creation", () => {
  it.each(["/files/", "/files"])(
    "POST %s: answers 201 with a Location that can be asked",
    async (path) => {
      const answer = await tus.call("POST", path, { headers: { "upload-length": "100" } });
      expect(answer.status).toBe(201);
      const location = locationOf(answer);
      const url = new URL(location, new URL(path, server.url));
      expect(url.origin).toBe(server.url);
      expect((await tus.head(url.href)).headers["upload-length"]).toBe("100");
    },
  );

  it("POST: two are never the same upload", async () => {
    const headers = { "upload-length": "5", "upload-metadata": metadataOf({ filename: "twin" }) };
    expect(await tus.created(headers)).not.toBe(await tus.created(headers));
  });

  it("POST: an upload of length 0 is complete at once", async () => {
    const name = freshName();
    const metadata = metadataOf({ filename: name });
    const path = await tus.created({ "upload-length": "0", "upload-metadata": metadata });
    const { headers } = await tus.head(path);
    expect(headers).toMatchObject({ "upload-offset": "0", "upload-length": "0" });
    expect(await native.contentOf(name)).toHaveLength(0);
  });

  it("POST: answers 413 above Tus-Max-Size and takes what is no larger", async () => {
    const { headers } = await tus.call("OPTIONS", "/files/");
    const max = Number(headers["tus-max-size"]);
    const answer = await tus.create({ "upload-length": String(max + 1) });
    expect(answer.status).toBe(413);
    expect(answer.text).toMatch(/^file-too-large: /);
  });

  it.each(["-1", "1.5", "NaN", "5abc", "1e309", "", "0x10", "01", "9007199254740992", "5, 6"])(
    "POST: answers 400 to the length %j",
    async (length) => {
      const answer = await tus.create({ "upload-length": length });
      expect(answer.status).toBe(400);
      expect(answer.text).toContain('field: "Upload-Length"');
    },
  );

  it("POST: answers 400 without a length, and without saying that it will follow", async () => {
    expect((await tus.create({})).status).toBe(400);
  });

  it("GET and others: answer 405 on the collection", async () => {
    for (const method of ["GET", "HEAD", "PATCH", "DELETE", "PUT"]) {
      const answer = await tus.call(method, "/files/");
      expect(answer.status, method).toBe(405);
      expect(answer.headers.allow).toBe("OPTIONS, POST");
    }
  });
});

describe("tus creation-with-upload", () => {
  const post = (headers: Record<string, string>, body: Uint8Array | string) =>
    tus.call("POST", "/files/", { headers: { "content-type": bodyType, ...headers }, body });

  it("POST: takes the whole file", async () => {
    const name = freshName();
    const bytes = freshBytes(70_000);
    const metadata = metadataOf({ filename: name });
    const answer = await post({ "upload-length": "70000", "upload-metadata": metadata }, bytes);
    expect(answer.status).toBe(201);
    expect(answer.headers["upload-offset"]).toBe("70000");
    expect((await native.contentOf(name)).equals(bytes)).toBe(true);
    expect((await tus.head(locationOf(answer))).headers["upload-offset"]).toBe("70000");
  });

  it("POST: takes the first bytes, and PATCH the rest", async () => {
    const answer = await post({ "upload-length": "10" }, "01234");
    expect(answer.status).toBe(201);
    expect(answer.headers["upload-offset"]).toBe("5");
    const path = locationOf(answer);
    expect((await tus.patch(path, { offset: 5, bytes: "56789" })).status).toBe(204);
    const { file } = await native.upload(path);
    expect((await native.content(file?.id ?? "")).toString()).toBe("0123456789");
  });

  it("POST: takes first bytes of a length that will follow", async () => {
    const answer = await post({ "upload-defer-length": "1" }, "01234");
    expect(answer.status).toBe(201);
    expect(answer.headers["upload-offset"]).toBe("5");
  });

  it("POST: tells the offset without a body too", async () => {
    const answer = await tus.create({ "upload-length": "10" });
    expect(answer.headers["upload-offset"]).toBe("0");
  });

  it.each([
    ["of another content type", 415, { "content-type": "application/json" }, "{}"],
    ["in a content coding", 415, { "content-encoding": "gzip" }, "01234"],
    ["longer than the length", 413, { "upload-length": "4" }, "01234"],
    ["with another checksum", 460, { "upload-checksum": "md5 AAAAAAAAAAAAAAAAAAAAAA==" }, "01234"],
  ])(
    "POST: refuses a body %s with %i, and leaves no upload behind",
    async (_case, status, headers, body) => {
      const before = (await native.openUploads()).length;
      const answer = await post({ "upload-length": "10", ...headers }, body);
      expect(answer.status).toBe(status);
      expect(answer.headers.location).toBeUndefined();
      expect((await native.openUploads()).length).toBe(before);
    },
  );
});
