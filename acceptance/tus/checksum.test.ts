/** tus 1.0.0: checksum. */
import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import { digest, freshBytes, freshName, mebibyte } from "../src/content.ts";
import { speakNative } from "../src/native.ts";
import { useServer } from "../src/server.ts";
import { metadataOf, speakTus } from "../src/tus.ts";

const server = useServer();
const tus = speakTus(server);
const native = speakNative(server);

/** RFC 3720's own example, so that this test does not trust the code it tests: 32 bytes of zero. */
const zeros = Buffer.alloc(32);
const crcOfZeros = Buffer.from("8a9136aa", "hex").toString("base64");

const base64 = (algorithm: "sha1" | "sha256" | "md5", bytes: Uint8Array) =>
  `${algorithm} ${digest(algorithm, bytes).toString("base64")}`;

describe("tus Upload-Checksum", () => {
  it.each(["sha1", "sha256", "md5"] as const)(
    "PATCH: answers 204 to bytes of this %s",
    async (algorithm) => {
      const name = freshName();
      const bytes = freshBytes(mebibyte + 3);
      const path = await tus.created({
        "upload-length": String(bytes.length),
        "upload-metadata": metadataOf({ filename: name }),
      });
      const pieces = [bytes.subarray(0, 500_000), bytes.subarray(500_000)];
      let offset = 0;
      for (const piece of pieces) {
        const headers = { "upload-checksum": base64(algorithm, piece) };
        const answer = await tus.patch(path, { offset, bytes: piece, headers });
        expect(answer.status).toBe(204);
        offset += piece.length;
      }
      expect((await native.contentOf(name)).equals(bytes)).toBe(true);
    },
  );

  it("PATCH: answers 204 to bytes of this crc32c", async () => {
    const path = await tus.created({ "upload-length": "32" });
    const headers = { "upload-checksum": `crc32c ${crcOfZeros}` };
    expect((await tus.patch(path, { offset: 0, bytes: zeros, headers })).status).toBe(204);
    const { file } = await native.upload(path);
    expect((await native.content(file?.id ?? "")).equals(zeros)).toBe(true);
  });

  it.each([
    ["sha1", base64("sha1", Buffer.from("other"))],
    ["sha256", base64("sha256", Buffer.from("other"))],
    ["md5", base64("md5", Buffer.from("other"))],
    ["crc32c", `crc32c ${crcOfZeros}`],
    ["crc32c (that is a CRC-32)", crc32Header(Buffer.from("01234"))],
  ])(
    "PATCH: answers 460 to bytes of another %s, and records none of them",
    async (_name, header) => {
      const path = await tus.created({ "upload-length": "10" });
      const headers = { "upload-checksum": header };
      const answer = await tus.patch(path, { offset: 0, bytes: "01234", headers });
      expect(answer.status).toBe(460);
      expect(answer.text).toMatch(/^digest-mismatch: /);
      expect((await tus.head(path)).headers["upload-offset"]).toBe("0");
      expect((await tus.patch(path, { offset: 0, bytes: "0123456789" })).status).toBe(204);
      const { file } = await native.upload(path);
      expect((await native.content(file?.id ?? "")).toString()).toBe("0123456789");
    },
  );

  it.each(["sha256", "crc32c"])(
    "PATCH: records nothing of a long body either, checkpoints included (%s)",
    async (algorithm) => {
      const bytes = freshBytes(80 * mebibyte);
      const wrong = Buffer.alloc(algorithm === "sha256" ? 32 : 4, 1).toString("base64");
      const path = await tus.created({ "upload-length": String(bytes.length) });
      const headers = { "upload-checksum": `${algorithm} ${wrong}` };
      expect((await tus.patch(path, { offset: 0, bytes, headers })).status).toBe(460);
      expect((await tus.head(path)).headers["upload-offset"]).toBe("0");
    },
  );

  it.each(["sha256", "crc32c"])(
    "PATCH: records nothing of a body that is cut (%s)",
    async (algorithm) => {
      const bytes = freshBytes(mebibyte);
      const path = await tus.created({ "upload-length": String(2 * mebibyte) });
      const claim = Buffer.alloc(algorithm === "sha256" ? 32 : 4, 1).toString("base64");
      const cut = tus.openPatch(path, {
        offset: 0,
        length: 2 * mebibyte,
        headers: { "upload-checksum": `${algorithm} ${claim}` },
      });
      await cut.write(bytes);
      cut.cut();
      // The next writer at 0 waits for the cut one to be over: had anything been kept, its offset would be wrong.
      expect((await tus.patch(path, { offset: 0, bytes: "x" })).status).toBe(204);
      expect((await tus.head(path)).headers["upload-offset"]).toBe("1");
    },
  );

  it.each([
    ["an unknown algorithm", "crc32 AAAAAA=="],
    ["an algorithm in capitals", base64("sha1", zeros).replace("sha1", "SHA1")],
    ["no value", "sha1"],
    ["no base64", "sha1 ***"],
    ["base64 of another length", "sha1 AAAA"],
    ["a hex digest", `sha1 ${digest("sha1", zeros).toString("hex")}`],
    ["two", `${base64("sha1", zeros)} ${base64("md5", zeros)}`],
    ["nothing", ""],
  ])("PATCH: answers 400 to %s", async (_case, header) => {
    const path = await tus.created({ "upload-length": "32" });
    const headers = { "upload-checksum": header };
    const answer = await tus.patch(path, { offset: 0, bytes: zeros, headers });
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('field: "Upload-Checksum"');
    expect((await tus.head(path)).headers["upload-offset"]).toBe("0");
  });

  it("PATCH: 460 on the last bytes leaves the upload open, to be sent again", async () => {
    const name = freshName();
    const metadata = metadataOf({ filename: name });
    const path = await tus.created({ "upload-length": "5", "upload-metadata": metadata });
    const headers = { "upload-checksum": base64("md5", Buffer.from("right")) };
    expect((await tus.patch(path, { offset: 0, bytes: "wrong", headers })).status).toBe(460);
    expect(await native.filesNamed(name)).toEqual([]);
    expect((await tus.patch(path, { offset: 0, bytes: "right", headers })).status).toBe(204);
    expect((await native.contentOf(name)).toString()).toBe("right");
  });
});

function crc32Header(bytes: Uint8Array): string {
  const value = Buffer.alloc(4);
  value.writeUInt32BE(crc32(bytes));
  return `crc32c ${value.toString("base64")}`;
}
