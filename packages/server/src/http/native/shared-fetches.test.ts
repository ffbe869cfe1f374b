/** Offline downloads into a folder that is somebody else's. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { localNetwork, serveFile, startOrigin, type Origin } from "../../workers/testing/origin.ts";
import { codeOf, startSharing, type SharingWorld } from "../testing/sharing.ts";

let world: SharingWorld;
let origin: Origin;
const content = Buffer.alloc(300_000, "f");

beforeAll(async () => {
  origin = await startOrigin();
  world = await startSharing({ offlineDownloads: "everyone" }, { network: localNetwork });
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await origin[Symbol.asyncDispose]();
});

const fetchInto = async (parentId: string, name: string) => {
  const json = { url: origin.url(`/${name}`), name, parentId };
  const answer = await world.bob.ask({ method: "POST", path: "/fetches", json });
  expect(answer.status, answer.text).toBe(201);
  return String(answer.json()["id"]);
};
const ended = async (id: string) => {
  const fetch = async () => (await world.bob.ask({ path: `/fetches/${id}` })).json();
  await expect
    .poll(async () => (await fetch())["state"], { timeout: 15_000 })
    .toMatch(/complete|failed/);
  return fetch();
};

describe("an offline download into a shared folder", () => {
  it("lands there, at its owner's cost, and is its asker's", async () => {
    const top = await world.folder("fetched");
    await world.withBob(top);
    origin.answer = serveFile(content);
    const before = await world.used(world.ann);
    const id = await fetchInto(top, "there.bin");
    expect(await ended(id)).toMatchObject({ state: "complete", parentId: top });
    expect(await world.namesIn(top)).toEqual(["there.bin"]);
    expect(await world.used(world.ann)).toEqual({
      used: before.used + content.length,
      reserved: before.reserved,
    });
    expect(codeOf(await world.ann.ask({ path: `/fetches/${id}` }))).toBe("404 fetch-not-found");
  });

  it("goes to its asker's root when the share ends on the way: nothing that came is lost", async () => {
    const top = await world.folder("revoked on the way");
    const share = await world.withBob(top);
    const { promise: mayGoOn, resolve: goOn } = Promise.withResolvers<void>();
    origin.answer = (_request, response) => {
      response.writeHead(200, { "content-length": content.length, etag: '"v1"' });
      response.write(content.subarray(0, 100_000));
      void mayGoOn.then(() => response.end(content.subarray(100_000)));
    };
    const before = { ann: await world.used(world.ann), bob: await world.used(world.bob) };
    const id = await fetchInto(top, "late.bin");
    await expect
      .poll(async () => (await world.used(world.ann)).reserved)
      .toBe(before.ann.reserved + content.length);
    await world.revoke(share);
    expect(await world.used(world.ann)).toEqual(before.ann);
    goOn();
    expect(await ended(id)).toMatchObject({ state: "complete", parentId: null });
    expect(await world.namesIn(top)).toEqual([]);
    expect(await world.used(world.bob)).toEqual({
      used: before.bob.used + content.length,
      reserved: before.bob.reserved,
    });
  });

  it("is refused where one may only look, or not even that", async () => {
    const seen = await world.folder("only seen");
    const unseen = await world.folder("unseen");
    await world.withBob(seen, "view");
    const into = (parentId: string) => {
      const json = { url: origin.url("/x"), parentId };
      return world.bob.ask({ method: "POST", path: "/fetches", json });
    };
    expect(codeOf(await into(seen))).toBe("403 share-right-missing");
    expect(codeOf(await into(unseen))).toBe("404 node-not-found");
  });
});
