/** Instant upload through the SDK: a second account, a metered link, and a server that is killed. */
import { createHash, createHmac, randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createNodeClient, createNodeUploader, fileSource } from "@sampan/sdk/node";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { addAccount } from "../src/add-account.ts";
import { freshName, mebibyte } from "../src/content.ts";
import { isRemote, useServer } from "../src/server.ts";
import { openTcpLink } from "../src/tcp-link.ts";

const bytes = randomBytes(64 * mebibyte + 123);
const sha256 = createHash("sha256").update(bytes).digest("hex");

describe.skipIf(isRemote)("instant upload", () => {
  const server = useServer();
  let folder: string;
  let path: string;
  let token: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "sampan-instant-"));
    path = join(folder, "film.bin");
    await writeFile(path, bytes);
    const uploader = createNodeUploader({ client: createNodeClient(server) });
    expect((await uploader.upload(await fileSource(path))).isInstant).toBe(false);
  });
  beforeEach(async () => {
    token = await addAccount(server);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const contentOf = async (fileId: string): Promise<Buffer> => {
    const client = createNodeClient({ url: server.url, token });
    return Buffer.from(await (await client.getContent(fileId)).arrayBuffer());
  };
  const accountNow = async () =>
    (await createNodeClient({ url: server.url, token }).getServerInfo()).account;

  it("brings a second account a file of 64 MiB in a few KiB and less than a second after hashing", async () => {
    await using link = await openTcpLink(server.url);
    const client = createNodeClient({ url: link.url, token });
    const uploader = createNodeUploader({ client, instant: "first" });
    const source = await fileSource(path);
    let hashedAt = 0;
    const result = await uploader.upload({
      ...source,
      async sha256(options) {
        const digest = await source.sha256!(options);
        hashedAt = performance.now();
        return digest;
      },
    });
    expect(performance.now() - hashedAt).toBeLessThan(1000);
    expect(result).toMatchObject({ isInstant: true, sentBytes: 0, instantBytes: bytes.length });
    expect(link.sentBytes).toBeLessThan(16 * 1024);
    expect(link.receivedBytes).toBeLessThan(32 * 1024);
    expect((await contentOf(result.file.id)).equals(bytes)).toBe(true);
    expect(await accountNow()).toMatchObject({ usedBytes: bytes.length, reservedBytes: 0 });
  });

  it("sends while it hashes, and stops sending when the server turns out to have the content", async () => {
    await using link = await openTcpLink(server.url, { bytesPerSecond: 8 * mebibyte });
    const client = createNodeClient({ url: link.url, token });
    const result = await createNodeUploader({ client }).upload(await fileSource(path));
    expect(result).toMatchObject({ status: "stored", isInstant: true });
    expect(result.instantBytes).toBeGreaterThan(bytes.length / 2);
    expect(link.sentBytes).toBeLessThan(bytes.length / 2);
    expect((await contentOf(result.file.id)).equals(bytes)).toBe(true);
    expect(await accountNow()).toMatchObject({ usedBytes: bytes.length, reservedBytes: 0 });
    expect((await client.listUploads()).items).toEqual([]);
  });

  it("sends all of a content that is one byte away from the server's, and of its own hash nothing is granted", async () => {
    await using link = await openTcpLink(server.url);
    const client = createNodeClient({ url: link.url, token });
    const other = Buffer.from(bytes);
    other[other.length >> 1]! ^= 1;
    const near = join(folder, "near.bin");
    await writeFile(near, other);
    const result = await createNodeUploader({ client, instant: "first" }).upload(
      await fileSource(near),
    );
    expect(result).toMatchObject({ isInstant: false, sentBytes: bytes.length });
    expect(link.sentBytes).toBeGreaterThan(bytes.length);
    expect((await contentOf(result.file.id)).equals(other)).toBe(true);
  });

  it("links the same account's content under another name without any proof", async () => {
    await using link = await openTcpLink(server.url);
    const client = createNodeClient({ url: link.url, token: server.token });
    const name = freshName();
    const result = await createNodeUploader({ client, instant: "first" }).upload(
      await fileSource(path, { name }),
    );
    expect(result).toMatchObject({ isInstant: true, sentBytes: 0, file: { name } });
    expect(link.sentBytes).toBeLessThan(8 * 1024);
  });

  it("survives kill -9 between challenge and proof, with the bytes that had arrived", async () => {
    const client = createNodeClient({ url: server.url, token });
    const { upload } = await client.createUpload({ name: freshName(), size: bytes.length });
    const { id, partSize } = upload;
    const body = { byteLength: partSize, content: new Blob([bytes.subarray(0, partSize)]) };
    await client.putPart({ uploadId: id, number: 0, body });
    const { challenge } = await client.challengeUpload(id, { sha256 });
    await server.kill();
    await server.start();
    expect(await client.getUpload(id)).toMatchObject({ state: "receiving", offset: partSize });
    const { nonce, ranges } = challenge!;
    const hmac = createHmac("sha256", Buffer.from(nonce, "hex"));
    for (const { start, length } of ranges) hmac.update(bytes.subarray(start, start + length));
    const proof = hmac.digest("hex");
    const granted = await client.proveUpload(id, { nonce, proof });
    expect(granted).toMatchObject({ state: "complete", file: { digests: { sha256 } } });
    await server.kill();
    await server.start();
    expect((await contentOf(granted.file!.id)).equals(bytes)).toBe(true);
    const again = client.proveUpload(id, { nonce, proof });
    await expect(again).rejects.toMatchObject({ code: "challenge-spent" });
  });

  it("ends well when the server is killed anywhere around the proof", async () => {
    for (const delayMs of [0, 3, 8, 15, 40]) {
      const name = freshName();
      const client = createNodeClient({ url: server.url, token });
      const proveUpload: typeof client.proveUpload = async (...input) => {
        const proving = client.proveUpload(...input);
        if (!isKilled) {
          isKilled = true;
          await new Promise((resolve) => setTimeout(resolve, delayMs));
          await Promise.all([server.kill().then(() => server.start()), proving.catch(() => 0)]);
        }
        return proving;
      };
      let isKilled = false;
      const uploader = createNodeUploader({
        client: { ...client, proveUpload },
        instant: "first",
        retry: { baseMs: 20 },
      });
      const result = await uploader.upload(await fileSource(path, { name }));
      expect(isKilled).toBe(true);
      expect(result.file.digests.sha256).toBe(sha256);
      expect((await contentOf(result.file.id)).equals(bytes)).toBe(true);
      expect(await accountNow()).toMatchObject({ usedBytes: bytes.length, reservedBytes: 0 });
      expect((await client.listUploads()).items).toEqual([]);
      // The next round has to prove again: what is one's own needs no proof.
      await client.deleteFile(result.file.id, { permanent: true });
    }
  }, 180_000);
});
