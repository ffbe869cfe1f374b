/** tus PATCH when connections break, stall, or meet. */
import { describe, expect, it } from "vitest";
import { freshBytes, freshName, mebibyte } from "../src/content.ts";
import { speakNative } from "../src/native.ts";
import { isRemote, useServer } from "../src/server.ts";
import { metadataOf, speakTus } from "../src/tus.ts";
import { until } from "../src/until.ts";

const server = useServer();
const tus = speakTus(server);
const native = speakNative(server);

const begin = async (length: number) => {
  const name = freshName();
  const metadata = metadataOf({ filename: name });
  const path = await tus.created({ "upload-length": String(length), "upload-metadata": metadata });
  return { name, path };
};

const offsetOf = async (path: string): Promise<number> => {
  const { headers } = await tus.head(path);
  return Number(headers["upload-offset"]);
};

/** A body of which `bytes` have been sent, to a server that is reading it. */
const sendSome = async (
  path: string,
  { offset, length, bytes }: { offset: number; length?: number; bytes: Uint8Array },
) => {
  const headers = { expect: "100-continue" };
  const writer = tus.openPatch(path, { offset, headers, ...(length ? { length } : {}) });
  await writer.wanted;
  await writer.write(bytes);
  return writer;
};

describe("tus PATCH, cut", () => {
  const sendAndCut: (...sent: Parameters<typeof sendSome>) => Promise<void> = async (...sent) =>
    (await sendSome(...sent)).cut();

  it.each([
    ["a few bytes", 600],
    ["many bytes", 5 * mebibyte + 123],
  ])("keeps what arrived when %s did, and goes on from there", async (_case, sent) => {
    const bytes = freshBytes(8 * mebibyte);
    const { name, path } = await begin(bytes.length);
    await sendAndCut(path, { offset: 0, length: bytes.length, bytes: bytes.subarray(0, sent) });
    await until(
      () => offsetOf(path),
      (offset) => offset === sent,
    );
    expect(await native.filesNamed(name)).toEqual([]);
    const answer = await tus.patch(path, { offset: sent, bytes: bytes.subarray(sent) });
    expect(answer.status).toBe(204);
    expect((await native.contentOf(name)).equals(bytes)).toBe(true);
  });

  it("keeps what arrived of a chunked body", async () => {
    const bytes = freshBytes(2_000);
    const { name, path } = await begin(2_000);
    await sendAndCut(path, { offset: 0, bytes: bytes.subarray(0, 700) });
    await until(
      () => offsetOf(path),
      (offset) => offset === 700,
    );
    await tus.patch(path, { offset: 700, bytes: bytes.subarray(700) });
    expect((await native.contentOf(name)).equals(bytes)).toBe(true);
  });

  it("survives being cut again and again", async () => {
    const bytes = freshBytes(6 * mebibyte);
    const { name, path } = await begin(bytes.length);
    let offset = 0;
    for (const share of [0.1, 0.3, 0.31, 0.7, 0.95]) {
      const end = Math.floor(bytes.length * share);
      const before = offset;
      await sendAndCut(path, {
        offset,
        length: bytes.length - offset,
        bytes: bytes.subarray(offset, end),
      });
      offset = await until(
        () => offsetOf(path),
        (now) => now > before,
      );
      expect(offset).toBeLessThanOrEqual(end);
    }
    expect((await tus.patch(path, { offset, bytes: bytes.subarray(offset) })).status).toBe(204);
    expect((await native.contentOf(name)).equals(bytes)).toBe(true);
  });
});

describe("tus PATCH, stalled", () => {
  it("HEAD is answered while a writer stalls, and a new writer takes over; the old one is told 423", async () => {
    const bytes = freshBytes(4 * mebibyte);
    const { name, path } = await begin(bytes.length);
    const some = bytes.subarray(0, mebibyte);
    const stalled = await sendSome(path, { offset: 0, length: bytes.length, bytes: some });
    const offset = await offsetOf(path);
    const answer = await tus.patch(path, { offset, bytes: bytes.subarray(offset) });
    expect(answer.status).toBe(204);
    const told = await stalled.answer;
    expect(told.status).toBe(423);
    expect(told.text).toMatch(/^superseded: /);
    expect((await native.contentOf(name)).equals(bytes)).toBe(true);
  });

  it("a zombie that wakes up cannot change what its successor wrote", async () => {
    const wrong = Buffer.alloc(3 * mebibyte, 1);
    const right = freshBytes(3 * mebibyte);
    const { name, path } = await begin(right.length);
    const some = wrong.subarray(0, mebibyte);
    const zombie = await sendSome(path, { offset: 0, length: wrong.length, bytes: some });
    const half = right.subarray(0, 2 * mebibyte);
    expect((await tus.patch(path, { offset: 0, bytes: half })).status).toBe(204);
    // Its connection may be gone already: then there is nothing to wake.
    await zombie.write(wrong.subarray(mebibyte)).catch(() => undefined);
    const rest = right.subarray(half.length);
    expect((await tus.patch(path, { offset: half.length, bytes: rest })).status).toBe(204);
    expect((await native.contentOf(name)).equals(right)).toBe(true);
  });

  it("ten at once for the same bytes: one is recorded, never a mixture", async () => {
    const length = 2 * mebibyte;
    const { name, path } = await begin(length);
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        tus.patch(path, { offset: 0, bytes: Buffer.alloc(length, i + 1) }),
      ),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 204)).toHaveLength(1);
    for (const status of statuses) expect([204, 409, 423]).toContain(status);
    const content = await native.contentOf(name);
    const winner = statuses.indexOf(204) + 1;
    expect(content.equals(Buffer.alloc(length, winner))).toBe(true);
  });
});

describe("tus PATCH, refused", () => {
  it("a refusal does not wait for the body: with Expect, it is never sent", async () => {
    const length = 100 * mebibyte;
    const { path } = await begin(length);
    const headers = { expect: "100-continue" };
    const writer = tus.openPatch(path, { offset: 1, length, headers });
    expect((await writer.answer).status).toBe(409);
    writer.cut();
  });

  it("a sender that does not ask first hears of it too", async () => {
    const bytes = freshBytes(20 * mebibyte);
    const { path } = await begin(bytes.length);
    expect((await tus.patch(path, { offset: 1, bytes })).status).toBe(409);
  });
});

describe.skipIf(isRemote)("tus PATCH, too slow", () => {
  const impatient = useServer({
    SAMPAN_MIN_BYTES_PER_SECOND: "1000",
    SAMPAN_MIN_RATE_WINDOW_MS: "500",
  });
  const impatientTus = speakTus(impatient);

  it("answers 408 to a sender that stalls, and keeps what it sent", async () => {
    const path = await impatientTus.created({ "upload-length": "1000" });
    const writer = impatientTus.openPatch(path, { offset: 0, length: 1000 });
    await writer.write(Buffer.from("01234"));
    const answer = await writer.answer;
    expect(answer.status).toBe(408);
    expect(answer.text).toMatch(/^body-too-slow: /);
    expect((await impatientTus.head(path)).headers["upload-offset"]).toBe("5");
  });
});
