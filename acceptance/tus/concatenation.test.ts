/** tus 1.0.0: concatenation. */
import { describe, expect, it } from "vitest";
import { freshBytes, freshName, mebibyte, sha256 } from "../src/content.ts";
import { speakNative } from "../src/native.ts";
import { isRemote, useServer } from "../src/server.ts";
import { bodyType, locationOf, metadataOf, speakTus } from "../src/tus.ts";
import { until } from "../src/until.ts";

const server = useServer();
const tus = speakTus(server);
const native = speakNative(server);
const unknown = "/files/01890a5d-ac96-774b-bcce-b302099a8057";

async function storePartial(bytes: Uint8Array | string): Promise<string> {
  const headers = { "upload-concat": "partial", "upload-length": String(bytes.length) };
  const path = await tus.created(headers);
  const answer = await tus.patch(path, { offset: 0, bytes });
  if (answer.status !== 204) throw new Error(`PATCH answered ${answer.status}: ${answer.text}`);
  return path;
}

const finalOf = (urls: readonly string[], headers = {}) =>
  tus.create({ "upload-concat": `final;${urls.join(" ")}`, ...headers });

describe("tus Upload-Concat: partial", () => {
  it("HEAD: repeats it, before and after the upload is finished", async () => {
    const path = await tus.created({ "upload-concat": "partial", "upload-length": "4" });
    expect((await tus.head(path)).headers["upload-concat"]).toBe("partial");
    await tus.patch(path, { offset: 0, bytes: "part" });
    expect((await tus.head(path)).headers).toMatchObject({
      "upload-concat": "partial",
      "upload-offset": "4",
      "upload-length": "4",
    });
  });

  it("is not a file of its own", async () => {
    const name = freshName();
    const path = await tus.created({
      "upload-concat": "partial",
      "upload-length": "4",
      "upload-metadata": metadataOf({ filename: name }),
    });
    await tus.patch(path, { offset: 0, bytes: "part" });
    expect(await native.filesNamed(name)).toEqual([]);
    expect((await native.upload(path)).file).toBeUndefined();
    const asContent = { headers: { "tus-resumable": undefined } };
    expect((await tus.call("GET", path, asContent)).status).toBe(404);
  });

  it("may be of a length that follows", async () => {
    const path = await tus.created({ "upload-concat": "partial", "upload-defer-length": "1" });
    await tus.patch(path, { offset: 0, bytes: "part", headers: { "upload-length": "4" } });
    const answer = await finalOf([path]);
    expect((await tus.head(locationOf(answer))).headers["upload-length"]).toBe("4");
  });

  it("may come with its bytes", async () => {
    const { headers } = await tus.call("POST", "/files/", {
      headers: { "upload-concat": "partial", "upload-length": "4", "content-type": bodyType },
      body: "part",
    });
    expect(headers["upload-offset"]).toBe("4");
    expect((await finalOf([headers.location ?? ""])).status).toBe(201);
  });
});

