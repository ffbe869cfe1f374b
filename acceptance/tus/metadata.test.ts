/** tus 1.0.0: Upload-Metadata, and what Sampan reads in it. */
import { describe, expect, it } from "vitest";
import { freshBytes, freshName } from "../src/content.ts";
import { speakNative } from "../src/native.ts";
import { useServer } from "../src/server.ts";
import { metadataOf, speakTus } from "../src/tus.ts";

const server = useServer();
const tus = speakTus(server);
const native = speakNative(server);

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

describe("tus Upload-Metadata: where the file goes", () => {
  const pathOf = async (path: string) => {
    const answer = await fetch(`${server.url}/api/v1/nodes?path=${encodeURIComponent(path)}`, {
      headers: { authorization: `Bearer ${server.token}` },
    });
    return { status: answer.status, node: (await answer.json()) as { id: string; kind: string } };
  };
  const tops = () => freshName().replaceAll(".", "-");

  it("relativePath makes the folders of a dropped folder", async () => {
    const top = tops();
    for (const name of ["a.txt", "b.txt"]) {
      const relativePath = `${top}/2029/${name}`;
      const metadata = metadataOf({ filename: name, relativePath });
      const path = await tus.created({ "upload-length": "1", "upload-metadata": metadata });
      await tus.patch(path, { offset: 0, bytes: "x" });
      expect((await pathOf(relativePath)).node).toMatchObject({ kind: "file" });
    }
  });

  it("parentId is the folder, and paths go below it", async () => {
    const top = tops();
    const make = metadataOf({ filename: "first", relativePath: `${top}/first` });
    await tus.created({ "upload-length": "0", "upload-metadata": make });
    const { node } = await pathOf(top);
    const below = { filename: "c.txt", parentId: node.id, relativePath: "sub/c.txt" };
    await tus.created({ "upload-length": "0", "upload-metadata": metadataOf(below) });
    expect((await pathOf(`${top}/sub/c.txt`)).status).toBe(200);
  });

  it("a final upload goes there, its partials nowhere", async () => {
    const top = tops();
    const relativePath = `${top}/joined.txt`;
    const metadata = metadataOf({ filename: "joined.txt", relativePath });
    const partial = await tus.created({
      "upload-length": "1",
      "upload-concat": "partial",
      "upload-metadata": metadata,
    });
    await tus.patch(partial, { offset: 0, bytes: "x" });
    expect((await pathOf(top)).status).toBe(404);
    await tus.created({ "upload-concat": `final;${partial}`, "upload-metadata": metadata });
    expect((await pathOf(relativePath)).node).toMatchObject({ kind: "file" });
  });

  it.each([
    [{ relativePath: "../../etc/passwd" }, 400, "name-refused"],
    [{ relativePath: "a//b" }, 400, "name-refused"],
    [{ parentId: "else" }, 404, "node-not-found"],
    [{ parentId: "00000000-0000-7000-8000-00000000ffff" }, 404, "node-not-found"],
  ])("refuses %j", async (place, status, code) => {
    const metadata = metadataOf({ filename: "x", ...place });
    const answer = await tus.create({ "upload-length": "1", "upload-metadata": metadata });
    expect([answer.status, answer.text.split(":")[0]]).toEqual([status, code]);
  });
});
