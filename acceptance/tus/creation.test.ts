/** tus 1.0.0: creation, creation-with-upload, creation-defer-length. */
import { describe, expect, it } from "vitest";
import { freshBytes, freshName } from "../src/content.ts";
import { speakNative } from "../src/native.ts";
import { isRemote, useServer } from "../src/server.ts";
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

describe("tus Upload-Metadata", () => {
  it("HEAD: repeats it as it was given", async () => {
    const name = freshName("txt");
    const metadata = `filename ${Buffer.from(name).toString("base64")},is_confidential,note d29ybGQ=`;
    const path = await tus.created({ "upload-length": "4", "upload-metadata": metadata });
    expect((await tus.head(path)).headers["upload-metadata"]).toBe(metadata);
    await tus.patch(path, { offset: 0, bytes: "done" });
    expect((await tus.head(path)).headers["upload-metadata"]).toBe(metadata);
  });

  it("HEAD: has none where none was given", async () => {
    const path = await tus.created({ "upload-length": "4" });
    expect((await tus.head(path)).headers["upload-metadata"]).toBeUndefined();
  });

  it.each([
    ["filename", "filetype"],
    ["name", "type"],
  ])("%s and %s give the file's name and media type", async (nameKey, typeKey) => {
    const name = `Grüße 你好 ${freshName("txt")}`;
    const metadata = metadataOf({ [nameKey]: name, [typeKey]: "text/plain; charset=utf-8" });
    await tus.created({ "upload-length": "0", "upload-metadata": metadata });
    const [file] = await native.filesNamed(name);
    expect(file).toMatchObject({ name, mediaType: "text/plain; charset=utf-8" });
  });

  it("a file that nobody named gets a name of its own", async () => {
    const path = await tus.created({ "upload-length": "4" });
    await tus.patch(path, { offset: 0, bytes: "anon" });
    const { file } = await native.upload(path);
    expect(file?.name).toMatch(/^upload-[0-9a-f-]{36}$/);
  });

  it("a media type that is none is not kept", async () => {
    const name = freshName();
    const metadata = metadataOf({ filename: name, filetype: "text/html\r\nset-cookie: a=b" });
    await tus.created({ "upload-length": "0", "upload-metadata": metadata });
    expect(await native.filesNamed(name)).toMatchObject([{ mediaType: null }]);
  });

  it.each([
    ["no base64", "filename ***"],
    ["base64url", "filename _-_-"],
    ["base64 without its padding", "filename YQ"],
    ["base64 with bits left over", "filename YR=="],
    ["two values", "filename YQ== YQ=="],
    ["an empty pair", "filename YQ==,,note YQ=="],
    ["a key twice", "filename YQ==,filename Yg=="],
    ["a key outside ASCII", "schlüssel YQ=="],
    ["a name that is not UTF-8", metadataOf({ filename: Buffer.from([0xff, 0xfe, 0x41]) })],
    ["an unknown onConflict", metadataOf({ onConflict: "overwrite" })],
  ])("POST: answers 400 to %s, and creates nothing", async (_case, metadata) => {
    const before = (await native.openUploads()).length;
    // As bytes: a header outside of Latin-1 cannot be written otherwise.
    const header = Buffer.from(metadata).toString("latin1");
    const answer = await tus.create({ "upload-length": "5", "upload-metadata": header });
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('field: "Upload-Metadata"');
    expect((await native.openUploads()).length).toBe(before);
  });

  it.each([
    "../x",
    "..\\x",
    "C:\\x",
    "/etc/passwd",
    "a\0b",
    "a\r\nb",
    "a\u0007b",
    "x".repeat(256),
    "é".repeat(128),
    ".",
    "..",
    "dot.",
    "space ",
    "\u202Efdp.exe",
  ])("POST: answers 400 to the name %j, and creates nothing", async (name) => {
    const before = (await native.openUploads()).length;
    const metadata = metadataOf({ filename: name });
    const answer = await tus.create({ "upload-length": "5", "upload-metadata": metadata });
    expect(answer.status).toBe(400);
    expect(answer.text).toMatch(/^name-refused: /);
    expect((await native.openUploads()).length).toBe(before);
  });

  it("POST: a header of more than 16 KiB is refused before anything reads it", async () => {
    const metadata = metadataOf({ note: "x".repeat(17_000) });
    const answer = await tus.create({ "upload-length": "5", "upload-metadata": metadata });
    expect([400, 431]).toContain(answer.status);
  });
});

