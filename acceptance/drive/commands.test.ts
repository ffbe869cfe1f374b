/** The rest of the command line against a real server: finding, versions, marks, tokens, people, and what is wrong. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { addPerson } from "../src/people.ts";
import { openDesk, removeDesksAfterAll, type Desk, type Ran } from "../src/sampan.ts";
import { isRemote, useServer } from "../src/server.ts";

describe.skipIf(isRemote)("the command line", { timeout: 120_000 }, () => {
  const server = useServer({ SAMPAN_SIGNUP: "open" });
  let ann: Desk;
  let owner: Desk;
  removeDesksAfterAll();

  beforeAll(async () => {
    await addPerson(server, { name: "ann", password: "the password of ann" });
    ann = await openDesk(() => ({ SAMPAN_URL: server.url }));
    owner = await openDesk(() => ({ SAMPAN_URL: server.url, SAMPAN_DATA_DIR: server.dataFolder }));
    expect((await ann.sampan(["login", "ann"], { input: "the password of ann\n" })).code).toBe(0);
  });
  const put = async (name: string, text: string, ...flags: string[]): Promise<void> => {
    await writeFile(join(ann.folder, name), text);
    expect((await ann.sampan(["put", name, ...flags])).code).toBe(0);
  };
  const names = ({ lines }: Ran): unknown[] => lines.map(({ name }) => name);

  it("finds by any part of a name, and says where it is", async () => {
    await put("Übersicht 2026.txt", "a", "--to", "/papers/new");
    await put("other.txt", "b");
    const found = await ann.sampan(["search", "übersicht"]);
    expect(found.out).toMatch(
      /^ +1 B {2}\d{4}-\d\d-\d\d \d\d:\d\d {2}\/papers\/new\/Übersicht 2026\.txt\n$/,
    );
    expect((await ann.sampan(["search", "2026.TXT", "--json"])).lines).toMatchObject([
      { path: "/papers/new/Übersicht 2026.txt", kind: "file" },
    ]);
    expect(names(await ann.sampan(["search", "e", "--folders", "--json"]))).toEqual([
      "new",
      "papers",
    ]);
    expect(await ann.sampan(["search", "nothing of this name"])).toMatchObject({
      code: 0,
      out: "",
    });
    expect((await ann.sampan(["search", "t", "--limit", "1", "--json"])).lines).toHaveLength(1);
    expect((await ann.sampan(["ls", "--recent"])).out).toContain(
      " /papers/new/Übersicht 2026.txt\n",
    );
  });

  it("shows, fetches, brings back and deletes versions", async () => {
    await put("draft.txt", "one");
    await put("draft.txt", "two, longer", "--on-conflict", "replace");
    const listed = (await ann.sampan(["versions", "/draft.txt"])).out;
    expect(listed).toMatch(/^ +2 +11 B .* current\n +1 +3 B [^\n]*\d\n$/);
    const first = ["get", "/draft.txt", "--version", "1", "-o", "first.txt", "--json"];
    expect((await ann.sampan(first)).lines).toMatchObject([{ isVerified: true }]);
    expect(await readFile(join(ann.folder, "first.txt"), "utf8")).toBe("one");
    expect((await ann.sampan(["versions", "restore", "/draft.txt", "1"])).code).toBe(0);
    expect((await ann.sampan(["get", "/draft.txt", "-f"])).code).toBe(0);
    expect(await readFile(join(ann.folder, "draft.txt"), "utf8")).toBe("one");
    expect((await ann.sampan(["versions", "delete", "/draft.txt", "2"])).code).toBe(0);
    const left = (await ann.sampan(["versions", "list", "/draft.txt", "--json"])).lines;
    expect(left.map(({ number, isCurrent }) => [number, isCurrent])).toEqual([[3, true]]);
    const gone = await ann.sampan(["get", "/draft.txt", "--version", "2", "-f"]);
    expect([gone.code, gone.err]).toEqual([1, expect.stringContaining("no version 2")]);
    expect((await ann.sampan(["versions", "/papers"])).code).toBe(1);
  });

  it("marks, and takes the mark away", async () => {
    expect((await ann.sampan(["star", "/other.txt", "/papers"])).code).toBe(0);
    const starred = names(await ann.sampan(["ls", "--starred", "--json"]));
    expect(new Set(starred)).toEqual(new Set(["/other.txt", "/papers"]));
    expect((await ann.sampan(["unstar", "/other.txt"])).code).toBe(0);
    expect(names(await ann.sampan(["ls", "--starred", "--json"]))).toEqual(["/papers"]);
  });

  it("makes a token that another machine keeps, limited to what it is for", async () => {
    const make = ["token", "create", "reader", "--scopes", "files:read", "--expires", "7d"];
    const made = await ann.sampan(make);
    const token = made.out.trim();
    expect([made.code, token]).toEqual([0, expect.stringMatching(/^sampan_[\w-]{43}$/)]);
    const elsewhere = await openDesk(() => ({ SAMPAN_URL: server.url }));
    const login = await elsewhere.sampan(["login", "--token", "-"], { input: `${token}\n` });
    expect(login).toMatchObject({ code: 0, err: "", out: expect.stringContaining("as ann") });
    expect((await elsewhere.sampan(["ls", "--json"])).code).toBe(0);
    const refused = await elsewhere.sampan(["mkdir", "/x"]);
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining("files:write")]);
    const wrong = await elsewhere.sampan(["login", "--token", "-"], { input: "sampan_wrong\n" });
    expect(wrong.code).toBe(2);
    expect((await elsewhere.sampan(["whoami"])).out).toContain("ann (member)");

    // Forgotten here, and good for others until it is revoked.
    expect((await elsewhere.sampan(["logout"])).code).toBe(0);
    expect((await elsewhere.sampan(["whoami"])).code).toBe(2);
    const by = { env: { SAMPAN_TOKEN: token } };
    expect((await elsewhere.sampan(["ls"], by)).code).toBe(0);
    expect((await ann.sampan(["token", "revoke", "reader"])).code).toBe(0);
    expect((await elsewhere.sampan(["ls"], by)).code).toBe(2);
    expect((await ann.sampan(["token", "revoke", "reader"])).code).toBe(1);
  });

  it("gives an admin the people of the site, and nobody else", async () => {
    expect(names(await owner.sampan(["admin", "users", "--json"]))).toEqual(["owner", "ann"]);
    const limit = ["admin", "user", "ANN", "--quota", "1.5G", "--json"];
    expect((await owner.sampan(limit)).lines).toMatchObject([{ quotaBytes: 1.5 * 1024 ** 3 }]);
    expect((await ann.sampan(["whoami"])).out).toContain("of 1.5 GiB used");
    expect((await ann.sampan(["admin", "users"])).code).toBe(1);

    const link = (await owner.sampan(["admin", "invite", "--role", "guest"])).out.trim();
    const invitation = new URL(link).hash.slice(1);
    await addPerson(server, { name: "guest", password: "the password of guest", invitation });
    expect((await owner.sampan(["admin", "user", "guest"])).out).toMatch(/ guest +guest /);
    expect((await owner.sampan(["admin", "invitations"])).out).toBe("");

    expect((await owner.sampan(["admin", "user", "ann", "--disable"])).out).toContain("disabled");
    expect((await ann.sampan(["ls"])).code).toBe(2);
    expect((await owner.sampan(["admin", "user", "ann", "--enable"])).code).toBe(0);
    expect((await ann.sampan(["ls"])).code).toBe(0);
    const reset = (await owner.sampan(["admin", "reset", "ann"])).out;
    expect(reset).toMatch(/^http:\/\/.*\/reset#[\w-]+\n$/);
    const told = (await owner.sampan(["admin", "audit", "ann", "--limit", "2", "--json"])).lines;
    expect(told.map(({ kind }) => kind)).toEqual(["account.reset-offered", "account.enabled"]);
  });

  it("says what is wrong, and what is not", async () => {
    const well = await ann.sampan(["doctor"]);
    expect([well.code, well.err]).toEqual([0, ""]);
    expect(well.out.split("\n").filter((line) => line !== "" && !line.startsWith("✓"))).toEqual([]);
    const stranger = await openDesk(() => ({ SAMPAN_URL: server.url }));
    const without = await stranger.sampan(["doctor"]);
    expect([without.code, without.out]).toEqual([1, expect.stringMatching(/✗ account .*\n +→ /)]);
    await server.stop();
    const dead = await ann.sampan(["doctor", "--json"]);
    await server.start();
    expect(dead.code).toBe(1);
    expect(dead.lines.at(-1)).toMatchObject({ check: "server", status: "problem" });
  });

  it("shows what the server is set to, and where each value comes from", async () => {
    const ran = await ann.sampan(["config", "--port", "12345"], {
      env: { SAMPAN_SIGNUP: "closed" },
    });
    expect(ran.code).toBe(0);
    expect(ran.out).toMatch(/port.*12345/);
    expect(ran.out).toMatch(/signup.*closed/);
    const wrong = await ann.sampan(["config", "--port", "high"]);
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining("port")]);
  });
});
