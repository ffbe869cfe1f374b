/** tus across the end of the server: kill -9 and a clean stop, at rest and in the middle of a body. */
import { describe, expect, it } from "vitest";
import { freshBytes, freshName, mebibyte } from "../src/content.ts";
import { speakNative } from "../src/native.ts";
import { isRemote, useServer } from "../src/server.ts";
import { metadataOf, speakTus } from "../src/tus.ts";

describe.skipIf(isRemote)("tus across a restart", () => {
  const server = useServer();
  const tus = speakTus(server);
  const native = speakNative(server);

  const begin = async (length: number) => {
    const name = freshName();
    const metadata = metadataOf({ filename: name });
    const path = await tus.created({
      "upload-length": String(length),
      "upload-metadata": metadata,
    });
    return { name, path, metadata };
  };
  const offsetOf = async (path: string): Promise<number> =>
    Number((await tus.head(path)).headers["upload-offset"]);

  it("PATCH: every byte that was answered survives kill -9", async () => {
    const bytes = freshBytes(4 * mebibyte + 321);
    const { name, path, metadata } = await begin(bytes.length);
    for (let offset = 0; offset < bytes.length; offset += mebibyte) {
      const piece = bytes.subarray(offset, offset + mebibyte);
      const answer = await tus.patch(path, { offset, bytes: piece });
      expect(answer.status).toBe(204);
      await server.kill();
      await server.start();
      const { headers } = await tus.head(path);
      expect(headers).toMatchObject({
        "upload-offset": String(offset + piece.length),
        "upload-length": String(bytes.length),
        "upload-metadata": metadata,
      });
    }
    expect((await native.contentOf(name)).equals(bytes)).toBe(true);
  });

  it("PATCH: kill -9 in the middle of a body loses nothing that was answered, and invents nothing", async () => {
    const bytes = freshBytes(12 * mebibyte);
    const { name, path } = await begin(bytes.length);
    let acknowledged = 0;
    for (const reach of [3, 5, 9]) {
      const first = bytes.subarray(acknowledged, acknowledged + mebibyte);
      const answer = await tus.patch(path, { offset: acknowledged, bytes: first });
      expect(answer.status).toBe(204);
      const offset = acknowledged + first.length;
      const writer = tus.openPatch(path, { offset, length: bytes.length - offset });
      const sent = reach * mebibyte;
      await writer.write(bytes.subarray(offset, sent));
      await server.kill();
      await server.start();
      acknowledged = await offsetOf(path);
      expect(acknowledged).toBeGreaterThanOrEqual(offset);
      expect(acknowledged).toBeLessThanOrEqual(sent);
    }
    const rest = bytes.subarray(acknowledged);
    expect((await tus.patch(path, { offset: acknowledged, bytes: rest })).status).toBe(204);
    expect((await native.contentOf(name)).equals(bytes)).toBe(true);
  });

  it("PATCH: a clean stop in the middle of a body keeps what arrived", async () => {
    const bytes = freshBytes(8 * mebibyte);
    const { name, path } = await begin(bytes.length);
    const writer = tus.openPatch(path, { offset: 0, length: bytes.length });
    await writer.write(bytes.subarray(0, 6 * mebibyte));
    await server.stop();
    await server.start();
    const offset = await offsetOf(path);
    expect(offset).toBeGreaterThan(0);
    expect(offset).toBeLessThanOrEqual(6 * mebibyte);
    const rest = bytes.subarray(offset);
    expect((await tus.patch(path, { offset, bytes: rest })).status).toBe(204);
    expect((await native.contentOf(name)).equals(bytes)).toBe(true);
  });

  it("HEAD: deferred lengths and terminated uploads are remembered", async () => {
    const deferred = await tus.created({ "upload-defer-length": "1" });
    await tus.patch(deferred, { offset: 0, bytes: "01234" });
    const { path: ended } = await begin(10);
    await tus.call("DELETE", ended);
    await server.kill();
    await server.start();
    expect((await tus.head(deferred)).headers).toMatchObject({
      "upload-defer-length": "1",
      "upload-offset": "5",
    });
    expect((await tus.head(ended)).status).toBe(410);
  });
});
