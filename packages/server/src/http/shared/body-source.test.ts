import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { slabBytes } from "../../core/blobs/slab-pool.ts";
import { contentOf } from "../../core/testing/sources.ts";
import { startBodyServer, type BodyReport, type BodyServer } from "../testing/body-server.ts";
import { openRaw, type RawConnection } from "../testing/raw.ts";

const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;
const content = contentOf(1, 5 * mebibyte);

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

interface Sent {
  readonly bytes: Uint8Array;
  readonly position?: number;
  readonly headers?: string;
}

/** The whole of a request, with its length. */
function format({ bytes, position = 0, headers = "" }: Sent): Buffer {
  const head = `PUT /body/${position} HTTP/1.1\r\nhost: a\r\n${headers}content-length: ${bytes.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), bytes]);
}

function formatChunked({ bytes, pieces }: { bytes: Uint8Array; pieces: number[] }): Buffer {
  const parts = [
    Buffer.from("PUT /body/0 HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n"),
  ];
  let at = 0;
  for (let turn = 0; at < bytes.length; turn++) {
    const piece = bytes.subarray(at, at + Math.max(1, pieces[turn % pieces.length] ?? 1));
    parts.push(Buffer.from(`${piece.length.toString(16)}\r\n`), Buffer.from(piece));
    parts.push(Buffer.from("\r\n"));
    at += piece.length;
  }
  return Buffer.concat([...parts, Buffer.from("0\r\n\r\n")]);
}

async function reportOf(connection: RawConnection): Promise<BodyReport> {
  const answer = await connection.answer();
  if (answer?.status !== 200) throw new Error(`the answer is ${answer?.status}: ${answer?.text}`);
  return answer.json() as unknown as BodyReport;
}

/** Every slab is back in the pool; what was lent is given back within a few turns of the event loop. */
async function expectSlabsBack({ pool, slabs }: BodyServer): Promise<void> {
  const acquired = [];
  const limit = AbortSignal.timeout(5_000);
  for (let i = 0; i < slabs; i++) acquired.push(await pool.acquire(limit));
  expect(acquired.filter((slab) => slab === undefined)).toEqual([]);
  for (const slab of acquired) slab?.release();
}

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
    await expectSlabsBack(server);
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
        const request = format({ bytes, position });
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
      connection.socket.end(format({ bytes }));
      expect(await reportOf(connection)).toMatchObject({ sha256: sha256(bytes) });
    }
  });

  it("may be followed by another on the same connection when it is small", async () => {
    await using connection = await openRaw(server.port);
    for (const length of [0, 1, 70_000, 1_000_000]) {
      void connection.write(format({ bytes: content.subarray(0, length) }));
      expect(await reportOf(connection)).toMatchObject({
        sha256: sha256(content.subarray(0, length)),
      });
    }
  });

  it("leaves a request that follows at once to be answered", async () => {
    await using connection = await openRaw(server.port);
    const sent = [700, 0, 300_000, 5].map((length) => content.subarray(0, length));
    void connection.write(Buffer.concat(sent.map((bytes) => format({ bytes }))));
    for (const bytes of sent)
      expect(await reportOf(connection)).toMatchObject({ sha256: sha256(bytes) });
  });

  it("takes nothing of a request that follows a large one", async () => {
    await using connection = await openRaw(server.port);
    void connection.write(Buffer.concat([format({ bytes: content }), format({ bytes: content })]));
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
      const request = format({ bytes: content });
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
    void connection.write(format({ bytes: large }));
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
    void connection.write(format({ bytes: content }));
    while (server.reports.length === 0) await sleep(1);
    const { length, error } = server.reports[0]!;
    expect(error).toBeUndefined();
    expect(length).toBeLessThan(content.length);
  });

  it("is asked for only when it is wanted, where its sender waits for that", async () => {
    await using connection = await openRaw(server.port);
    const request = format({ bytes: content, headers: "expect: 100-continue\r\n" });
    const headLength = request.length - content.length;
    await connection.write(request.subarray(0, headLength));
    expect(await connection.anyAnswer()).toMatchObject({ status: 100 });
    void connection.write(content);
    expect(await reportOf(connection)).toMatchObject({ sha256: sha256(content) });
  });
});

describe("a body", () => {
  it("comes in shared memory when it is long and fast, and costs the connection", async () => {
    await using server = await startBodyServer();
    await using connection = await openRaw(server.port);
    void connection.write(format({ bytes: content }));
    const answer = await connection.answer();
    const report = answer?.json() as unknown as BodyReport;
    expect(report.slabBytes).toBeGreaterThan(mebibyte);
    expect(answer?.headers.get("connection")).toBe("close");
    await connection.closed;
  });

  it("never costs the connection where sockets are not taken", async () => {
    await using server = await startBodyServer({ takeSockets: false });
    await using connection = await openRaw(server.port);
    for (let round = 0; round < 2; round++) {
      void connection.write(format({ bytes: content }));
      const answer = await connection.answer();
      expect(answer?.headers.get("connection")).not.toBe("close");
      expect(answer?.json()).toMatchObject({ sha256: sha256(content) });
    }
  });

  it.each([true, false])(
    "waits for memory where there is little (taking sockets: %s)",
    async (takeSockets) => {
      await using server = await startBodyServer({ slabs: 2, takeSockets });
      const reports = await Promise.all(
        Array.from({ length: 6 }, async (_, i) => {
          await using connection = await openRaw(server.port);
          const bytes = content.subarray(i);
          void connection.write(format({ bytes }));
          return { report: await reportOf(connection), expected: sha256(bytes) };
        }),
      );
      for (const { report, expected } of reports) expect(report.sha256).toBe(expected);
      await expectSlabsBack(server);
    },
  );

  it("holds no memory of the pool while its sender is slow", async () => {
    await using server = await startBodyServer({ slabs: 1 });
    const slow = await Promise.all(Array.from({ length: 20 }, () => openRaw(server.port)));
    const request = format({ bytes: content });
    for (const connection of slow) await connection.write(request.subarray(0, 100_000));
    await using fast = await openRaw(server.port);
    void fast.write(request);
    const report = await reportOf(fast);
    expect(report).toMatchObject({ sha256: sha256(content) });
    expect(report.slabBytes).toBeGreaterThan(mebibyte);
    for (const connection of slow) await connection[Symbol.asyncDispose]();
  });

  it("gives its memory back when its sender stops half way", async () => {
    await using server = await startBodyServer({ slabs: 1 });
    await using stopped = await openRaw(server.port);
    await stopped.write(format({ bytes: content }).subarray(0, 3 * mebibyte));
    await expectSlabsBack(server);
    await using other = await openRaw(server.port);
    void other.write(format({ bytes: content }));
    expect(await reportOf(other)).toMatchObject({ sha256: sha256(content) });
  });
});

describe("a slow body", () => {
  const rate = { minBytesPerSecond: 1_000, windowMs: 400 };
  /** The head at once, then the body a piece at a time. */
  const drip = async (
    connection: RawConnection,
    { bytes, piece, everyMs }: { bytes: Buffer; piece: number; everyMs: number },
  ): Promise<void> => {
    const request = format({ bytes });
    const headLength = request.length - bytes.length;
    await connection.write(request.subarray(0, headLength));
    for (let at = headLength; at < request.length && !connection.socket.destroyed; at += piece) {
      await connection.write(request.subarray(at, at + piece));
      await sleep(everyMs);
    }
  };

  it("is refused when it stays under the minimum", async () => {
    await using server = await startBodyServer({ rate });
    await using connection = await openRaw(server.port);
    void drip(connection, { bytes: content.subarray(0, 200), piece: 1, everyMs: 20 });
    expect(await reportOf(connection)).toMatchObject({ error: "body-too-slow" });
  });

  it("is refused when its sender falls silent in the middle of a fast one", async () => {
    await using server = await startBodyServer({ rate });
    await using connection = await openRaw(server.port);
    await connection.write(format({ bytes: content }).subarray(0, 3 * mebibyte));
    while (server.reports.length === 0) await sleep(5);
    expect(server.reports[0]).toMatchObject({ error: "body-too-slow" });
    expect(server.reports[0]!.length).toBeGreaterThan(2 * mebibyte);
  });

  it("is not cut as long as it keeps to the minimum", async () => {
    await using server = await startBodyServer({ rate });
    await using connection = await openRaw(server.port);
    const bytes = content.subarray(0, 40_000);
    void drip(connection, { bytes, piece: 1_000, everyMs: 25 });
    expect(await reportOf(connection)).toMatchObject({ sha256: sha256(bytes) });
  });

  it("is not cut for the time in which the server did not read", async () => {
    await using server = await startBodyServer({ rate });
    const { promise: held, resolve: goOn } = Promise.withResolvers<void>();
    server.onChunk = () => held;
    await using connection = await openRaw(server.port);
    void connection.write(format({ bytes: content }));
    await sleep(rate.windowMs * 3);
    goOn();
    expect(await reportOf(connection)).toMatchObject({ sha256: sha256(content) });
  });
});
