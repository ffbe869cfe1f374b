/** One try at a fetch, with the engine on a real disk, and what a crash in the middle of it costs. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { localNetwork, serveFile, startOrigin, type Origin } from "../../workers/testing/origin.ts";
import { createRemote } from "../../workers/fetch-url/remote.ts";
import { systemActor } from "../events.ts";
import { newId } from "../ids.ts";
import {
  createTestClock,
  openEngine,
  openMachine,
  ownerId,
  readBlob,
  type Engine,
  type Machine,
} from "../testing/engine.ts";
import { newOwner } from "../uploads/testing/stores.ts";
import { createFuse } from "../testing/fuse.ts";
import { contentOf } from "../testing/sources.ts";
import { fetchUrlJob, type FetchTicket } from "./fetch.ts";
import { createRunFetch } from "./run-fetch.ts";
import { createRunningFetches } from "./running.ts";

const limits = { maxOpen: 9, maxAdmitted: 2, maxBytes: 1024 ** 3 };
const content = contentOf(1, 3_000_000);

describe("one try at a fetch", () => {
  const clock = createTestClock();
  let machine: Machine;
  let origin: Origin;
  beforeEach(async () => {
    [machine, origin] = [await openMachine(), await startOrigin()];
  });
  afterEach(async () => {
    await origin[Symbol.asyncDispose]();
    await machine[Symbol.asyncDispose]();
  });

  const runOn = (engine: Engine, wrap: <T extends object>(port: T) => T = (port) => port) => {
    const { uploads, fetches } = machine.metadata;
    return createRunFetch({
      ...engine,
      uploads: wrap(uploads),
      fetches: wrap(fetches),
      clock,
      remote: createRemote({ userAgent: "test", ...localNetwork }),
      running: createRunningFetches(),
      limits,
      mayFetch: async (id) => id === ownerId,
      onFault: ({ error }) => {
        throw error;
      },
    });
  };
  const create = async (ownerOfIt = ownerId) =>
    await machine.metadata.fetches.create({
      fetch: { id: newId(), ownerId: ownerOfIt, url: origin.url("/a"), name: null, parentId: null },
      limits,
      actor: systemActor,
      now: clock.now(),
    });
  const claim = async (): Promise<FetchTicket | undefined> => {
    const kinds = [fetchUrlJob];
    const job = await machine.metadata.jobs.claim({ kinds, now: clock.now(), leaseMs: 60_000 });
    return job && (JSON.parse(job.payload) as FetchTicket);
  };
  const find = async (id: string) => (await machine.metadata.fetches.find(id))!;
  const never = new AbortController().signal;

  it("goes on, after a crash, from the bytes that were acknowledged", async () => {
    const fuse = createFuse();
    const engine = await openEngine(machine, { clock, wrap: fuse.guard });
    const fetch = await create();
    const serve = serveFile(content);
    origin.answer = (_request, response) => {
      response.writeHead(200, { "content-length": content.length, etag: '"v1"' });
      response.write(content.subarray(0, 1_200_000));
      // A checkpoint is due with the next byte.
      setTimeout(() => {
        clock.advance(6_000);
        response.write(content.subarray(1_200_000, 2_400_000));
      }, 400);
    };
    const ticket = (await claim())!;
    const died = runOn(engine, fuse.guard)(ticket, never).catch(() => "died");
    await expect
      .poll(async () => (await find(fetch.id)).receivedBytes, { timeout: 10_000 })
      .toBeGreaterThan(1_000_000);
    fuse.blow();
    await origin[Symbol.asyncDispose]();
    await Promise.race([died, new Promise((resolve) => setTimeout(resolve, 500))]);
    const acknowledged = await find(fetch.id);
    expect(acknowledged).toMatchObject({ state: "fetching", run: 1 });

    // Another process, once the lease of the dead one is over.
    origin = await startOrigin(serve);
    await moveOrigin(machine, { id: fetch.id, url: origin.url("/a") });
    await using again = await openEngine(machine, { clock });
    expect(await claim()).toBeUndefined();
    clock.advance(61_000);
    const later = (await claim())!;
    expect(later).toEqual(ticket);
    await runOn(again)(later, never);
    const done = await find(fetch.id);
    expect(done).toMatchObject({ state: "complete", receivedBytes: content.length });
    expect(origin.requests.map(({ headers }) => headers.range)).toEqual([
      `bytes=${acknowledged.receivedBytes}-`,
    ]);
    const file = (await machine.metadata.files.find(done.fileId!))!;
    expect((await readBlob(again, { blobId: file.blobId, size: file.size })).equals(content)).toBe(
      true,
    );
    expect(again.alarms).toEqual([]);
  });

  it("asks for nothing again when it died between the file and the row that says so", async () => {
    origin.answer = serveFile(content);
    await using engine = await openEngine(machine, { clock });
    const fetch = await create();
    const ticket = (await claim())!;
    const run = createRunFetch({
      ...engine,
      uploads: machine.metadata.uploads,
      // The process ends as it is about to say so.
      fetches: { ...machine.metadata.fetches, end: () => new Promise(() => undefined) },
      clock,
      remote: createRemote({ userAgent: "test", ...localNetwork }),
      running: createRunningFetches(),
      limits,
      mayFetch: async (id) => id === ownerId,
      onFault: () => undefined,
    });
    void run(ticket, never);
    const files = async () => (await machine.metadata.files.list({ ownerId, limit: 9 })).items;
    await expect.poll(files, { timeout: 5_000 }).toHaveLength(1);
    expect(await find(fetch.id)).toMatchObject({ state: "fetching" });
    await runOn(engine)(ticket, never);
    expect(await find(fetch.id)).toMatchObject({ state: "complete" });
    expect(origin.requests).toHaveLength(1);
    expect(await files()).toHaveLength(1);
  });

  it("leaves a try that is stopped where it stands, due at once and blamed for nothing", async () => {
    origin.answer = (_request, response) => {
      response.writeHead(200, { "content-length": content.length, etag: '"v1"' });
      response.write(content.subarray(0, 1_500_000));
    };
    await using engine = await openEngine(machine, { clock });
    const fetch = await create();
    const stop = new AbortController();
    const run = runOn(engine)((await claim())!, stop.signal);
    await expect.poll(() => origin.requests.length).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 500));
    stop.abort();
    await run;
    const stopped = await find(fetch.id);
    expect(stopped).toMatchObject({ state: "queued", run: 2, attempts: 0, failure: null });
    expect(stopped.receivedBytes).toBeGreaterThan(1_000_000);
    origin.answer = serveFile(content);
    await runOn(engine)((await claim())!, never);
    expect(await find(fetch.id)).toMatchObject({ state: "complete" });
  });

  it("asks nobody once the setting no longer allows it", async () => {
    await using engine = await openEngine(machine, { clock });
    const other = await newOwner(machine.metadata);
    const { id } = await create(other);
    await runOn(engine)((await claim())!, never);
    expect(await find(id)).toMatchObject({ state: "failed", failure: { code: "not-allowed" } });
    expect(origin.requests).toEqual([]);
  });

  it("tries again later, each time after a longer wait, and gives up in the end", async () => {
    origin.answer = (_request, response) => void response.writeHead(503).end();
    await using engine = await openEngine(machine, { clock });
    const fetch = await create();
    let tries = 0;
    for (; (await find(fetch.id)).state === "queued"; tries++) {
      const { jobs } = machine.metadata;
      const asked = { kinds: [fetchUrlJob], now: clock.now(), leaseMs: 60_000 };
      const { id, attempt, payload } = (await jobs.claim(asked))!;
      await runOn(engine)(JSON.parse(payload) as FetchTicket, never);
      await jobs.finish({ id, attempt });
      expect(await claim()).toBeUndefined();
      clock.advance(3_600_000);
    }
    expect(tries).toBe(10);
    expect(await find(fetch.id)).toMatchObject({
      state: "failed",
      attempts: 10,
      failure: { code: "http-status" },
    });
  });
});

/** The new origin has another port: as if the name had moved. */
async function moveOrigin(
  { folder }: Machine,
  { id, url }: { id: string; url: string },
): Promise<void> {
  const { DatabaseSync } = await import("node:sqlite");
  using database = new DatabaseSync(`${folder}/sampan.db`);
  database.prepare("update fetches set url = ? where id = ?").run(url, id);
}
