/** tus 1.0.0: creation-defer-length. */
import { describe, expect, it } from "vitest";
import { freshName } from "../src/content.ts";
import { speakNative } from "../src/native.ts";
import { useServer } from "../src/server.ts";
import { metadataOf, speakTus } from "../src/tus.ts";

const server = useServer();
const tus = speakTus(server);
const native = speakNative(server);

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
