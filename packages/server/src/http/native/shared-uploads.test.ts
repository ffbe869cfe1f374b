/** Resumable uploads, by every door, into a folder that is somebody else's. */
import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readEvents } from "../testing/event-reader.ts";
import { codeOf, startSharing, type MadeShare, type SharingWorld } from "../testing/sharing.ts";

let world: SharingWorld;

beforeAll(async () => {
  world = await startSharing();
});
afterAll(() => world[Symbol.asyncDispose]());

const partSize = 4096;
const content = (letter: string, length = 2 * partSize) => letter.repeat(length);

/** As Bob. */
const begin = async (json: Record<string, unknown>) => {
  const path = "/uploads";
  return world.bob.ask({
    method: "POST",
    path,
    json: { size: 2 * partSize, partSize, ...json },
  });
};
const begun = async (json: Record<string, unknown>): Promise<string> => {
  const answer = await begin(json);
  expect(answer.status, answer.text).toBe(201);
  return String(answer.json()["id"]);
};
const send = (id: string, number: number, letter = "x") =>
  world.bob.ask({
    method: "PUT",
    path: `/uploads/${id}/parts/${number}`,
    body: content(letter, partSize),
  });
const complete = (id: string, json: Record<string, unknown> = {}) =>
  world.bob.ask({ method: "POST", path: `/uploads/${id}/complete`, json });
const stateOf = async (id: string) => (await world.bob.ask({ path: `/uploads/${id}` })).json();

describe("an upload into a folder that is shared for editing", () => {
  it("is the uploader's, takes its owner's room, and lands", async () => {
    const { ann, bob } = world;
    const top = await world.folder("landing");
    const inner = await world.folder("inner", top);
    await world.withBob(top);
    const before = { ann: await world.used(ann), bob: await world.used(bob) };
    await using heard = await readEvents(world.server, { token: ann.accessToken });
    const id = await begun({ name: "big.bin", parentId: inner });
    expect(await world.used(ann)).toEqual({
      used: before.ann.used,
      reserved: before.ann.reserved + 2 * partSize,
    });
    expect(await world.used(bob)).toEqual(before.bob);
    const list = (person: typeof bob) => person.ask({ path: "/uploads" });
    expect((await list(bob)).text).toContain(id);
    expect((await list(ann)).text).not.toContain(id);
    expect(codeOf(await ann.ask({ path: `/uploads/${id}` }))).toBe("404 upload-not-found");
    expect([(await send(id, 1)).status, (await send(id, 0)).status]).toEqual([200, 200]);
    const done = await complete(id);
    expect(codeOf(done)).toBe(200);
    const { id: fileId } = done.json()["file"] as { id: string };
    expect(await world.namesIn(inner)).toEqual(["big.bin"]);
    expect((await ann.ask({ path: `/nodes/${fileId}` })).status).toBe(200);
    expect(await world.used(ann)).toEqual({
      used: before.ann.used + 2 * partSize,
      reserved: before.ann.reserved,
    });
    expect(await world.used(bob)).toEqual(before.bob);
    await heard.until(({ recorded }) => recorded.some(({ data }) => data.subjectId === fileId));
    expect(heard.recorded.find(({ data }) => data.subjectId === fileId)).toMatchObject({
      event: "node.created",
      data: { actorId: bob.id, data: { parentId: inner, name: "big.bin" } },
    });
  });

  it("is finished by the task API, whose download_url gives it to the uploader while it is shared", async () => {
    const top = await world.folder("merged");
    const share = await world.withBob(top);
    const id = await begun({ name: "merged.bin", parentId: top });
    expect([(await send(id, 0)).status, (await send(id, 1)).status]).toEqual([200, 200]);
    const origin = `http://127.0.0.1:${world.server.port}`;
    const headers = { authorization: `Bearer ${world.bob.accessToken}` };
    const body = JSON.stringify({ task_id: id });
    const merged = await fetch(`${origin}/api/mergeChunks`, { method: "POST", headers, body });
    const { download_url } = (await merged.json()) as { download_url: string };
    const file = await fetch(origin + download_url, { headers });
    expect([file.status, await file.text()]).toEqual([200, content("x")]);
    await world.revoke(share);
    expect((await fetch(origin + download_url, { headers })).status).toBe(404);
  });

  it("makes the folders of its path there", async () => {
    const top = await world.folder("with paths");
    await world.withBob(top);
    const id = await begun({ path: "a/b/deep.bin", parentId: top });
    await send(id, 0);
    await send(id, 1);
    expect(codeOf(await complete(id))).toBe(200);
    expect(await world.namesIn(top)).toEqual(["a"]);
  });

  it("replaces, keeps both or refuses as its owner's uploads do", async () => {
    const top = await world.folder("conflicts");
    const old = await world.put("same.bin", { parentId: top, body: "old" });
    await world.withBob(top);
    expect(codeOf(await begin({ name: "same.bin", parentId: top }))).toBe("409 name-taken");
    for (const onConflict of ["keep-both", "replace"]) {
      const id = await begun({ name: "same.bin", parentId: top, onConflict });
      await send(id, 0, onConflict[0]);
      await send(id, 1, onConflict[0]);
      expect(codeOf(await complete(id)), onConflict).toBe(200);
    }
    expect(await world.namesIn(top)).toEqual(["same (2).bin", "same.bin"]);
    const versions = await world.ann.ask({ path: `/nodes/${old}/versions` });
    expect(versions.json()["items"]).toHaveLength(2);
  });

  it("is refused 507 when its owner has no room, without a figure of theirs", async () => {
    const { ann } = world;
    const top = await world.folder("full");
    await world.withBob(top);
    await world.setQuota(ann, (await world.used(ann)).used + 5000);
    const refused = await begin({ name: "too-big.bin", parentId: top });
    expect(codeOf(refused)).toBe("507 shared-folder-full");
    expect(refused.text).not.toMatch(/quotaBytes|usedBytes/);
    const path = `/files/too-big.bin?parentId=${top}`;
    for (const length of [6000, 2_000_000]) {
      const put = await world.bob.ask({ method: "PUT", path, body: content("x", length) });
      expect(codeOf(put)).toBe("507 shared-folder-full");
    }
    await world.setQuota(ann, null);
    expect(await world.namesIn(top)).toEqual([]);
  });
});

