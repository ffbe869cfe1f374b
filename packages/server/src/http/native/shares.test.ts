/** What is shared with named accounts, what is asked for, and what is saved. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { logIn, signUpInvited, type Person } from "../testing/people.ts";
import type { RawAnswer } from "../testing/raw.ts";
import { startServer, type Ask, type TestServer } from "../testing/server.ts";

let server: TestServer;
let ann: Person;
let bob: Person;

beforeAll(async () => {
  server = await startServer();
  ann = await signUpInvited(server, { name: "ann" });
  bob = await signUpInvited(server, { name: "bob" });
});
afterAll(() => server[Symbol.asyncDispose]());

const code = (answer: RawAnswer) =>
  answer.status < 300 ? answer.status : `${answer.status} ${String(answer.json()["code"])}`;

const idOf = (answer: RawAnswer): string => {
  expect(answer.status, answer.text).toBe(201);
  return String(answer.json()["id"]);
};
const put = async (name: string, { parentId = "root", body = "text" } = {}) =>
  idOf(await ann.ask({ method: "PUT", path: `/files/${name}?parentId=${parentId}`, body }));
const makeFolder = async (path: string, parentId = "root") =>
  idOf(await ann.ask({ method: "POST", path: "/folders", json: { path, parentId } }));
const share = async (json: Record<string, unknown>) => {
  const answer = await ann.ask({ method: "POST", path: "/shares", json });
  const url = String(answer.json()["url"]);
  return { id: idOf(answer), at: `/s/${url.split("/s/")[1] ?? ""}` };
};
const withBob = (nodeId: string, right: "view" | "edit" = "view") =>
  share({ kind: "user", nodeId, name: "bob", right });
const visit = (ask: Ask) => server.ask({ token: null, ...ask });

describe("a folder shared with an account to view", () => {
  it("is found, read and copied, and not changed", async () => {
    const above = await makeFolder("private");
    const top = await makeFolder("for bob", above);
    const file = await put("read me.txt".replaceAll(" ", "-"), {
      parentId: top,
      body: "hello bob",
    });
    await withBob(top);
    const list = await bob.ask({ path: "/shared-with-me" });
    expect(list.json()).toMatchObject({
      items: [{ ownerName: "ann", right: "view", node: { id: top } }],
    });
    const content = await bob.ask({ path: `/files/${file}/content` });
    expect(content.text).toBe("hello bob");
    const children = await bob.ask({ path: `/nodes/${top}/children` });
    expect(children.json()).toMatchObject({ items: [{ id: file }] });
    // What lies above is not told.
    const seen = await bob.ask({ path: `/nodes/${file}` });
    expect(seen.json()).toMatchObject({ path: [{ id: top, name: "for bob" }] });
    const json = { parentId: "root" };
    expect(code(await bob.ask({ method: "POST", path: `/nodes/${file}/copy`, json }))).toBe(200);

    const refused = "403 share-right-missing";
    const put2 = { method: "PUT", path: `/files/mine.txt?parentId=${top}`, body: "x" };
    expect(code(await bob.ask(put2))).toBe(refused);
    const changes: Ask[] = [
      { method: "PATCH", path: `/nodes/${file}`, json: { name: "x" } },
      { method: "DELETE", path: `/nodes/${file}` },
      { path: `/nodes/${file}/versions` },
      { method: "DELETE", path: `/files/${file}?permanent=1` },
      { method: "POST", path: "/nodes/star", json: { ids: [file], starred: true } },
      { method: "POST", path: "/folders", json: { path: "x", parentId: top } },
      { method: "POST", path: "/uploads", json: { name: "x", parentId: top } },
    ];
    for (const ask of changes) expect(code(await bob.ask(ask)), ask.path).toBe(refused);
    expect(code(await bob.ask({ path: `/nodes/${above}` }))).toBe("404 node-not-found");
    const shared = { kind: "user", nodeId: top, name: "ann" };
    expect(code(await bob.ask({ method: "POST", path: "/shares", json: shared }))).toBe(
      "404 node-not-found",
    );
  });

  it("is gone for them at once when the share is revoked, or the folder is trashed", async () => {
    const top = await makeFolder("soon gone");
    const file = await put("gone.txt", { parentId: top });
    const { id } = await withBob(top);
    expect((await ann.ask({ path: `/shares/${id}` })).json()).toMatchObject({
      granteeName: "bob",
      right: "view",
    });
    const read = () => bob.ask({ path: `/files/${file}/content` });
    expect((await read()).status).toBe(200);
    await ann.ask({ method: "DELETE", path: `/nodes/${top}` });
    expect(code(await read())).toBe("404 file-not-found");
    await ann.ask({ method: "POST", path: "/trash/restore", json: { ids: [top] } });
    expect((await read()).status).toBe(200);
    await ann.ask({ method: "DELETE", path: `/shares/${id}` });
    expect(code(await read())).toBe("404 file-not-found");
    expect(code(await bob.ask({ path: `/nodes/${top}/children` }))).toBe("404 node-not-found");
  });
});

describe("a folder shared with an account to edit", () => {
  it("takes uploads, renames, moves and trash within it, at its owner's cost", async () => {
    const top = await makeFolder("together");
    const inner = await makeFolder("inner", top);
    await withBob(top, "edit");
    const used = async (person: Person) =>
      Number((await person.ask({ path: "/me" })).json()["usedBytes"]);
    const [annHad, bobHad] = [await used(ann), await used(bob)];
    const path = `/files/from-bob.txt?parentId=${top}`;
    const file = idOf(await bob.ask({ method: "PUT", path, body: "12345" }));
    expect([await used(ann), await used(bob)]).toEqual([annHad + 5, bobHad]);
    const moved = { name: "renamed.txt", parentId: inner };
    // All or nothing: a star is the owner's to set, so the name stays as well.
    const starred = { ...moved, starred: true };
    expect(code(await bob.ask({ method: "PATCH", path: `/nodes/${file}`, json: starred }))).toBe(
      "403 share-right-missing",
    );
    expect((await ann.ask({ path: `/nodes/${file}` })).json()).toMatchObject({
      name: "from-bob.txt",
      starred: false,
    });
    expect(code(await bob.ask({ method: "PATCH", path: `/nodes/${file}`, json: moved }))).toBe(200);
    expect((await ann.ask({ path: `/nodes/${file}` })).json()).toMatchObject({
      name: "renamed.txt",
      parentId: inner,
    });
    expect(code(await bob.ask({ method: "DELETE", path: `/nodes/${file}` }))).toBe(204);
    expect((await ann.ask({ path: "/trash" })).text).toContain(file);
  });

  it("stays where it is, and nothing leaves it but to the trash", async () => {
    const top = await makeFolder("stays");
    const file = await put("stays.txt", { parentId: top });
    await withBob(top, "edit");
    const rename = { method: "PATCH", path: `/nodes/${top}`, json: { name: "mine" } };
    expect(code(await bob.ask(rename))).toBe("403 share-right-missing");
    expect(code(await bob.ask({ method: "DELETE", path: `/nodes/${top}` }))).toBe(
      "403 share-right-missing",
    );
    const away = { method: "PATCH", path: `/nodes/${file}`, json: { parentId: "root" } };
    expect(code(await bob.ask(away))).toBe("404 node-not-found");
    const gone = { method: "DELETE", path: `/nodes/${file}?permanent=1` };
    expect(code(await bob.ask(gone))).toBe("403 share-right-missing");
  });
});

describe("a file request", () => {
  it("takes files up to its size, and shows nothing of what is there", async () => {
    const inbox = await makeFolder("inbox");
    await put("same.txt", { parentId: inbox, body: "mine" });
    const { id, at } = await share({ kind: "request", nodeId: inbox, maxBytes: 10 });
    expect((await visit({ path: at })).json()).toMatchObject({
      kind: "request",
      folderName: "inbox",
      bytesLeft: 10,
    });
    const send = (name: string, body: string) =>
      visit({ method: "PUT", path: `${at}/files/${name}`, body });
    const sent = await send("same.txt", "123456");
    expect([sent.status, sent.json()]).toEqual([201, { name: "same.txt", size: 6 }]);
    expect(code(await send("more.txt", "12345"))).toBe("413 request-full");
    expect(code(await send("rest.txt", "1234"))).toBe(201);
    const list = await ann.ask({ path: `/nodes/${inbox}/children` });
    const names = (list.json()["items"] as { name: string }[]).map(({ name }) => name);
    expect(names).toEqual(["rest.txt", "same (2).txt", "same.txt"]);
    for (const path of ["children", "zip", `content/${inbox}`])
      expect(code(await visit({ path: `${at}/${path}` })), path).toBe("404 shared-link-not-found");
    const log = await ann.ask({ path: `/shares/${id}/log` });
    const kinds = (log.json()["items"] as { kind: string }[]).map(({ kind }) => kind);
    expect(kinds).toEqual(["share.uploaded", "share.uploaded", "share.opened", "share.created"]);
    await ann.ask({ method: "DELETE", path: `/shares/${id}` });
    expect(code(await send("late.txt", ""))).toBe("404 shared-link-not-found");
  });

  it("says nothing of its owner's quota", async () => {
    const nodeId = await makeFolder("full inbox");
    const { at } = await share({ kind: "request", nodeId });
    const quota = { method: "PATCH", path: `/admin/users/${ann.id}`, json: { quotaBytes: 1 } };
    await server.ask(quota);
    const answer = await visit({ method: "PUT", path: `${at}/files/x.txt`, body: "too much" });
    await server.ask({ ...quota, json: { quotaBytes: null } });
    expect(code(answer)).toBe("413 request-full");
    expect(answer.text).not.toContain("quota");
  });

  it("gives room back for what did not come to be stored", async () => {
    const nodeId = await makeFolder("strict inbox");
    const { at } = await share({ kind: "request", nodeId, maxBytes: 8 });
    const headers = { "content-digest": `sha-256=:${Buffer.alloc(32).toString("base64")}:` };
    const send = (extra: Partial<Ask>) =>
      visit({ method: "PUT", path: `${at}/files/x.txt`, body: "12345678", ...extra });
    expect(code(await send({ headers }))).toBe("422 digest-mismatch");
    expect(code(await send({}))).toBe(201);
  });
});

describe("saving from a link", () => {
  it("copies by reference into the visitor's drive, and counts", async () => {
    const top = await makeFolder("worth keeping");
    await put("kept.txt", { parentId: top, body: "kept" });
    const { id, at } = await share({ kind: "link", nodeId: top, maxDownloads: 1 });
    const save = { method: "POST", path: `${at}/save`, json: {} };
    expect(code(await visit(save))).toBe("401 unauthenticated");
    const quota = { method: "PATCH", path: `/admin/users/${bob.id}`, json: { quotaBytes: 1 } };
    await server.ask(quota);
    expect(code(await bob.ask(save))).toBe("507 quota-exceeded");
    await server.ask({ ...quota, json: { quotaBytes: null } });
    expect((await ann.ask({ path: `/shares/${id}` })).json()).toMatchObject({ downloads: 0 });
    const saved = await bob.ask(save);
    expect(code(saved)).toBe(200);
    const [copy] = saved.json()["ids"] as string[];
    const children = await bob.ask({ path: `/nodes/${copy!}/children` });
    expect(children.json()).toMatchObject({ items: [{ name: "kept.txt" }] });
    expect(code(await bob.ask(save))).toBe("410 downloads-spent");
  });
});

describe("an owner who may not use their drive", () => {
  it.each([
    ["disabled", { disabled: true }, { disabled: false }],
    ["a guest now", { role: "guest" }, { role: "member" }],
  ])("shares nothing any more, by links or with accounts: %s", async (what, json, back) => {
    const nodeId = await makeFolder(`of somebody ${what}`);
    const file = await put("theirs.txt", { parentId: nodeId });
    const { at } = await share({ kind: "link", nodeId });
    await withBob(nodeId, "edit");
    const path = `/admin/users/${ann.id}`;
    const asked = { path: `/files/${file}/content` };
    const added = { method: "PUT", path: `/files/more.txt?parentId=${nodeId}`, body: "more" };
    expect((await server.ask({ method: "PATCH", path, json })).status).toBe(200);
    expect(code(await visit({ path: at }))).toBe("404 shared-link-not-found");
    expect(code(await bob.ask(asked))).toBe("404 file-not-found");
    expect(code(await bob.ask(added))).toBe("404 node-not-found");
    expect((await bob.ask({ path: "/shared-with-me" })).json()).toMatchObject({ items: [] });
    expect((await server.ask({ method: "PATCH", path, json: back })).status).toBe(200);
    expect([(await visit({ path: at })).status, (await bob.ask(asked)).status]).toEqual([200, 200]);
    ann = await logIn(server, { name: "ann" });
  });
});
