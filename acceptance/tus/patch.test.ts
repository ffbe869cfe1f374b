/** tus 1.0.0, the core protocol: PATCH. */
import { describe, expect, it } from "vitest";
import { freshBytes, freshName, mebibyte } from "../src/content.ts";
import { speakNative } from "../src/native.ts";
import { useServer } from "../src/server.ts";
import { metadataOf, speakTus } from "../src/tus.ts";

const server = useServer();
const tus = speakTus(server);
const native = speakNative(server);
const unknown = "/files/01890a5d-ac96-774b-bcce-b302099a8057";

describe("tus PATCH", () => {
  it("answers 204 with the new offset, until the file is whole and there", async () => {
    const name = freshName();
    const bytes = freshBytes(3 * mebibyte + 17);
    const path = await tus.created({
      "upload-length": String(bytes.length),
      "upload-metadata": metadataOf({ filename: name }),
    });
    for (let offset = 0; offset < bytes.length; offset += mebibyte) {
      const piece = bytes.subarray(offset, offset + mebibyte);
      const answer = await tus.patch(path, { offset, bytes: piece });
      expect(answer.status).toBe(204);
      expect(answer.headers["upload-offset"]).toBe(String(offset + piece.length));
      expect(answer.body).toHaveLength(0);
    }
    expect((await native.contentOf(name)).equals(bytes)).toBe(true);
  });

  it("has published the file when the last one is answered", async () => {
    const name = freshName();
    const bytes = freshBytes(100_000);
    const path = await tus.created({
      "upload-length": "100000",
      "upload-metadata": metadataOf({ filename: name }),
    });
    expect(await native.filesNamed(name)).toEqual([]);
    expect((await tus.patch(path, { offset: 0, bytes })).status).toBe(204);
    expect((await native.contentOf(name)).equals(bytes)).toBe(true);
    expect(await native.upload(path)).toMatchObject({ state: "complete", dialect: "tus" });
  });

  it("takes a body of many mebibytes in one", async () => {
    const name = freshName();
    const bytes = freshBytes(24 * mebibyte + 1);
    const path = await tus.created({
      "upload-length": String(bytes.length),
      "upload-metadata": metadataOf({ filename: name }),
    });
    expect((await tus.patch(path, { offset: 0, bytes })).status).toBe(204);
    expect((await native.contentOf(name)).equals(bytes)).toBe(true);
  });

  it("takes a body of unknown length (chunked coding)", async () => {
    const path = await tus.created({ "upload-length": "10" });
    const request = tus.openPatch(path, { offset: 0 });
    await request.write(Buffer.from("01234"));
    request.end(Buffer.from("56"));
    const answer = await request.answer;
    expect(answer.status).toBe(204);
    expect(answer.headers["upload-offset"]).toBe("7");
  });

  it.each([1, 4, 6, 10, 11, 9_007_199_254_740_991])(
    "answers 409 on offset mismatch (%i, where 5 bytes are held), and keeps the upload as it is",
    async (offset) => {
      const path = await tus.created({ "upload-length": "10" });
      await tus.patch(path, { offset: 0, bytes: "01234" });
      const answer = await tus.patch(path, { offset, bytes: "x" });
      expect(answer.status).toBe(409);
      expect(answer.text).toMatch(/^offset-mismatch: /);
      expect(answer.text).toContain("expected: 5\n");
      expect((await tus.head(path)).headers["upload-offset"]).toBe("5");
    },
  );

  it.each([
    "-1",
    "1.5",
    "5abc",
    "0x5",
    "1e1",
    " ",
    "05",
    "NaN",
    "9007199254740992",
    "5, 5",
    undefined,
  ])("answers 400 to the offset %j", async (offset) => {
    const path = await tus.created({ "upload-length": "10" });
    const headers = { "upload-offset": offset };
    const answer = await tus.patch(path, { offset: 0, bytes: "x", headers });
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('field: "Upload-Offset"');
    expect((await tus.head(path)).headers["upload-offset"]).toBe("0");
  });

  it.each([undefined, "application/octet-stream", "text/plain", "application/offset"])(
    "answers 415 to the content type %j",
    async (type) => {
      const path = await tus.created({ "upload-length": "10" });
      const headers = { "content-type": type };
      const answer = await tus.patch(path, { offset: 0, bytes: "x", headers });
      expect(answer.status).toBe(415);
      expect((await tus.head(path)).headers["upload-offset"]).toBe("0");
    },
  );

  it("answers 415 to a content coding, which would be stored coded", async () => {
    const path = await tus.created({ "upload-length": "10" });
    const headers = { "content-encoding": "gzip" };
    expect((await tus.patch(path, { offset: 0, bytes: "x", headers })).status).toBe(415);
    expect((await tus.head(path)).headers["upload-offset"]).toBe("0");
  });

  it("answers 404 where there is no upload", async () => {
    expect((await tus.patch(unknown, { offset: 0, bytes: "x" })).status).toBe(404);
  });

  it("answers 413 to more bytes than the length, and records none of them", async () => {
    const path = await tus.created({ "upload-length": "10" });
    await tus.patch(path, { offset: 0, bytes: "01234" });
    expect((await tus.patch(path, { offset: 5, bytes: "567890" })).status).toBe(413);
    expect((await tus.head(path)).headers["upload-offset"]).toBe("5");
    expect((await tus.patch(path, { offset: 5, bytes: "56789" })).status).toBe(204);
  });

  it("answers 413 to a chunked body that runs past the length", async () => {
    const path = await tus.created({ "upload-length": "10" });
    const request = tus.openPatch(path, { offset: 0 });
    request.end(Buffer.from("0123456789A"));
    expect((await request.answer).status).toBe(413);
    expect((await tus.head(path)).headers["upload-offset"]).toBe("0");
  });

  it("answers 204 to an empty body", async () => {
    const path = await tus.created({ "upload-length": "10" });
    const answer = await tus.patch(path, { offset: 0, bytes: "" });
    expect(answer.status).toBe(204);
    expect(answer.headers["upload-offset"]).toBe("0");
  });

  it("answers a finished upload: 204 to nothing more, 409 to more, 409 to another offset", async () => {
    const path = await tus.created({ "upload-length": "4" });
    await tus.patch(path, { offset: 0, bytes: "done" });
    const again = await tus.patch(path, { offset: 4, bytes: "" });
    expect(again.status).toBe(204);
    expect(again.headers["upload-offset"]).toBe("4");
    const more = await tus.patch(path, { offset: 4, bytes: "!" });
    expect(more.status).toBe(409);
    expect(more.text).toMatch(/^upload-complete: /);
    expect((await tus.patch(path, { offset: 0, bytes: "done" })).status).toBe(409);
  });
});