describe("a folder that is shared to look at, or not at all", () => {
  it("takes no upload", async () => {
    const seen = await world.folder("seen");
    const unseen = await world.folder("unseen");
    await world.withBob(seen, "view");
    expect(codeOf(await begin({ name: "x", parentId: seen }))).toBe("403 share-right-missing");
    expect(codeOf(await begin({ name: "x", parentId: unseen }))).toBe("404 node-not-found");
    const id = await begun({ name: "elsewhere" });
    await send(id, 0);
    await send(id, 1);
    expect(codeOf(await complete(id, { parentId: seen }))).toBe("403 share-right-missing");
    expect(codeOf(await complete(id, { parentId: unseen }))).toBe("404 node-not-found");
    expect(codeOf(await complete(id))).toBe(200);
  });
});

/** What takes the right away while the bytes are on their way, and what is then the answer. */
const ends: Record<string, (top: string, share: MadeShare) => Promise<unknown>> = {
  "403 share-right-missing when the share is revoked": (_top, share) => world.revoke(share),
  "403 share-right-missing when it is for looking only now": (_top, { id }) =>
    world.ann.ask({ method: "PATCH", path: `/shares/${id}`, json: { right: "view" } }),
  "403 share-right-missing when the share has expired": (_top, { id }) =>
    world.ann.ask({
      method: "PATCH",
      path: `/shares/${id}`,
      json: { expiresAt: new Date(0).toISOString() },
    }),
  "409 parent-gone when the folder is in the trash": (top) =>
    world.ann.ask({ method: "DELETE", path: `/nodes/${top}` }),
  "409 parent-gone when the folder is gone for good": (top) =>
    world.ann.ask({ method: "POST", path: "/nodes/delete", json: { ids: [top] } }),
};

