/** What visitors of a file request send in parts. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newId } from "../../core/ids.ts";
import { codeOf, startSharing, type MadeShare, type SharingWorld } from "../testing/sharing.ts";

let world: SharingWorld;

beforeAll(async () => {
  world = await startSharing();
});
afterAll(() => world[Symbol.asyncDispose]());

const partSize = 4096;
const size = 2 * partSize;
const part = "p".repeat(partSize);

const request = async (name: string, more: Record<string, unknown> = {}) => {
  const folder = await world.folder(name);
  const share = await world.share({ kind: "request", nodeId: folder, ...more });
  return { ...share, folder };
};
const begin = (at: string, json: Record<string, unknown> = {}) =>
  world.visit({
    method: "POST",
    path: `${at}/uploads`,
    json: { name: "sent.bin", size, partSize, ...json },
  });
const begun = async (at: string, json: Record<string, unknown> = {}): Promise<string> => {
  const answer = await begin(at, json);
  expect(answer.status, answer.text).toBe(201);
  return `${at}/uploads/${String(answer.json()["id"])}`;
};
const send = (upload: string, number: number, body = part) =>
  world.visit({ method: "PUT", path: `${upload}/parts/${number}`, body });
const complete = (upload: string) => world.visit({ method: "POST", path: `${upload}/complete` });
const whole = async (upload: string) => {
  await send(upload, 0);
  await send(upload, 1);
  return complete(upload);
};
const bytesLeft = async ({ at }: MadeShare) =>
  (await world.visit({ path: at })).json()["bytesLeft"];

describe("an upload through a file request", () => {
  it("is begun, resumed from what is missing, and handed over", async () => {
    const { at, folder, id } = await request("inbox", { maxBytes: 3 * size });
    const upload = await begun(at, { mediaType: "text/plain" });
    expect(codeOf(await send(upload, 1))).toBe(200);
    expect((await world.visit({ path: upload })).json()).toMatchObject({
      name: "sent.bin",
      size,
      partSize,
      state: "receiving",
      receivedBytes: partSize,
      missing: [0],
    });
    expect(codeOf(await complete(upload))).toBe("409 upload-incomplete");
    expect(codeOf(await send(upload, 0))).toBe(200);
    const done = await complete(upload);
    expect(done.json()).toMatchObject({ state: "complete", name: "sent.bin" });
    expect((await complete(upload)).status).toBe(200);
    expect(await world.namesIn(folder)).toEqual(["sent.bin"]);
    const log = (await world.ann.ask({ path: `/shares/${id}/log` })).json();
    expect(log["items"]).toContainEqual(
      expect.objectContaining({ kind: "share.uploaded", data: expect.objectContaining({ size }) }),
    );
  });

  it("never replaces what is there, nor tells that it was", async () => {
    const { at, folder } = await request("polite");
    await world.put("sent.bin", { parentId: folder, body: "mine" });
    const done = await whole(await begun(at));
    expect(done.json()).toMatchObject({ name: "sent.bin", state: "complete" });
    expect(done.text).not.toContain("(2)");
    expect(done.text).not.toContain("file");
    expect(await world.namesIn(folder)).toEqual(["sent (2).bin", "sent.bin"]);
  });

  it("is refused whatever a name must not be, and a size that is none", async () => {
    const { at } = await request("strict");
    for (const name of ["../x", "a/b", "x\u0000", "..", "x.", "\u202Egpj.exe"])
      expect((await begin(at, { name })).status, name).toBe(400);
    for (const wrong of [-1, 1.5, "5abc", null])
      expect((await begin(at, { size: wrong })).status, String(wrong)).toBe(400);
    expect((await begin(at, { parentId: "root" })).status).toBe(400);
    expect((await begin(at, { onConflict: "replace" })).status).toBe(400);
    const digest = await begun(at, { digests: { sha256: "0".repeat(64) } });
    expect(codeOf(await whole(digest))).toBe("422 digest-mismatch");
  });

  it("counts against the cap from its beginning until it is given up", async () => {
    const made = await request("capped", { maxBytes: size + 10 });
    expect(codeOf(await world.visit({ ...put(made.at, 20), path: `${made.at}/files/a` }))).toBe(
      201,
    );
    expect(codeOf(await begin(made.at))).toBe("413 request-full");
    const smaller = await begun(made.at, { size: size - 10 });
    expect(await bytesLeft(made)).toBe(0);
    expect(codeOf(await world.visit({ method: "DELETE", path: smaller }))).toBe(204);
    expect(await bytesLeft(made)).toBe(size - 10);
    expect((await world.visit({ path: smaller })).json()).toMatchObject({ state: "aborted" });
    expect(codeOf(await send(smaller, 0))).toBe("410 upload-aborted");
  });

  it("of more than one part's PUT counts once as well, and gives back what failed", async () => {
    const large = 2_000_000;
    const made = await request("large put", { maxBytes: large });
    const headers = { "content-digest": `sha-256=:${Buffer.alloc(32).toString("base64")}:` };
    const path = `${made.at}/files/large.bin`;
    const failed = await world.visit({ ...put(made.at, large), path, headers });
    expect(codeOf(failed)).toBe("422 digest-mismatch");
    expect(await bytesLeft(made)).toBe(large);
    expect(codeOf(await world.visit({ ...put(made.at, large), path }))).toBe(201);
    expect(await bytesLeft(made)).toBe(0);
    const log = (await world.ann.ask({ path: `/shares/${made.id}/log` })).json();
    const uploaded = (log["items"] as { kind: string }[]).filter(
      ({ kind }) => kind === "share.uploaded",
    );
    expect(uploaded).toHaveLength(1);
  });

  it("goes to as many of 50 racers as the cap has room for", async () => {
    const made = await request("raced", { maxBytes: 7 * size });
    const answers = await Promise.all(Array.from({ length: 50 }, () => begin(made.at)));
    const codes = answers.map(codeOf);
    expect(codes.filter((one) => one === 201)).toHaveLength(7);
    expect(codes.filter((one) => one === "413 request-full")).toHaveLength(43);
    expect(await bytesLeft(made)).toBe(0);
  });

  it("cannot take all places that its owner has", async () => {
    const { at } = await request("crowded");
    for (let i = 0; i < 100; i++) expect((await begin(at, { size: 1 })).status).toBe(201);
    expect(codeOf(await begin(at, { size: 1 }))).toBe("429 too-many-uploads");
    expect((await begin((await request("empty")).at, { size: 1 })).status).toBe(201);
  });

  it("says nothing of its owner's quota", async () => {
    const { at } = await request("poor");
    await world.setQuota(world.ann, 1);
    const refused = await begin(at);
    await world.setQuota(world.ann, null);
    expect(codeOf(refused)).toBe("413 request-full");
    expect(refused.text).not.toContain("uota");
  });

  it("is found through its own link only", async () => {
    const [mine, other] = [await request("one"), await request("another")];
    const upload = await begun(mine.at);
    const id = upload.split("/").at(-1)!;
    const reading = await world.share({ kind: "link", nodeId: mine.folder });
    const foreign = await world.bob.ask({
      method: "POST",
      path: "/uploads",
      json: { name: "x", size: 1 },
    });
    const paths = [
      `${other.at}/uploads/${id}`,
      `${reading.at}/uploads/${id}`,
      `${mine.at}/uploads/${newId()}`,
      `${mine.at}/uploads/${String(foreign.json()["id"])}`,
    ];
    for (const path of paths) {
      expect((await world.visit({ path })).status, path).toBe(404);
      expect((await send(path, 0)).status, path).toBe(404);
      expect((await complete(path)).status, path).toBe(404);
      expect((await world.visit({ method: "DELETE", path })).status, path).toBe(404);
    }
    // An upload of the owner's own is not a visitor's, whatever its id.
    const owned = await world.ann.ask({
      method: "POST",
      path: "/uploads",
      json: { name: "x", size: 1, parentId: mine.folder },
    });
    const path = `${mine.at}/uploads/${String(owned.json()["id"])}`;
    expect(codeOf(await world.visit({ path }))).toBe("404 upload-not-found");
    // The visitor's link opens none of the routes of those who are signed in.
    expect((await world.visit({ path: `/uploads/${id}` })).status).toBe(401);
    expect(codeOf(await world.bob.ask({ path: `/uploads/${id}` }))).toBe("404 upload-not-found");
  });

  it("is seen by its owner, who may end it", async () => {
    const made = await request("watched", { maxBytes: size });
    const upload = await begun(made.at);
    const id = upload.split("/").at(-1)!;
    expect((await world.ann.ask({ path: `/uploads/${id}` })).json()).toMatchObject({
      dialect: "link",
      parentId: made.folder,
    });
    await world.ann.ask({ method: "DELETE", path: `/uploads/${id}` });
    expect(codeOf(await send(upload, 0))).toBe("410 upload-aborted");
    expect(await bytesLeft(made)).toBe(size);
  });
});

/** What takes the link away while parts are on their way. */
const ends: Record<string, (made: MadeShare & { folder: string }) => Promise<unknown>> = {
  revoked: (made) => world.revoke(made),
  expired: ({ id }) => change(id, { expiresAt: new Date(0).toISOString() }),
  trashed: ({ folder }) => world.ann.ask({ method: "DELETE", path: `/nodes/${folder}` }),
};
const change = (id: string, json: Record<string, unknown>) =>
  world.ann.ask({ method: "PATCH", path: `/shares/${id}`, json });