describe("tus Upload-Concat: final", () => {
  it("POST: joins the partials in the order of the list", async () => {
    const name = freshName();
    const pieces = [freshBytes(mebibyte + 1), freshBytes(7), freshBytes(2 * mebibyte)];
    const paths = await Promise.all(pieces.map(storePartial));
    const metadata = metadataOf({ filename: name, filetype: "video/mp4" });
    const order = [2, 0, 1].map((i) => paths[i] ?? "");
    const answer = await finalOf(order, { "upload-metadata": metadata });
    expect(answer.status).toBe(201);
    const expected = Buffer.concat([2, 0, 1].map((i) => pieces[i] ?? Buffer.alloc(0)));
    expect((await native.contentOf(name)).equals(expected)).toBe(true);
    const [file] = await native.filesNamed(name);
    expect(file).toMatchObject({ size: expected.length, mediaType: "video/mp4" });
  });

  it("HEAD: answers Upload-Concat as it was given, the sum as length, and the same as offset", async () => {
    const paths = [await storePartial("abc"), await storePartial("defgh")];
    const metadata = metadataOf({ filename: freshName() });
    const answer = await finalOf(paths, { "upload-metadata": metadata });
    const { headers } = await tus.head(locationOf(answer));
    expect(headers).toMatchObject({
      "upload-concat": `final;${paths.join(" ")}`,
      "upload-length": "8",
      "upload-offset": "8",
      "upload-metadata": metadata,
    });
  });

  it("HEAD: metadata of the partials is not the final's", async () => {
    const path = await tus.created({
      "upload-concat": "partial",
      "upload-length": "1",
      "upload-metadata": metadataOf({ filename: "partial.txt" }),
    });
    await tus.patch(path, { offset: 0, bytes: "x" });
    const answer = await finalOf([path]);
    expect((await tus.head(locationOf(answer))).headers["upload-metadata"]).toBeUndefined();
  });

  it("POST: takes paths, whole URLs, and URLs by which a proxy calls this server", async () => {
    const name = freshName();
    const [a, b, c] = [await storePartial("a-"), await storePartial("b-"), await storePartial("c")];
    const urls = [a, new URL(b, server.url).href, `https://drive.example/proxied${c}?x=y`];
    const answer = await finalOf(urls, { "upload-metadata": metadataOf({ filename: name }) });
    expect(answer.status).toBe(201);
    expect((await native.contentOf(name)).toString()).toBe("a-b-c");
  });

  it("POST: one partial may be joined several times, in one final and in another", async () => {
    const partial = await storePartial("ha");
    const names = [freshName(), freshName()];
    for (const name of names) {
      const metadata = metadataOf({ filename: name });
      const answer = await finalOf([partial, partial], { "upload-metadata": metadata });
      expect(answer.status).toBe(201);
      expect((await native.contentOf(name)).toString()).toBe("haha");
    }
  });

  it("PATCH: answers 403", async () => {
    const path = locationOf(await finalOf([await storePartial("abc")]));
    for (const offset of [0, 3]) {
      const answer = await tus.patch(path, { offset, bytes: "x" });
      expect(answer.status).toBe(403);
      expect(answer.text).toMatch(/^upload-final: /);
    }
  });

  it("DELETE of the partials leaves the joined file whole", async () => {
    const name = freshName();
    const bytes = freshBytes(5_000);
    const paths = [
      await storePartial(bytes.subarray(0, 2_000)),
      await storePartial(bytes.subarray(2_000)),
    ];
    await finalOf(paths, { "upload-metadata": metadataOf({ filename: name }) });
    for (const path of paths) {
      expect((await tus.call("DELETE", path)).status).toBe(204);
      expect((await tus.head(path)).status).toBe(410);
      expect((await finalOf([path])).status).toBe(404);
    }
    expect((await native.contentOf(name)).equals(bytes)).toBe(true);
  });

  it("the joined file gets to know its SHA-256", async () => {
    const name = freshName();
    const pieces = [freshBytes(70_000), freshBytes(30_000)];
    const paths = await Promise.all(pieces.map(storePartial));
    await finalOf(paths, { "upload-metadata": metadataOf({ filename: name }) });
    const [file] = await until(
      () => native.filesNamed(name),
      ([found]) => found?.digests.sha256 !== undefined,
    );
    expect(file?.digests.sha256).toBe(sha256(Buffer.concat(pieces)));
  });

  it("POST: answers 409 while a partial is unfinished, and 201 once it is not", async () => {
    const done = await storePartial("abc");
    const open = await tus.created({ "upload-concat": "partial", "upload-length": "4" });
    const refused = await finalOf([done, open]);
    expect(refused.status).toBe(409);
    expect(refused.text).toMatch(/^upload-incomplete: /);
    await tus.patch(open, { offset: 0, bytes: "defg" });
    expect((await finalOf([done, open])).status).toBe(201);
  });

  it("POST: answers 404 to an unknown partial, and makes no file", async () => {
    const name = freshName();
    const headers = { "upload-metadata": metadataOf({ filename: name }) };
    const answer = await finalOf([await storePartial("abc"), unknown], headers);
    expect(answer.status).toBe(404);
    expect(await native.filesNamed(name)).toEqual([]);
  });

  it("POST: answers 404 to an upload that is no partial", async () => {
    const path = await tus.created({ "upload-length": "4" });
    await tus.patch(path, { offset: 0, bytes: "file" });
    expect((await finalOf([path])).status).toBe(404);
    const final = locationOf(await finalOf([await storePartial("abc")]));
    expect((await finalOf([final])).status).toBe(404);
  });

  it.each([
    ["no URL", "final;"],
    ["blanks for URLs", "final;  "],
    ["no list", "final"],
    ["another word", "partials"],
    ["capitals", "Partial"],
    ["a URL of something else", "final;/other/01890a5d-ac96-774b-bcce-b302099a8057"],
    ["a URL that is none", "final;http://["],
    ["a URL out of the folder", "final;/files/../../etc/passwd"],
    ["nothing", ""],
  ])("POST: answers 400 to %s", async (_case, concat) => {
    const answer = await tus.create({ "upload-concat": concat, "upload-length": undefined });
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('field: "Upload-Concat"');
  });

  it("POST: answers 400 to a length, or to bytes", async () => {
    const partial = await storePartial("abc");
    expect((await finalOf([partial], { "upload-length": "3" })).status).toBe(400);
    expect((await finalOf([partial], { "upload-defer-length": "1" })).status).toBe(400);
    const withBody = await tus.call("POST", "/files/", {
      headers: { "upload-concat": `final;${partial}`, "content-type": bodyType },
      body: "more",
    });
    expect(withBody.status).toBe(400);
  });

  it("POST: answers 400 to a hostile name", async () => {
    const headers = { "upload-metadata": metadataOf({ filename: "../../x" }) };
    expect((await finalOf([await storePartial("abc")], headers)).status).toBe(400);
  });

  it("POST: keeps both when the name is taken, unless told otherwise", async () => {
    const name = freshName();
    const partial = await storePartial("abc");
    const withPolicy = (onConflict?: string) =>
      finalOf([partial], {
        "upload-metadata": metadataOf({ filename: name, ...(onConflict ? { onConflict } : {}) }),
      });
    expect((await withPolicy()).status).toBe(201);
    const second = await withPolicy();
    expect(second.status).toBe(201);
    expect((await native.upload(locationOf(second))).file?.name).not.toBe(name);
    expect((await withPolicy("fail")).status).toBe(409);
  });
});

describe.skipIf(isRemote)("tus concatenation across a crash", () => {
  const fragile = useServer();
  const fragileTus = speakTus(fragile);

  it("partials, finals and what they repeat survive kill -9", async () => {
    const pieces = [freshBytes(100_000), freshBytes(50_000)];
    const paths: string[] = [];
    for (const bytes of pieces) {
      const headers = { "upload-concat": "partial", "upload-length": String(bytes.length) };
      const path = await fragileTus.created(headers);
      await fragileTus.patch(path, { offset: 0, bytes });
      paths.push(path);
    }
    await fragile.kill();
    await fragile.start();
    const name = freshName();
    const concat = `final;${paths.join(" ")}`;
    const metadata = metadataOf({ filename: name });
    const final = await fragileTus.created({
      "upload-concat": concat,
      "upload-metadata": metadata,
    });
    await fragile.kill();
    await fragile.start();
    expect((await fragileTus.head(final)).headers).toMatchObject({
      "upload-concat": concat,
      "upload-metadata": metadata,
      "upload-offset": "150000",
    });
    const content = await speakNative(fragile).contentOf(name);
    expect(content.equals(Buffer.concat(pieces))).toBe(true);
  });
});