describe("an upload whose right ends half way", () => {
  for (const [what, end] of Object.entries(ends)) {
    it(`is answered ${what}, and goes elsewhere with every byte`, async () => {
      const { ann, bob } = world;
      const top = await world.folder(`ends ${Object.keys(ends).indexOf(what)}`);
      const share = await world.withBob(top);
      const before = { ann: await world.used(ann), bob: await world.used(bob) };
      const name = `moved-${what.replaceAll(/\W/g, "-")}.bin`;
      const id = await begun({ name, parentId: top });
      await send(id, 0);
      await end(top, share);
      expect((await send(id, 1)).status).toBe(200);
      expect(codeOf(await complete(id))).toBe(what.split(" ").slice(0, 2).join(" "));
      expect(await stateOf(id)).toMatchObject({ state: "receiving", receivedBytes: 2 * partSize });
      // Nobody holds room in a drive that they were shown out of.
      expect(await world.used(ann)).toEqual(before.ann);
      expect(await world.used(bob)).toEqual({
        used: before.bob.used,
        reserved: before.bob.reserved + 2 * partSize,
      });
      expect(codeOf(await complete(id, { parentId: "root" }))).toBe(200);
      expect(await world.used(bob)).toEqual({
        used: before.bob.used + 2 * partSize,
        reserved: before.bob.reserved,
      });
    });
  }

  it("gives its owner's room back at once when the share is revoked, and can be aborted", async () => {
    const { ann, bob } = world;
    const top = await world.folder("given up");
    const share = await world.withBob(top);
    const before = { ann: await world.used(ann), bob: await world.used(bob) };
    const id = await begun({ name: "x", parentId: top });
    await world.revoke(share);
    expect(await world.used(ann)).toEqual(before.ann);
    const aborted = await bob.ask({ method: "DELETE", path: `/uploads/${id}` });
    expect(aborted.status).toBe(204);
    expect(await world.used(bob)).toEqual(before.bob);
  });

  it("does not pass its uploader's quota on the way home", async () => {
    const { bob } = world;
    const top = await world.folder("no back door");
    const share = await world.withBob(top);
    const { used, reserved } = await world.used(bob);
    await world.setQuota(bob, used + reserved + 100);
    const id = await begun({ name: "larger-than-mine.bin", parentId: top });
    await send(id, 0);
    await world.revoke(share);
    await send(id, 1);
    expect(codeOf(await complete(id))).toBe("403 share-right-missing");
    expect(codeOf(await complete(id, { parentId: "root" }))).toBe("507 quota-exceeded");
    await world.setQuota(bob, null);
    expect(codeOf(await complete(id, { parentId: "root" }))).toBe(200);
  });

  it("keeps room where another share still lets it land", async () => {
    const { ann } = world;
    const top = await world.folder("twice");
    const inner = await world.folder("shared too", top);
    const outer = await world.withBob(top);
    await world.withBob(inner);
    const before = await world.used(ann);
    const id = await begun({ name: "x.bin", parentId: inner });
    await world.revoke(outer);
    expect((await world.used(ann)).reserved).toBe(before.reserved + 2 * partSize);
    await send(id, 0);
    await send(id, 1);
    expect(codeOf(await complete(id))).toBe(200);
  });

  it("shows nothing of the file to whoever has lost sight of it", async () => {
    const top = await world.folder("out of sight");
    const share = await world.withBob(top);
    const id = await begun({ name: "then.bin", parentId: top });
    await send(id, 0);
    await send(id, 1);
    const { id: fileId } = (await complete(id)).json()["file"] as { id: string };
    expect(await stateOf(id)).toHaveProperty("file");
    await world.revoke(share);
    const json = { name: "secret.bin" };
    await world.ann.ask({ method: "PATCH", path: `/nodes/${fileId}`, json });
    expect(await stateOf(id)).not.toHaveProperty("file");
  });
});

describe("a share that is revoked while uploads land", () => {
  it("has each of them landed or refused, and none after the answer", async () => {
    const outcomes = new Set<string | number>();
    for (let round = 0; round < 20; round++) {
      const top = await world.folder(`race ${round}`);
      const share = await world.withBob(top);
      const ids = await Promise.all(
        [0, 1, 2].map(async (i) => {
          const id = await begun({ name: `${i}.bin`, parentId: top });
          await Promise.all([send(id, 0), send(id, 1)]);
          return id;
        }),
      );
      let namesAtRevoke: string[] = [];
      const [answers] = await Promise.all([
        Promise.all(ids.map((id) => complete(id))),
        world.revoke(share).then(async () => (namesAtRevoke = await world.namesIn(top))),
      ]);
      const landed = ids.flatMap((_id, i) => (answers[i]!.status === 200 ? [`${i}.bin`] : []));
      for (const answer of answers) outcomes.add(codeOf(answer));
      // Whatever the owner sees once the answer is there is what stays.
      expect(await world.namesIn(top)).toEqual(landed);
      expect(namesAtRevoke).toEqual(landed);
    }
    expect([...outcomes].filter((one) => one !== 200 && one !== "403 share-right-missing")).toEqual(
      [],
    );
  }, 60_000);
});