describe("a file request that ends half way", () => {
  for (const [what, end] of Object.entries(ends)) {
    it(`when it is ${what}, takes and tells nothing more`, async () => {
      const made = await request(`ended ${what}`);
      const upload = await begun(made.at);
      await send(upload, 0);
      await end(made);
      const dead = "404 shared-link-not-found";
      expect(codeOf(await send(upload, 1))).toBe(dead);
      expect(codeOf(await complete(upload))).toBe(dead);
      expect(codeOf(await world.visit({ path: upload }))).toBe(dead);
      expect(codeOf(await begin(made.at))).toBe(dead);
      if (what !== "trashed") expect(await world.namesIn(made.folder)).toEqual([]);
    });
  }

  it("gives its owner's room back when it is revoked", async () => {
    const before = await world.used(world.ann);
    const made = await request("room");
    const upload = await begun(made.at);
    await send(upload, 0);
    expect((await world.used(world.ann)).reserved).toBe(before.reserved + size);
    await world.revoke(made);
    expect(await world.used(world.ann)).toEqual(before);
  });

  it("asks for the new password once it has one", async () => {
    const made = await request("locked");
    const upload = await begun(made.at);
    await send(upload, 0);
    await change(made.id, { password: "a new secret" });
    expect(codeOf(await send(upload, 1))).toBe("401 share-locked");
    const unlock = await world.visit({
      method: "POST",
      path: `${made.at}/unlock`,
      json: { password: "a new secret" },
    });
    const headers = { "sampan-share": String(unlock.json()["credential"]) };
    const path = `${upload}/parts/1`;
    expect(codeOf(await world.visit({ method: "PUT", path, body: part, headers }))).toBe(200);
    const done = await world.visit({ method: "POST", path: `${upload}/complete`, headers });
    expect(codeOf(done)).toBe(200);
  });
});

const put = (at: string, length: number) => ({
  method: "PUT",
  path: at,
  body: "x".repeat(length),
});