describe("tus metadata onConflict", () => {
  const store = async (name: string, pairs: Record<string, string> = {}) => {
    const path = await tus.created({
      "upload-length": "4",
      "upload-metadata": metadataOf({ filename: name, ...pairs }),
    });
    const bytes = freshBytes(4);
    expect((await tus.patch(path, { offset: 0, bytes })).status).toBe(204);
    return { path, bytes };
  };

  it("keeps both files when it is absent", async () => {
    const name = freshName();
    const first = await store(name);
    const second = await store(name);
    expect((await native.contentOf(name)).equals(first.bytes)).toBe(true);
    const { file } = await native.upload(second.path);
    expect(file?.name).not.toBe(name);
    expect((await native.content(file?.id ?? "")).equals(second.bytes)).toBe(true);
  });

  it("replace: replaces the content", async () => {
    const name = freshName();
    await store(name);
    const { bytes } = await store(name, { onConflict: "replace" });
    expect((await native.contentOf(name)).equals(bytes)).toBe(true);
  });

  it("fail: answers 409 at creation", async () => {
    const name = freshName();
    await store(name);
    const answer = await tus.create({
      "upload-length": "4",
      "upload-metadata": metadataOf({ filename: name, onConflict: "fail" }),
    });
    expect(answer.status).toBe(409);
    expect(answer.text).toMatch(/^name-taken: /);
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

describe("tus creation-defer-length", () => {
  it("HEAD: says so while the length is not known, and the length once it is", async () => {
    const path = await tus.created({ "upload-defer-length": "1" });
    const before = await tus.head(path);
    expect(before.headers["upload-defer-length"]).toBe("1");
    expect(before.headers["upload-length"]).toBeUndefined();
    await tus.patch(path, { offset: 0, bytes: "01234", headers: { "upload-length": "10" } });
    const after = await tus.head(path);
    expect(after.headers["upload-defer-length"]).toBeUndefined();
    expect(after.headers).toMatchObject({ "upload-length": "10", "upload-offset": "5" });
  });

  it.each([
    ["with its last bytes", "01234"],
    ["after them", ""],
  ])("PATCH: the length that comes %s completes the upload", async (_case, last) => {
    const name = freshName();
    const metadata = metadataOf({ filename: name });
    const path = await tus.created({ "upload-defer-length": "1", "upload-metadata": metadata });
    await tus.patch(path, { offset: 0, bytes: "first" });
    const total = String(5 + last.length);
    const answer = await tus.patch(path, {
      offset: 5,
      bytes: last,
      headers: { "upload-length": total },
    });
    expect(answer.status).toBe(204);
    expect(answer.headers["upload-offset"]).toBe(total);
    expect((await native.contentOf(name)).toString()).toBe(`first${last}`);
  });

  it("PATCH: the length holds although its body was refused", async () => {
    const path = await tus.created({ "upload-defer-length": "1" });
    const headers = { "upload-length": "5", "upload-checksum": "md5 AAAAAAAAAAAAAAAAAAAAAA==" };
    expect((await tus.patch(path, { offset: 0, bytes: "01234", headers })).status).toBe(460);
    expect((await tus.head(path)).headers).toMatchObject({
      "upload-length": "5",
      "upload-offset": "0",
    });
  });

  it("PATCH: answers 400 to a length that changes, and takes one that is repeated", async () => {
    const path = await tus.created({ "upload-defer-length": "1" });
    const withLength = (offset: number, length: string) =>
      tus.patch(path, { offset, bytes: "0", headers: { "upload-length": length } });
    expect((await withLength(0, "5")).status).toBe(204);
    expect((await withLength(1, "6")).status).toBe(400);
    expect((await withLength(1, "5")).status).toBe(204);
    expect((await tus.head(path)).headers).toMatchObject({
      "upload-length": "5",
      "upload-offset": "2",
    });
  });

  it("PATCH: answers 400 to a length below what is held", async () => {
    const path = await tus.created({ "upload-defer-length": "1" });
    await tus.patch(path, { offset: 0, bytes: "01234" });
    const headers = { "upload-length": "4" };
    expect((await tus.patch(path, { offset: 5, bytes: "", headers })).status).toBe(400);
    expect((await tus.head(path)).headers["upload-defer-length"]).toBe("1");
  });

  it("PATCH: answers 413 to a length above Tus-Max-Size", async () => {
    const { headers: server } = await tus.call("OPTIONS", "/files/");
    const path = await tus.created({ "upload-defer-length": "1" });
    const headers = { "upload-length": String(Number(server["tus-max-size"]) + 1) };
    expect((await tus.patch(path, { offset: 0, bytes: "0", headers })).status).toBe(413);
    expect((await tus.head(path)).headers["upload-defer-length"]).toBe("1");
  });

  it.each(["0", "2", "true", ""])("POST: answers 400 to Upload-Defer-Length %j", async (defer) => {
    expect((await tus.create({ "upload-defer-length": defer })).status).toBe(400);
  });

  it("POST: answers 400 to a length beside Upload-Defer-Length", async () => {
    const headers = { "upload-defer-length": "1", "upload-length": "5" };
    expect((await tus.create(headers)).status).toBe(400);
  });
});

describe.skipIf(isRemote)("tus limits", () => {
  const small = useServer({ SAMPAN_MAX_FILE_BYTES: "1000", SAMPAN_MAX_OPEN_UPLOADS: "3" });
  const smallTus = speakTus(small);

  it("OPTIONS: Tus-Max-Size is what is configured", async () => {
    const { headers } = await smallTus.call("OPTIONS", "/files/");
    expect(headers["tus-max-size"]).toBe("1000");
  });

  it("PATCH: answers 413 when bytes of unknown length pass the limit", async () => {
    const path = await smallTus.created({ "upload-defer-length": "1" });
    expect((await smallTus.patch(path, { offset: 0, bytes: freshBytes(1001) })).status).toBe(413);
    expect((await smallTus.patch(path, { offset: 0, bytes: freshBytes(1000) })).status).toBe(204);
    expect((await smallTus.patch(path, { offset: 1000, bytes: "!" })).status).toBe(413);
    expect((await smallTus.call("DELETE", path)).status).toBe(204);
  });

  it("POST: answers 413 when partials together pass the limit", async () => {
    const partials: string[] = [];
    for (let i = 0; i < 2; i++) {
      const headers = { "upload-concat": "partial", "upload-length": "600" };
      const path = await smallTus.created(headers);
      expect((await smallTus.patch(path, { offset: 0, bytes: freshBytes(600) })).status).toBe(204);
      partials.push(path);
    }
    const answer = await smallTus.create({ "upload-concat": `final;${partials.join(" ")}` });
    expect(answer.status).toBe(413);
  });

  it("POST: answers 429 with Retry-After when too many uploads are open", async () => {
    const paths: string[] = [];
    for (let i = 0; i < 3; i++) paths.push(await smallTus.created({ "upload-length": "5" }));
    const answer = await smallTus.create({ "upload-length": "5" });
    expect(answer.status).toBe(429);
    expect(answer.headers["retry-after"]).toMatch(/^\d+$/);
    await smallTus.call("DELETE", paths[0] ?? "");
    expect((await smallTus.create({ "upload-length": "5" })).status).toBe(201);
  });
});

describe.skipIf(isRemote)("tus quota", () => {
  const poor = useServer({ SAMPAN_QUOTA_BYTES: "1000" });
  const poorTus = speakTus(poor);

  it("POST: answers 507 above the quota, of which open uploads hold their length", async () => {
    const path = await poorTus.created({ "upload-length": "900" });
    const answer = await poorTus.create({ "upload-length": "101" });
    expect(answer.status).toBe(507);
    expect(answer.text).toMatch(/^quota-exceeded: /);
    await poorTus.call("DELETE", path);
    expect((await poorTus.create({ "upload-length": "1000" })).status).toBe(201);
  });
});