describe("other doors into a shared folder", () => {
  const tus = async (path: string, init: RequestInit) =>
    fetch(`http://127.0.0.1:${world.server.port}${path}`, {
      ...init,
      headers: {
        authorization: `Bearer ${world.bob.accessToken}`,
        "tus-resumable": "1.0.0",
        ...(init.headers as Record<string, string>),
      },
    });
  const metadata = (pairs: Record<string, string>) =>
    Object.entries(pairs)
      .map(([key, value]) => `${key} ${Buffer.from(value).toString("base64")}`)
      .join(",");
  const create = async (parentId: string, headers: Record<string, string> = {}) => {
    const answer = await tus("/files", {
      method: "POST",
      headers: {
        "upload-length": "10",
        "upload-metadata": metadata({ filename: "by-tus.bin", parentId }),
        ...headers,
      },
    });
    return {
      status: answer.status,
      at: new URL(answer.headers.get("location") ?? "/", "http://x").pathname,
    };
  };
  const patch = (at: string, { offset, body }: { offset: number; body: string }) =>
    tus(at, {
      method: "PATCH",
      body,
      headers: {
        "upload-offset": String(offset),
        "content-type": "application/offset+octet-stream",
      },
    });

  it("tus creates, appends and lands there; a share that ends half way is 403", async () => {
    const top = await world.folder("by tus");
    const share = await world.withBob(top);
    const first = await create(top);
    expect(first.status).toBe(201);
    expect((await patch(first.at, { offset: 0, body: "0123456789" })).status).toBe(204);
    expect(await world.namesIn(top)).toEqual(["by-tus.bin"]);
    const second = await create(top, {
      "upload-metadata": metadata({ filename: "late.bin", parentId: top }),
    });
    expect((await patch(second.at, { offset: 0, body: "01234" })).status).toBe(204);
    await world.revoke(share);
    const late = await patch(second.at, { offset: 5, body: "56789" });
    expect(late.status).toBe(403);
    expect(await world.namesIn(top)).toEqual(["by-tus.bin"]);
    const id = second.at.split("/").at(-1)!;
    expect(await stateOf(id)).toMatchObject({ state: "receiving", offset: 10 });
    expect(codeOf(await complete(id, { parentId: "root" }))).toBe(200);
    expect((await create(top)).status).toBe(404);
  });

  it("tus joins partials there, at the cost of the folder's owner", async () => {
    const { ann, bob } = world;
    const top = await world.folder("joined");
    await world.withBob(top);
    const before = { ann: await world.used(ann), bob: await world.used(bob) };
    const partials = [];
    for (const body of ["01234", "56789"]) {
      const headers = { "upload-concat": "partial", "upload-length": "5", "upload-metadata": "" };
      const { at } = await create(top, headers);
      expect((await patch(at, { offset: 0, body })).status).toBe(204);
      partials.push(at);
    }
    const final = await tus("/files", {
      method: "POST",
      headers: {
        "upload-concat": `final;${partials.join(" ")}`,
        "upload-metadata": metadata({ filename: "joined.bin", parentId: top }),
      },
    });
    expect(final.status).toBe(201);
    expect(await world.namesIn(top)).toEqual(["joined.bin"]);
    expect(await world.used(ann)).toEqual({ ...before.ann, used: before.ann.used + 10 });
    expect(await world.used(bob)).toEqual(before.bob);
  });

  it("a batch of small files lands there", async () => {
    const top = await world.folder("batched");
    const share = await world.withBob(top);
    const frames = ["a.txt", "b.txt"]
      .map((name) => `${JSON.stringify({ path: `sub/${name}`, size: 2 })}\n${name.slice(0, 2)}`)
      .join("");
    const batch = () =>
      world.bob.ask({
        method: "POST",
        path: `/files/batch?parentId=${top}&onConflict=keep-both`,
        body: frames,
        headers: { "content-type": "application/vnd.sampan.batch" },
      });
    const answer = await batch();
    expect(answer.json()).toMatchObject({ results: [{ status: 201 }, { status: 201 }] });
    expect(await world.namesIn(top)).toEqual(["sub"]);
    await world.revoke(share);
    expect(codeOf(await batch())).toBe("404 node-not-found");
  });

  it("what the uploader has, or proves to have, lands without its bytes", async () => {
    const top = await world.folder("instantly");
    const share = await world.withBob(top);
    const body = content("i", 100_000);
    const sha256 = createHash("sha256").update(body).digest("hex");
    await world.bob.ask({ method: "PUT", path: "/files/mine.bin", body });
    const challenge = async (name: string) => {
      const id = await begun({ name, parentId: top, size: body.length });
      const path = `/uploads/${id}/challenge`;
      return { id, ask: () => world.bob.ask({ method: "POST", path, json: { sha256 } }) };
    };
    const first = await challenge("instant.bin");
    expect((await first.ask()).json()).toMatchObject({ challenge: null });
    expect(await world.namesIn(top)).toEqual(["instant.bin"]);
    const second = await challenge("late.bin");
    await world.revoke(share);
    expect(codeOf(await second.ask())).toBe("403 share-right-missing");
    expect(await world.namesIn(top)).toEqual(["instant.bin"]);
    expect(await stateOf(second.id)).toMatchObject({ state: "receiving" });
  });
});
