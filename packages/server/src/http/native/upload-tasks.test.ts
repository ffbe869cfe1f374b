/** The management of what is under way and what has ended, over HTTP. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newId } from "../../core/ids.ts";
import { signUpInvited, type Person } from "../testing/people.ts";
import { formatHead, startServer, type Ask, type TestServer } from "../testing/server.ts";

let server: TestServer;
let ann: Person;
let bob: Person;
let admin: Person;
let guest: Person;

beforeAll(async () => {
  server = await startServer();
  ann = await signUpInvited(server, { name: "ann" });
  bob = await signUpInvited(server, { name: "bob" });
  admin = await signUpInvited(server, { name: "admin", role: "admin" });
  guest = await signUpInvited(server, { name: "guest", role: "guest" });
});
afterAll(() => server[Symbol.asyncDispose]());

interface Item {
  id: string;
  name: string;
  state: string;
  dialect: string;
  receivedBytes: number;
  owner: { id: string; name: string };
  live?: { senders: number; bytesPerSecond: number | null };
}

const begin = async (person: Person, name: string, size = 10): Promise<string> => {
  const answer = await person.ask({ method: "POST", path: "/uploads", json: { name, size } });
  expect(answer.status, answer.text).toBe(201);
  return String(answer.json()["id"]);
};
const beginByTus = async (person: Person, name: string): Promise<string> => {
  const answer = await fetch(`http://127.0.0.1:${server.port}/files/`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${person.accessToken}`,
      "tus-resumable": "1.0.0",
      "upload-length": "10",
      "upload-metadata": `filename ${Buffer.from(name).toString("base64")}`,
    },
  });
  await answer.body?.cancel();
  return answer.headers.get("location")!.split("/").at(-1)!;
};
const list = async (person: Person, query = ""): Promise<Item[]> => {
  const items: Item[] = [];
  let cursor = "";
  for (;;) {
    const path = `/uploads?limit=2${query && `&${query}`}${cursor && `&cursor=${cursor}`}`;
    const answer = await person.ask({ path });
    expect(answer.status, answer.text).toBe(200);
    const page = answer.json() as unknown as { items: Item[]; nextCursor: string | null };
    items.push(...page.items);
    if (page.nextCursor === null) return items;
    cursor = page.nextCursor;
  }
};
const namesOf = async (person: Person, query?: string): Promise<string[]> =>
  (await list(person, query)).map(({ name }) => name);
const show = async (person: Person, id: string): Promise<Item> => {
  const answer = await person.ask({ path: `/uploads/${id}` });
  expect(answer.status, answer.text).toBe(200);
  return answer.json() as unknown as Item;
};

describe("the list", () => {
  it("filters by state, dialect, name and time, newest first", async () => {
    const before = new Date().toISOString();
    const paused = await begin(ann, "Report 1.pdf");
    await begin(ann, "report 2.pdf");
    await beginByTus(ann, "photo.jpg");
    const aborted = await begin(ann, "gone");
    await ann.ask({ method: "POST", path: `/uploads/${paused}/pause` });
    await ann.ask({ method: "DELETE", path: `/uploads/${aborted}` });
    expect(await namesOf(ann)).toEqual(["photo.jpg", "report 2.pdf", "Report 1.pdf"]);
    expect(await namesOf(ann, "state=paused")).toEqual(["Report 1.pdf"]);
    expect(await namesOf(ann, "state=paused,ended")).toEqual(["gone", "Report 1.pdf"]);
    expect(await namesOf(ann, "state=all")).toHaveLength(4);
    expect(await namesOf(ann, "dialect=tus")).toEqual(["photo.jpg"]);
    expect(await namesOf(ann, "name=REPORT")).toEqual(["report 2.pdf", "Report 1.pdf"]);
    expect(await namesOf(ann, `from=${before}&state=open`)).toHaveLength(3);
    expect(await namesOf(ann, `to=${before}`)).toEqual([]);
    for (const query of [
      "state=x",
      "state=receiving,",
      "state=constructor",
      "from=yesterday",
      "limit=0",
      "limit=1001",
      "cursor=x",
      "unknown=1",
    ])
      expect((await ann.ask({ path: `/uploads?${query}` })).status, query).toBe(400);
  });

  it("shows an administrator everybody's, with whose each is, and others nothing but their own", async () => {
    await begin(bob, "bob's");
    for (const item of await list(ann)) expect(item.owner).toEqual({ id: ann.id, name: "ann" });
    const all = await list(admin, "owner=all");
    expect(new Set(all.map(({ owner }) => owner.name))).toEqual(new Set(["ann", "bob"]));
    expect(await namesOf(admin, `owner=${bob.id}`)).toEqual(["bob's"]);
    expect(await namesOf(admin)).toEqual([]);
    expect(await namesOf(ann, `owner=${ann.id}`)).not.toEqual([]);
    for (const owner of ["all", bob.id, newId(), "x"])
      expect((await ann.ask({ path: `/uploads?owner=${owner}` })).status).toBe(403);
    expect(await namesOf(guest)).toEqual([]);
    expect((await guest.ask({ path: "/uploads?owner=all" })).status).toBe(403);
    expect((await server.ask({ path: "/uploads", token: null })).status).toBe(401);
  });

  it("of a token that is limited to files is its account's alone, whatever the account may", async () => {
    const json = { name: "t", scopes: ["files:read", "files:write"] };
    const made = await admin.ask({ method: "POST", path: "/me/tokens", json });
    const token = String(made.json()["token"]);
    const id = await begin(ann, "not for a limited token");
    expect((await server.ask({ path: "/uploads?owner=all", token })).status).toBe(403);
    expect((await server.ask({ path: `/uploads/${id}`, token })).status).toBe(404);
    const abort = { method: "DELETE", path: `/uploads/${id}`, token };
    expect((await server.ask(abort)).status).toBe(404);
  });
});

describe("one upload", () => {
  it("shows who sends, how fast, and through which dialect, while bytes come", async () => {
    const id = await begin(ann, "live", 1_000_000);
    const idle = { senders: 0, bytesPerSecond: null };
    expect(await show(ann, id)).toMatchObject({ dialect: "native", live: idle });
    await using connection = await server.open();
    const headers = { "upload-offset": "0", "content-length": "1000000" };
    const ask: Ask = { method: "PATCH", path: `/uploads/${id}`, headers, token: ann.accessToken };
    await connection.write(formatHead(ask, ""));
    await connection.write(new Uint8Array(300_000));
    await expect
      .poll(async () => (await show(admin, id)).live)
      .toEqual({ senders: 1, bytesPerSecond: expect.any(Number) });
    const [listed] = await list(ann, "name=live");
    expect(listed?.live?.senders).toBe(1);
    connection.socket.destroy();
    await expect.poll(async () => (await show(ann, id)).live?.senders).toBe(0);
    expect((await show(ann, id)).receivedBytes).toBe(300_000);
    await ann.ask({ method: "DELETE", path: `/uploads/${id}` });
    expect(await show(ann, id)).not.toHaveProperty("live");
  });

  it("is paused, resumed and aborted by an administrator, and its owner hears who did it", async () => {
    const id = await begin(ann, "managed");
    for (const [action, state] of [
      ["pause", "paused"],
      ["resume", "receiving"],
    ]) {
      const answer = await admin.ask({ method: "POST", path: `/uploads/${id}/${action}` });
      expect(answer.json()).toMatchObject({ state, owner: { name: "ann" } });
    }
    expect((await admin.ask({ method: "DELETE", path: `/uploads/${id}` })).status).toBe(204);
    const audit = await server.ask({ path: `/audit?subject=${id}&kind=upload.aborted` });
    const [event] = audit.json()["items"] as { accountId: string; actor: { accountId: string } }[];
    expect([event?.accountId, event?.actor.accountId]).toEqual([ann.id, admin.id]);
  });

  it("takes bytes and completion from its owner alone", async () => {
    const id = await begin(ann, "private", 3);
    const put = { method: "PUT", path: `/uploads/${id}/parts/0`, body: "abc" };
    expect((await admin.ask(put)).status).toBe(404);
    const complete = { method: "POST", path: `/uploads/${id}/complete` };
    expect((await admin.ask(complete)).status).toBe(404);
    expect((await ann.ask(put)).status).toBe(200);
    expect((await ann.ask(complete)).status).toBe(200);
  });
});

describe("several at once", () => {
  const batch = async (person: Person, json: object) => {
    const answer = await person.ask({ method: "POST", path: "/uploads/batch", json });
    expect(answer.status, answer.text).toBe(200);
    return answer.json()["results"] as {
      id: string;
      status: number;
      upload?: Item;
      problem?: { code: string };
    }[];
  };

  it("have an outcome each: done, done before, ended, unknown, another's", async () => {
    const [a, b, done] = [await begin(ann, "a"), await begin(ann, "b"), await begin(ann, "c", 0)];
    await ann.ask({ method: "POST", path: `/uploads/${done}/complete` });
    const foreign = await begin(bob, "foreign");
    const nothing = newId();
    const ids = [a, b, a, done, nothing, foreign, "../x"];
    await batch(ann, { action: "pause", ids: [b] });
    const results = await batch(ann, { action: "pause", ids });
    expect(results.map(({ id, status }) => [id, status])).toEqual([
      [a, 200],
      [b, 200],
      [done, 409],
      [nothing, 404],
      [foreign, 404],
      ["../x", 404],
    ]);
    expect(results[0]?.upload).toMatchObject({ state: "paused", owner: { name: "ann" } });
    expect(results[2]?.problem?.code).toBe("upload-complete");
    const resumed = await batch(ann, { action: "resume", ids: [a, b] });
    expect(resumed.map(({ upload }) => upload?.state)).toEqual(["receiving", "receiving"]);
    const aborted = await batch(admin, { action: "abort", ids: [a, b, foreign] });
    expect(aborted.map(({ upload }) => upload?.state)).toEqual(["aborted", "aborted", "aborted"]);
  });

  it("are aborted by the hundred, and what was reserved for them is free again", async () => {
    const reserved = async () =>
      ((await ann.ask({ path: "/server" })).json()["account"] as { reservedBytes: number })
        .reservedBytes;
    const before = await reserved();
    const ids = await Promise.all(
      Array.from({ length: 200 }, (_, i) => begin(ann, `many ${i}`, 1_000)),
    );
    expect(await reserved()).toBe(before + 200_000);
    const results = await batch(ann, { action: "abort", ids });
    expect(results.filter(({ status }) => status === 200)).toHaveLength(200);
    expect(await reserved()).toBe(before);
  });

  it.each([
    {},
    { action: "complete", ids: ["x"] },
    { action: "pause", ids: [] },
    { action: "pause", ids: Array.from({ length: 1_001 }, String) },
    { action: "pause", ids: ["x".repeat(101)] },
    { action: "pause", ids: [1] },
    { action: "pause", ids: ["x"], more: 1 },
    { action: "__proto__", ids: ["x"] },
  ])("are refused as a whole when the request is not one (%#)", async (json) => {
    const answer = await ann.ask({ method: "POST", path: "/uploads/batch", json });
    expect([answer.status, answer.json()["code"]]).toEqual([400, "invalid-request"]);
  });
});

describe("clearing away", () => {
  const clean = async (person: Person, json?: object) => {
    const sent = json === undefined ? {} : { json };
    return person.ask({ method: "POST", path: "/uploads/cleanup", ...sent });
  };

  it("removes what was aborted, and what is complete when asked, and no file", async () => {
    const [gone, done] = [await begin(bob, "gone"), await begin(bob, "kept.bin", 0)];
    const open = await begin(bob, "open");
    await bob.ask({ method: "DELETE", path: `/uploads/${gone}` });
    await bob.ask({ method: "POST", path: `/uploads/${done}/complete` });
    const foreign = await begin(ann, "ann's");
    await ann.ask({ method: "DELETE", path: `/uploads/${foreign}` });
    expect((await clean(bob)).json()).toMatchObject({ hasMore: false });
    expect((await bob.ask({ path: `/uploads/${gone}` })).status).toBe(404);
    expect((await bob.ask({ path: `/uploads/${done}` })).status).toBe(200);
    const past = { states: ["complete"], before: new Date(0).toISOString() };
    expect((await clean(bob, past)).json()).toEqual({ removed: 0, hasMore: false });
    expect((await clean(bob, { states: ["complete"] })).json()).toMatchObject({ removed: 1 });
    expect((await bob.ask({ path: `/uploads/${done}` })).status).toBe(404);
    expect((await bob.ask({ path: "/files?name=kept.bin" })).json()["items"]).toHaveLength(1);
    expect((await bob.ask({ path: `/uploads/${open}` })).status).toBe(200);
    expect((await ann.ask({ path: `/uploads/${foreign}` })).status).toBe(200);
  });

  it("of others is an administrator's, who says whose", async () => {
    for (const owner of ["all", bob.id]) expect((await clean(ann, { owner })).status).toBe(403);
    const id = await begin(ann, "for the admin");
    await ann.ask({ method: "DELETE", path: `/uploads/${id}` });
    expect((await clean(admin)).json()["removed"]).toBe(0);
    expect(Number((await clean(admin, { owner: ann.id })).json()["removed"])).toBeGreaterThan(0);
    expect(await namesOf(ann, "state=aborted")).toEqual([]);
    expect((await clean(admin, { owner: "all" })).status).toBe(200);
    expect(await namesOf(admin, "owner=all&state=aborted,failed,expired")).toEqual([]);
  });

  it.each([{ states: [] }, { states: ["receiving"] }, { before: "x" }, { x: 1 }])(
    "is refused when the request is not one (%#)",
    async (json) => expect((await clean(ann, json)).status).toBe(400),
  );
});
