/** What somebody has of what others share with them: the list, news, search, and a way out. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readEvents, type EventReader } from "../testing/event-reader.ts";
import { signUpInvited } from "../testing/people.ts";
import type { RawAnswer } from "../testing/raw.ts";
import type { Ask } from "../testing/server.ts";
import { codeOf, startSharing, type SharingWorld } from "../testing/sharing.ts";

let world: SharingWorld;

beforeAll(async () => {
  world = await startSharing();
});
afterAll(() => world[Symbol.asyncDispose]());

const listOf = async () =>
  (await world.bob.ask({ path: "/shared-with-me" })).json()["items"] as Record<string, unknown>[];
const asAnn = async (ask: Ask): Promise<void> => {
  const answer = await world.ann.ask(ask);
  expect(answer.status, answer.text).toBeLessThan(300);
};

describe("the list of what is shared with one", () => {
  it("has what it takes to draw it", async () => {
    const top = await world.folder("listed");
    const { id } = await world.withBob(top, "edit");
    const [item] = await listOf();
    expect(item).toMatchObject({
      id,
      ownerId: world.ann.id,
      ownerName: "ann",
      right: "edit",
      expiresAt: null,
      node: { id: top, name: "listed", kind: "folder" },
    });
    expect(Date.parse(String(item?.["sharedAt"]))).toBeGreaterThan(Date.now() - 60_000);
  });

  it("is left by whom it is shared with, and by nobody else", async () => {
    const top = await world.folder("left");
    const share = await world.withBob(top);
    const leave = { method: "DELETE", path: `/shared-with-me/${share.id}` };
    const carl = await signUpInvited(world.server, { name: "carl" });
    expect(codeOf(await carl.ask(leave))).toBe("404 share-not-found");
    expect(codeOf(await world.ann.ask(leave))).toBe("404 share-not-found");
    const before = await world.used(world.ann);
    const json = { name: "x", size: 5000, parentId: top };
    expect((await world.bob.ask({ method: "POST", path: "/uploads", json })).status).toBe(201);
    expect((await world.bob.ask(leave)).status).toBe(204);
    expect(await world.used(world.ann)).toEqual(before);
    expect(codeOf(await world.bob.ask({ path: `/nodes/${top}` }))).toBe("404 node-not-found");
    expect(codeOf(await world.bob.ask(leave))).toBe("404 share-not-found");
    expect(codeOf(await world.ann.ask({ path: `/shares/${share.id}` }))).toBe(
      "404 share-not-found",
    );
    const log = await world.ann.ask({ path: "/audit" });
    expect(log.status === 403 || log.text.includes("share.left")).toBe(true);
  });

  it("loses what is gone for good, and its row with it", async () => {
    const top = await world.folder("gone for good");
    const inner = await world.folder("inner", top);
    const file = await world.put("x.txt", { parentId: inner });
    const shares = [
      await world.withBob(top),
      await world.share({ kind: "link", nodeId: file }),
      await world.share({ kind: "request", nodeId: inner }),
    ];
    await using heard = await readEvents(world.server, { token: world.ann.accessToken });
    await using told = await readEvents(world.server, { token: world.bob.accessToken });
    await asAnn({ method: "DELETE", path: `/nodes/${top}` });
    const list = async () => (await world.ann.ask({ path: "/shares" })).text;
    // In the trash it can come back, and its shares with it.
    for (const { id } of shares) expect(await list()).toContain(id);
    await asAnn({ method: "DELETE", path: "/trash" });
    for (const { id } of shares) expect(await list()).not.toContain(id);
    const ended = ({ recorded }: EventReader) =>
      recorded.filter(({ event }) => event === "share.revoked");
    await heard.until((reader) => ended(reader).length === 3);
    expect(ended(heard).map(({ data }) => data.subjectId)).toEqual(
      expect.arrayContaining(shares.map(({ id }) => id)),
    );
    expect(ended(heard)[0]?.data.data).toMatchObject({ deleted: true });
    await told.until(({ recorded }) => recorded.some(({ event }) => event === "grant.ended"));
  });
});

describe("the live stream of somebody with whom something is shared", () => {
  const listen = () => readEvents(world.server, { token: world.bob.accessToken });
  const heardOf = (reader: EventReader, id: string) =>
    reader.recorded.filter(({ data }) => data.subjectId === id);
  /** Something that is heard for certain: what was to be heard before it has been. */
  const mark = async (reader: EventReader, folderId: string): Promise<void> => {
    const id = await world.folder(`mark ${Math.random()}`, folderId);
    await reader.until((one) => heardOf(one, id).length > 0);
  };

  it("tells that it is shared, changed, and shared no longer", async () => {
    await using heard = await listen();
    const top = await world.folder("told of");
    const share = await world.withBob(top, "view");
    const json = { right: "edit" };
    await asAnn({ method: "PATCH", path: `/shares/${share.id}`, json });
    await world.revoke(share);
    await heard.until((reader) => heardOf(reader, share.id).length === 3);
    expect(heardOf(heard, share.id).map(({ event }) => event)).toEqual([
      "grant.created",
      "grant.changed",
      "grant.ended",
    ]);
    expect(heardOf(heard, share.id)[1]?.data.data).toEqual({
      nodeId: top,
      ownerId: world.ann.id,
      right: "edit",
    });
  });

  it("tells what changes below it, from the moment when it is shared", async () => {
    await using heard = await listen();
    const top = await world.folder("news");
    const before = await world.put("before.txt", { parentId: top });
    await world.withBob(top, "view");
    const inner = await world.folder("inner", top);
    const file = await world.put("after.txt", { parentId: inner });
    const rename = { method: "PATCH", path: `/nodes/${file}`, json: { name: "renamed.txt" } };
    await asAnn(rename);
    const large = await world.put("large.bin", { parentId: inner, body: "x".repeat(2_000_000) });
    await asAnn({ method: "DELETE", path: `/nodes/${file}` });
    // What is seen is decided when it is read: below what is trashed, nothing is any more.
    await mark(heard, inner);
    await asAnn({ method: "DELETE", path: `/nodes/${inner}` });
    await mark(heard, top);
    expect(heardOf(heard, before)).toEqual([]);
    expect(heardOf(heard, inner).map(({ event }) => event)).toEqual([
      "node.created",
      "node.trashed",
    ]);
    expect(heardOf(heard, file).map(({ event, data }) => [event, data.data?.["name"]])).toEqual([
      ["file.stored", "after.txt"],
      ["node.renamed", "renamed.txt"],
      ["node.trashed", "renamed.txt"],
    ]);
    // By an upload, which is nothing that its viewers could ask for.
    expect(heardOf(heard, large).map(({ event }) => event)).toEqual(["file.stored"]);
    expect(heard.recorded.some(({ event }) => event === "upload.completed")).toBe(false);
  });

  it("tells nothing of the rest of the drive, nor where something went", async () => {
    const above = await world.folder("above");
    const top = await world.folder("shared part", above);
    const file = await world.put("wanders.txt", { parentId: top });
    await world.withBob(top, "view");
    await using heard = await listen();
    const beside = await world.folder("beside", above);
    const secret = await world.put("secret.txt", { parentId: above });
    await asAnn({ method: "PATCH", path: `/nodes/${above}`, json: { name: "still above" } });
    const json = { parentId: beside, name: "secret plan.txt" };
    await asAnn({ method: "PATCH", path: `/nodes/${file}`, json });
    await asAnn({ method: "PATCH", path: `/nodes/${file}`, json: { name: "more secret.txt" } });
    await asAnn({ method: "PATCH", path: `/nodes/${file}`, json: { parentId: top } });
    await asAnn({ method: "POST", path: "/nodes/star", json: { ids: [file], starred: true } });
    await asAnn({ method: "PATCH", path: `/nodes/${top}`, json: { name: "renamed part" } });
    await mark(heard, top);
    for (const id of [above, beside, secret]) expect(heardOf(heard, id)).toEqual([]);
    const [left, back, ...rest] = heardOf(heard, file);
    expect(left).toMatchObject({
      event: "node.moved",
      data: { data: { parentId: null, fromParentId: top, kind: "file" } },
    });
    expect(back).toMatchObject({
      event: "node.moved",
      data: { data: { parentId: top, fromParentId: null, name: "more secret.txt" } },
    });
    expect(rest).toEqual([]);
    expect(JSON.stringify(heard.heard)).not.toContain("secret plan");
    expect(heardOf(heard, top)).toMatchObject([
      { event: "node.renamed", data: { data: { parentId: null, name: "renamed part" } } },
    ]);
  });

  it("is silent once the share is revoked, for what it had not read as well", async () => {
    const top = await world.folder("silent");
    const share = await world.withBob(top, "view");
    const kept = await world.folder("not silent");
    await world.withBob(kept, "view");
    const { lastId } = await (async () => {
      await using heard = await listen();
      await mark(heard, kept);
      return heard;
    })();
    const file = await world.put("missed.txt", { parentId: top });
    await world.revoke(share);
    await using again = await readEvents(world.server, {
      token: world.bob.accessToken,
      lastId,
    });
    await mark(again, kept);
    await world.put("never.txt", { parentId: top });
    await mark(again, kept);
    expect(heardOf(again, file)).toEqual([]);
    expect(JSON.stringify(again.heard)).not.toContain("never.txt");
  });

  it("goes on from where it stood, with the news of both drives in their order", async () => {
    const top = await world.folder("in order");
    await world.withBob(top, "edit");
    const { lastId } = await (async () => {
      await using heard = await listen();
      await mark(heard, top);
      return heard;
    })();
    const names: string[] = [];
    for (let i = 0; i < 6; i++) {
      const name = `order-${i}.txt`;
      names.push(name);
      if (i % 2 === 0) await world.put(name, { parentId: top });
      else await world.bob.ask({ method: "PUT", path: `/files/${name}`, body: "x" });
    }
    await using again = await readEvents(world.server, { token: world.bob.accessToken, lastId });
    await mark(again, top);
    const heard = again.recorded.flatMap(({ data }) => {
      const name = String(data.data?.["name"]);
      return name.startsWith("order-") ? [name] : [];
    });
    expect(heard).toEqual(names);
    expect(again.recorded.map(({ id }) => id)).toEqual(
      again.recorded.map(({ id }) => id).toSorted((a, b) => Number(a) - Number(b)),
    );
  });
});

