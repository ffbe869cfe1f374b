/** The live stream across the end of the server, heard by the SDK. */
import { createClient, type LiveEvent } from "@sampan/sdk";
import { createNodeTransport } from "@sampan/sdk/node";
import { describe, expect, it } from "vitest";
import { freshName } from "../src/content.ts";
import { speakNative } from "../src/native.ts";
import { isRemote, useServer } from "../src/server.ts";
import { send } from "../src/http.ts";

describe.skipIf(isRemote)("native GET /events across a restart", () => {
  const server = useServer();
  const native = speakNative(server);

  const put = async (name: string): Promise<boolean> => {
    const path = `/api/v1/files/${name}`;
    try {
      return (await send(server, { method: "PUT", path, body: name })).status === 201;
    } catch {
      // The server was killed: whether it is stored, the listing says.
      return false;
    }
  };

  it.each([
    ["fetch", undefined],
    ["node:http", createNodeTransport()],
  ])("tells of every file once, in order, through kill -9 (%s)", async (_name, transport) => {
    const prefix = freshName();
    const { url, token } = server;
    const client = createClient({ url, token, ...(transport && { transport }) });
    const stop = new AbortController();
    const heard: LiveEvent[] = [];
    const ready = Promise.withResolvers<void>();
    const listening = (async () => {
      for await (const event of client.events({ signal: stop.signal })) {
        if (event.kind === "ready") ready.resolve();
        heard.push(event);
      }
    })().catch((error: unknown) => {
      if (!stop.signal.aborted) throw error;
    });
    await ready.promise;

    const acknowledged: string[] = [];
    for (let round = 0; round < 3; round++) {
      const names = Array.from({ length: 60 }, (_, i) => `${prefix}-${round}-${i}`);
      const writing = Promise.all(
        names.map(async (name) => {
          if (await put(name)) acknowledged.push(name);
        }),
      );
      await expect.poll(() => acknowledged.length, { interval: 5 }).toBeGreaterThan(20 * round);
      await server.kill();
      await writing;
      await server.start();
    }
    const last = `${prefix}-last`;
    expect(await put(last)).toBe(true);
    const told = () => heard.filter(({ kind }) => kind === "file.stored");
    await expect
      .poll(() => told().some(({ data }) => data["name"] === last), { timeout: 30_000 })
      .toBe(true);
    stop.abort();
    await listening;

    const names = told().map(({ data }) => String(data["name"]));
    const listed = await native.call<{ items: { name: string }[] }>(
      "GET",
      `/files?limit=1000&prefix=${prefix}`,
    );
    expect(names.toSorted()).toEqual(listed.items.map(({ name }) => name).toSorted());
    expect(names).toEqual(expect.arrayContaining(acknowledged));
    const ids = told().map(({ id }) => id!);
    expect(ids).toEqual([...new Set(ids)].toSorted((a, b) => a - b));
    expect(heard.filter(({ kind }) => kind === "reset")).toEqual([]);
  });
});
