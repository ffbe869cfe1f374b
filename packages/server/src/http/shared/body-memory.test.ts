/** What bodies hold while they come, and how slow they may be. */
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { contentOf } from "../../core/testing/sources.ts";
import {
  formatBody,
  reportOf,
  startBodyServer,
  takeBackSlabs,
  type BodyReport,
} from "../testing/body-server.ts";
import { openRaw, type RawConnection } from "../testing/raw.ts";

const mebibyte = 1024 * 1024;
const content = contentOf(1, 5 * mebibyte);

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

describe("a body", () => {
  it("comes in shared memory when it is long and fast, and costs the connection", async () => {
    await using server = await startBodyServer();
    await using connection = await openRaw(server.port);
    void connection.write(formatBody({ bytes: content }));
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
      void connection.write(formatBody({ bytes: content }));
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
          void connection.write(formatBody({ bytes }));
          return { report: await reportOf(connection), expected: sha256(bytes) };
        }),
      );
      for (const { report, expected } of reports) expect(report.sha256).toBe(expected);
      expect(await takeBackSlabs(server)).toBe(server.slabs);
    },
  );

  it("holds no memory of the pool while its sender is slow", async () => {
    await using server = await startBodyServer({ slabs: 1 });
    const slow = await Promise.all(Array.from({ length: 20 }, () => openRaw(server.port)));
    const request = formatBody({ bytes: content });
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
    await stopped.write(formatBody({ bytes: content }).subarray(0, 3 * mebibyte));
    expect(await takeBackSlabs(server)).toBe(server.slabs);
    await using other = await openRaw(server.port);
    void other.write(formatBody({ bytes: content }));
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
    const request = formatBody({ bytes });
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
    await connection.write(formatBody({ bytes: content }).subarray(0, 3 * mebibyte));
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
    void connection.write(formatBody({ bytes: content }));
    await sleep(rate.windowMs * 3);
    goOn();
    expect(await reportOf(connection)).toMatchObject({ sha256: sha256(content) });
  });
});