describe("a search", () => {
  const search = async (query: string) => {
    const answer = await world.bob.ask({ path: `/search?${query}` });
    expect(answer.status, answer.text).toBe(200);
    return (answer.json()["items"] as { name: string }[]).map(({ name }) => name);
  };

  it("covers what is shared with one where that is asked for, and a folder of it", async () => {
    const above = await world.folder("needles");
    const top = await world.folder("needle top", above);
    const inner = await world.folder("deep", top);
    await world.put("needle-in.txt", { parentId: inner });
    await world.put("needle-out.txt", { parentId: above });
    await world.bob.ask({ method: "PUT", path: "/files/needle-own.txt", body: "x" });
    const share = await world.withBob(top, "view");
    expect(await search("q=needle")).toEqual(["needle-own.txt"]);
    expect(await search("q=needle&scope=shared")).toEqual(["needle-in.txt", "needle top"]);
    expect(await search("q=needle&scope=all")).toEqual([
      "needle-own.txt",
      "needle-in.txt",
      "needle top",
    ]);
    expect(await search(`q=needle&in=${top}`)).toEqual(["needle-in.txt"]);
    expect(await search("q=needle&in=root")).toEqual(["needle-own.txt"]);
    const found = await world.bob.ask({ path: "/search?q=needle-in&scope=all" });
    expect(found.json()["items"]).toMatchObject([{ ownerId: world.ann.id }]);
    const refused = (query: string) => world.bob.ask({ path: `/search?q=needle&${query}` });
    expect(codeOf(await refused(`in=${above}`))).toBe("404 node-not-found");
    expect(codeOf(await refused(`in=${top}&scope=all`))).toBe("400 invalid-request");
    await world.revoke(share);
    expect(await search("q=needle&scope=shared")).toEqual([]);
    expect(codeOf(await refused(`in=${top}`))).toBe("404 node-not-found");
  });
});

