/** A body, in both lanes: as it was sent, or as far as it came. */
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { slabBytes } from "../../core/blobs/slab-pool.ts";
import { contentOf } from "../../core/testing/sources.ts";
import {
  formatBody,
  formatChunked,
  reportOf,
  startBodyServer,
  takeBackSlabs,
  type BodyServer,
} from "../testing/body-server.ts";
import { openRaw } from "../testing/raw.ts";

const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;
const content = contentOf(1, 5 * mebibyte);

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

const lengths = fc.oneof(
  fc.constantFrom(
    ...[
      0,
      64 * kibibyte,
      256 * kibibyte,
      mebibyte,
      mebibyte + 256 * kibibyte,
      2 * slabBytes,
    ].flatMap((size) => [Math.max(0, size - 1), size, size + 1]),
  ),
  fc.nat(4 * mebibyte),
);
const pieces = fc.array(fc.oneof(fc.integer({ min: 1, max: 5_000 }), fc.nat(mebibyte)), {
  minLength: 1,
  maxLength: 5,
});

describe.each([true, false])("a body, where taking sockets is %s,", (takeSockets) => {
  let server: BodyServer;
  beforeAll(async () => {
    server = await startBodyServer({ takeSockets });
  });
  afterEach(async () => {
    server.onChunk = () => undefined;
    server.abort = new AbortController();
    server.reports.length = 0;
    expect(await takeBackSlabs(server)).toBe(server.slabs);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it("arrives as it was sent, in whatever pieces", async () => {
    const property = fc.asyncProperty(
      lengths,
      pieces,
      fc.nat(10_000),
      async (length, cuts, position) => {
        await using connection = await openRaw(server.port);
        const bytes = content.subarray(0, length);
        const request = formatBody({ bytes, position });
        let at = 0;
        for (let turn = 0; at < request.length; turn++) {
          const end = at + Math.max(1, (turn > 200 ? mebibyte : cuts[turn % cuts.length]) ?? 1);
          await connection.write(request.subarray(at, end));
          at = end;
        }
        expect(await reportOf(connection)).toMatchObject({
          declaredLength: length,
          length,
          misaligned: 0,
          sha256: sha256(bytes),
        });
      },
    );
    await fc.assert(property, { seed: 7, numRuns: 40, interruptAfterTimeLimit: 6_000 });
  });

  it("arrives as it was sent in chunked coding, without a declared length", async () => {
    const property = fc.asyncProperty(lengths, pieces, async (length, cuts) => {
      await using connection = await openRaw(server.port);
      const bytes = content.subarray(0, length);
      const all = cuts.map((cut) => Math.max(cut, Math.ceil(length / 300)));
      void connection.write(formatChunked({ bytes, pieces: all }));
      const report = await reportOf(connection);
      expect(report).toMatchObject({ declaredLength: null, length, sha256: sha256(bytes) });
    });
    await fc.assert(property, { seed: 7, numRuns: 25, interruptAfterTimeLimit: 4_000 });
  });

  it("arrives whole though its sender has closed its side", async () => {
    for (const bytes of [content.subarray(0, 1_000), content]) {
      await using connection = await openRaw(server.port);
      connection.socket.end(formatBody({ bytes }));
      expect(await reportOf(connection)).toMatchObject({ sha256: sha256(bytes) });
    }
  });

  it("may be followed by another on the same connection when it is small", async () => {
    await using connection = await openRaw(server.port);
    for (const length of [0, 1, 70_000, 1_000_000]) {
      void connection.write(formatBody({ bytes: content.subarray(0, length) }));
      expect(await reportOf(connection)).toMatchObject({
        sha256: sha256(content.subarray(0, length)),
      });
    }
  });

  it("leaves a request that follows at once to be answered", async () => {
    await using connection = await openRaw(server.port);
    const sent = [700, 0, 300_000, 5].map((length) => content.subarray(0, length));
    void connection.write(Buffer.concat(sent.map((bytes) => formatBody({ bytes }))));
    for (const bytes of sent)
      expect(await reportOf(connection)).toMatchObject({ sha256: sha256(bytes) });
  });

  it("takes nothing of a request that follows a large one", async () => {
    await using connection = await openRaw(server.port);
    void connection.write(
      Buffer.concat([formatBody({ bytes: content }), formatBody({ bytes: content })]),
    );
    expect(await reportOf(connection)).toMatchObject({
      length: content.length,
      sha256: sha256(content),
    });
    const second = await connection.answer();
    // Either it is answered rightly, or the connection ends: its sender was told with the first answer.
    if (second) expect(second.json()).toMatchObject({ sha256: sha256(content) });
  });

  it("that is cut gives what came before the cut, and says how much", async () => {
    const cutAt = fc.oneof(
      fc.constantFrom(0, 1, 65_536, 256 * kibibyte, mebibyte, 3 * mebibyte, content.length - 1),
      fc.nat(content.length - 1),
    );
    const property = fc.asyncProperty(cutAt, fc.boolean(), async (length, isReset) => {
      server.reports.length = 0;
      const connection = await openRaw(server.port);
      const request = formatBody({ bytes: content });
      const headLength = request.length - content.length;
      await connection.write(request.subarray(0, headLength + length));
      if (isReset) connection.socket.resetAndDestroy();
      else connection.socket.end();
      while (server.reports.length === 0) await sleep(1);
      await connection[Symbol.asyncDispose]();
      const [report] = server.reports;
      const { length: came, error, receivedBytes } = report!;
      expect(error).toBe("body-cut");
      // A reset may destroy what was on its way; an orderly end may not.
      if (!isReset) expect(came).toBe(length);
      expect(came).toBeLessThanOrEqual(length);
      expect(receivedBytes).toBe(came);
      expect(report!.sha256).toBe(sha256(content.subarray(0, came)));
    });
    await fc.assert(property, { seed: 7, numRuns: 40, interruptAfterTimeLimit: 5_000 });
  });

  it("is not read much further than its consumer has come", async () => {
    const { promise: held, resolve: goOn } = Promise.withResolvers<void>();
    server.onChunk = () => held;
    await using connection = await openRaw(server.port);
    const large = Buffer.concat(Array.from({ length: 10 }, () => content));
    void connection.write(formatBody({ bytes: large }));
    let before = -1;
    while (connection.socket.bytesWritten - connection.socket.writableLength !== before) {
      before = connection.socket.bytesWritten - connection.socket.writableLength;
      await sleep(150);
    }
    expect(connection.socket.writableLength).toBeGreaterThan(20 * mebibyte);
    goOn();
    expect(await reportOf(connection)).toMatchObject({ sha256: sha256(large) });
  });

  it("ends without an error when its consumer is aborted", async () => {
    server.onChunk = (soFar) => {
      if (soFar >= mebibyte) server.abort.abort();
    };
    await using connection = await openRaw(server.port);
    void connection.write(formatBody({ bytes: content }));
    while (server.reports.length === 0) await sleep(1);
    const { length, error } = server.reports[0]!;
    expect(error).toBeUndefined();
    expect(length).toBeLessThan(content.length);
  });

  it("is asked for only when it is wanted, where its sender waits for that", async () => {
    await using connection = await openRaw(server.port);
    const request = formatBody({ bytes: content, headers: "expect: 100-continue\r\n" });
    const headLength = request.length - content.length;
    await connection.write(request.subarray(0, headLength));
    expect(await connection.anyAnswer()).toMatchObject({ status: 100 });
    void connection.write(content);
    expect(await reportOf(connection)).toMatchObject({ sha256: sha256(content) });
  });
});
