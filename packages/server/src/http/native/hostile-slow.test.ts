/** Hostile inputs: senders that take their time. */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { contentOf } from "../../core/testing/sources.ts";
import { openRaw } from "../testing/raw.ts";
import { formatHead, startServer } from "../testing/server.ts";

const content = contentOf(1, 12_388);

describe("a slow sender", () => {
  const rate = { minBytesPerSecond: 200, minRateWindowMs: 500 };

  it("is answered 408, keeps its connection's upload, and what it sent in order", async () => {
    await using server = await startServer(rate);
    const json = { name: "slow.bin", size: 1_000 };
    const { id } = (await server.ask({ method: "POST", path: "/uploads", json })).json();
    const path = `/uploads/${String(id)}`;
    await using connection = await openRaw(server.port);
    const ask = {
      method: "PATCH",
      path,
      headers: { "upload-offset": "0", "content-length": "1000" },
    };
    await connection.write(formatHead(ask, server.token));
    const dripping = (async () => {
      for (let at = 0; at < 1_000 && !connection.socket.destroyed; at++) {
        await connection.write(content.subarray(at, at + 1));
        await sleep(20);
      }
    })();
    const answer = await connection.answer();
    expect([answer?.status, answer?.json()]).toMatchObject([408, { code: "body-too-slow" }]);
    const { offset } = (await server.ask({ path })).json();
    expect(offset).toBeGreaterThan(0);
    connection.socket.destroy();
    await dripping;
    expect(server.log).toEqual([]);
  });

  it("does not hold up the others", async () => {
    await using server = await startServer({ minBytesPerSecond: 0 });
    const slow = await Promise.all(Array.from({ length: 50 }, () => server.open()));
    for (const [i, connection] of slow.entries()) {
      const ask = {
        method: "PUT",
        path: `/files/slow${i}`,
        headers: { "content-length": "500000" },
      };
      await connection.write(formatHead(ask, server.token));
      await connection.write("x");
    }
    const batch = {
      method: "POST",
      path: "/files/batch",
      headers: { "content-type": "application/vnd.sampan.batch", "content-length": "500000" },
    };
    for (const connection of await Promise.all([1, 2, 3, 4].map(() => server.open()))) {
      slow.push(connection);
      await connection.write(formatHead(batch, server.token));
      await connection.write("{");
    }
    const file = await server.ask({ method: "PUT", path: "/files/a", body: content });
    expect(file.status).toBe(201);
    const body = '{"name":"b","size":1}\nx';
    const answer = await Promise.race([
      server.ask({ ...batch, body, headers: { "content-type": batch.headers["content-type"] } }),
      sleep(3_000).then(() => "held up"),
    ]);
    expect(answer).toMatchObject({ status: 200 });
    for (const connection of slow) await connection[Symbol.asyncDispose]();
  });
});