describe("saving into one's own drive", () => {
  const inBatches = async (parentId: string, count: number) => {
    for (let first = 0; first < count; first += 1_000) {
      const body = Array.from({ length: Math.min(1_000, count - first) }, (_, i) => {
        const path = `part ${(first + i) % 7}/file ${first + i}.txt`;
        return `${JSON.stringify({ path, size: 4 })}\n${String(first + i).padStart(4, "0")}`;
      }).join("");
      const headers = { "content-type": "application/vnd.sampan.batch" };
      const path = `/files/batch?parentId=${parentId}`;
      const answer = await world.ann.ask({ method: "POST", path, body, headers });
      expect(answer.status).toBe(200);
    }
  };
  const save = (at: string) => world.bob.ask({ method: "POST", path: `${at}/save`, json: {} });

  /** The tops of what was copied. */
  const settled = async (saved: RawAnswer): Promise<string[]> => {
    if (saved.status === 200) return saved.json()["ids"] as string[];
    expect(saved.status, saved.text).toBe(202);
    const { id } = saved.json()["job"] as { id: string };
    const job = async () => (await world.bob.ask({ path: `/jobs/${id}` })).json();
    await expect.poll(async () => (await job())["state"], { timeout: 30_000 }).toBe("done");
    return (await job())["ids"] as string[];
  };

  it("of 5,000 files is a job, for their bytes' worth of quota and no more", async () => {
    const top = await world.folder("five thousand");
    await inBatches(top, 5_000);
    const { at, id } = await world.share({ kind: "link", nodeId: top, maxDownloads: 1 });
    const { used, reserved } = await world.used(world.bob);
    await world.setQuota(world.bob, used + reserved + 19_999);
    expect(codeOf(await save(at))).toBe("507 quota-exceeded");
    await world.setQuota(world.bob, used + reserved + 20_000);
    const [copy = ""] = await settled(await save(at));
    expect(await world.used(world.bob)).toEqual({ used: used + 20_000, reserved });
    await world.setQuota(world.bob, null);
    expect(codeOf(await save(at))).toBe("410 downloads-spent");
    expect((await world.ann.ask({ path: `/shares/${id}` })).json()).toMatchObject({ downloads: 1 });
    const found = await world.bob.ask({ path: `/search?q=4999&in=${copy}` });
    expect(found.json()["items"]).toMatchObject([{ name: "file 4999.txt", ownerId: world.bob.id }]);
    const children = await world.bob.ask({ path: `/nodes/${copy}/children` });
    expect(children.json()["items"]).toHaveLength(7);
  }, 60_000);

  it("is counted for as many of 50 racers as are allowed", async () => {
    const nodeId = await world.put("raced for.txt".replaceAll(" ", "-"));
    const { at } = await world.share({ kind: "link", nodeId, maxDownloads: 3 });
    const codes = (await Promise.all(Array.from({ length: 50 }, () => save(at)))).map(codeOf);
    expect(codes.filter((one) => one === 200)).toHaveLength(3);
    expect(codes.filter((one) => one === "410 downloads-spent")).toHaveLength(47);
  });

  it("brings nothing once the link is revoked, however close the two come", async () => {
    const seen = new Set<string | number>();
    for (let round = 0; round < 20; round++) {
      const name = `close-${round}.txt`;
      const nodeId = await world.put(name);
      const share = await world.share({ kind: "link", nodeId });
      const has = async () => (await world.bob.ask({ path: `/files?name=${name}` })).text;
      const count = (text: string) => text.split(`"${name.slice(0, -4)}`).length - 1;
      let atRevoke = -1;
      const [saves] = await Promise.all([
        Promise.all([save(share.at), save(share.at)]),
        world.revoke(share).then(async () => (atRevoke = count(await has()))),
      ]);
      for (const one of saves) seen.add(codeOf(one));
      expect(count(await has())).toBe(atRevoke);
    }
    seen.delete(200);
    seen.delete("404 shared-link-not-found");
    expect([...seen]).toEqual([]);
  }, 60_000);

  it("copies nothing of a shared folder once the share is revoked", async () => {
    for (let round = 0; round < 10; round++) {
      const top = await world.folder(`copied ${round}`);
      await world.put("in.txt", { parentId: top });
      const share = await world.withBob(top, "view");
      const into = await world.bob.ask({
        method: "POST",
        path: "/folders",
        json: { path: `copies ${round}` },
      });
      const parentId = String(into.json()["id"]);
      const inside = async () => {
        const page = await world.bob.ask({ path: `/nodes/${parentId}/children` });
        return (page.json()["items"] as unknown[]).length;
      };
      let atRevoke = -1;
      await Promise.all([
        world.bob.ask({ method: "POST", path: `/nodes/${top}/copy`, json: { parentId } }),
        world.revoke(share).then(async () => (atRevoke = await inside())),
      ]);
      expect(await inside()).toBe(atRevoke);
    }
  }, 60_000);
});
