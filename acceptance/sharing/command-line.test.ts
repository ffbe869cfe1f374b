/** Sharing by the command line: two people with accounts, and visitors without, in processes of their own against a real server. */
import { createHash, randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { mebibyte } from "../src/content.ts";
import { addPerson } from "../src/people.ts";
import { openDesk, removeDesksAfterAll, type Desk } from "../src/sampan.ts";
import { isRemote, useServer } from "../src/server.ts";
import { openTcpLink } from "../src/tcp-link.ts";

const password = "open sesame";
const sha256Of = async (path: string): Promise<string> =>
  createHash("sha256")
    .update(await readFile(path))
    .digest("hex");

describe.skipIf(isRemote)("sharing by the command line", { timeout: 180_000 }, () => {
  const server = useServer({ SAMPAN_SIGNUP: "open" });
  let ann: Desk;
  let bob: Desk;
  let visitor: Desk;
  removeDesksAfterAll();

  const photos: Record<string, Buffer> = {
    "a.txt": Buffer.from("a"),
    "2029/b.bin": randomBytes(7 * mebibyte),
    "2029/旅行/c.bin": randomBytes(3 * mebibyte),
  };

  beforeAll(async () => {
    const env = () => ({ SAMPAN_URL: server.url });
    [ann, bob] = (await Promise.all(
      ["ann", "bob"].map(async (name) => {
        const secret = `the password of ${name}`;
        await addPerson(server, { name, password: secret });
        const desk = await openDesk(env);
        const ran = await desk.sampan(["login", name], { input: `${secret}\n` });
        expect([ran.code, ran.err]).toEqual([0, ""]);
        return desk;
      }),
    )) as [Desk, Desk];
    visitor = await openDesk();
    for (const [path, content] of Object.entries(photos)) {
      await mkdir(join(ann.folder, "photos", path, ".."), { recursive: true });
      await writeFile(join(ann.folder, "photos", path), content);
    }
    expect((await ann.sampan(["put", "photos"])).code).toBe(0);
  });

  /** The link alone is printed. */
  const share = async (...argv: string[]): Promise<string> => {
    const ran = await ann.sampan(["share", ...argv]);
    expect([ran.code, ran.err]).toEqual([0, ""]);
    expect(ran.out).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/s\/[\w-]{22}\n$/);
    return ran.out.trim();
  };
  const shareOf = async (link: string) =>
    (await ann.sampan(["shares", "--json"])).lines.find(({ url }) => url === link);

  it("lets whoever has link and password look and fetch, and nobody else", async () => {
    const link = await share("/photos", `--password=${password}`);
    const at = { env: { SAMPAN_LINK_PASSWORD: password } };
    const names = (await visitor.sampan(["ls", link, "--json"], at)).lines.map(({ name }) => name);
    expect(names).toEqual(["2029", "a.txt"]);
    expect((await visitor.sampan(["ls", link, "2029"], at)).out).toMatch(
      / {2}旅行\/\n.* 7\.0 MiB .* b\.bin\n$/s,
    );
    // Asked for, and typed.
    const typed = ["get", link, "2029/旅行/c.bin", "--password", "--json"];
    const got = await visitor.sampan(typed, { input: `${password}\n` });
    expect(got.lines).toMatchObject([{ path: "c.bin", status: "fetched", isVerified: true }]);
    const fetched = await readFile(join(visitor.folder, "c.bin"));
    expect(fetched.equals(photos["2029/旅行/c.bin"]!)).toBe(true);

    const before = await readdir(visitor.folder);
    const without = await visitor.sampan(["get", link]);
    expect([without.code, without.err]).toEqual([2, expect.stringContaining("needs its password")]);
    const wrong = await visitor.sampan(["get", link, "--password=open says me"]);
    expect([wrong.code, wrong.err]).toEqual([1, "sampan: that is not the password of the link\n"]);
    expect(await readdir(visitor.folder)).toEqual(before);
    const log = (await ann.sampan(["shares", "log", link])).out;
    expect(log).toMatch(/unlock-failed +127\.0\.0\.1\n/);
    expect(log).toMatch(/downloaded +127\.0\.0\.1 +c\.bin\n/);
  });

  it("goes on with a zip that was cut, in another process, and it is one download all the same", async () => {
    const link = await share("/photos", "--downloads", "1", `--password=${password}`);
    await using line = await openTcpLink(server.url, { cutAfterBytes: 6 * mebibyte, cuts: 1 });
    const through = link.replace(server.url, line.url);
    const get = ["get", through, "--json"];
    const cut = await visitor.sampan([...get, `--password=${password}`, "--retry-for", "0s"]);
    expect([cut.code, line.cuts]).toEqual([1, 1]);
    expect(await readdir(visitor.folder)).toContain("photos.zip.sampan-part");
    expect(await shareOf(link)).toMatchObject({ downloads: 1, maxDownloads: 1 });

    // The link is spent, and the password is not asked for again.
    const ran = await visitor.sampan(get);
    expect(ran.lines).toMatchObject([{ path: "photos.zip", status: "fetched" }]);
    expect(ran.lines[0]!["resumedBytes"]).toBeGreaterThan(mebibyte);
    expect((await ann.sampan(["get", "--zip", "/photos", "-o", "own.zip"])).code).toBe(0);
    expect(await sha256Of(join(visitor.folder, "photos.zip"))).toBe(
      await sha256Of(join(ann.folder, "own.zip")),
    );
    expect(await shareOf(link)).toMatchObject({ downloads: 1 });
    const left = await readdir(visitor.folder);
    expect(left.filter((name) => name.includes("sampan-part"))).toEqual([]);

    const late = await visitor.sampan([...get, `--password=${password}`, "-o", "again.zip"]);
    expect(late).toMatchObject({ code: 1, err: expect.stringContaining("as often as it may be") });
  });

  it("counts each visitor's download once, and none of what is there already", async () => {
    const link = await share("/photos/2029/b.bin", "--downloads", "2");
    const people = [await openDesk(), await openDesk(), await openDesk()];
    const get = (desk: Desk) => desk.sampan(["get", link, "--json"]);
    for (const desk of people.slice(0, 2)) {
      expect((await get(desk)).lines).toMatchObject([{ status: "fetched", isVerified: true }]);
      if (desk === people[0])
        expect((await get(desk)).lines).toMatchObject([{ status: "already-there" }]);
    }
    const third = await get(people[2]!);
    expect([third.code, third.out]).toEqual([1, ""]);
    expect(await readdir(people[2]!.folder)).toEqual([]);
    expect(await shareOf(link)).toMatchObject({ downloads: 2 });
  });

  it("ends with its time, and when it is revoked", async () => {
    const short = await share("/photos/a.txt", "--expires", "7d");
    const long = await share("/photos/a.txt", "--expires", "2w");
    for (const link of [short, long]) expect((await visitor.sampan(["ls", link])).code).toBe(0);
    const soon = new Date(Date.now() + 8_000).toISOString();
    const change = ["shares", "change", short, "--expires", soon, "--json"];
    expect((await ann.sampan(change)).lines).toMatchObject([{ expiresAt: soon }]);
    await sleep(Math.max(0, Date.parse(soon) - Date.now()) + 50);
    expect((await ann.sampan(["unshare", long])).code).toBe(0);
    for (const link of [short, long]) {
      const ran = await visitor.sampan(["get", link, "-o", "never.txt"]);
      expect(ran).toMatchObject({ code: 1, err: expect.stringContaining("nothing at this link") });
    }
    expect(await readdir(visitor.folder)).not.toContain("never.txt");
    expect(await shareOf(long)).toBeUndefined();
    expect((await ann.sampan(["unshare", long])).code).toBe(1);
  });

  it("is for looking only where it says so", async () => {
    const link = await share("/photos/a.txt", "--preview-only");
    expect((await visitor.sampan(["ls", link])).code).toBe(0);
    const ran = await visitor.sampan(["get", link, "-o", "never.txt"]);
    expect([ran.code, ran.err]).toEqual([1, expect.stringContaining("for looking only")]);
    const change = ["shares", "change", link, "--no-preview-only", "--downloads", "1", "--json"];
    expect((await ann.sampan(change)).lines).toMatchObject([
      { previewOnly: false, maxDownloads: 1 },
    ]);
    expect((await visitor.sampan(["get", link, "-o", "now.txt"])).code).toBe(0);
  });

  it("saves 500 files into another drive without a byte being sent", async () => {
    const many = join(ann.folder, "many");
    await mkdir(many);
    const names = Array.from({ length: 500 }, (_, at) => `${String(at).padStart(3, "0")}.txt`);
    await Promise.all(names.map((name) => writeFile(join(many, name), `this is ${name}`)));
    expect((await ann.sampan(["put", "many"])).code).toBe(0);
    const link = await share("/many", `--password=${password}`);

    await using line = await openTcpLink(server.url);
    const through = link.replace(server.url, line.url);
    const token = await tokenOf(bob);
    const save = ["save", through, "--to", "/from ann/today", `--password=${password}`];
    const ran = await bob.sampan(save, { env: { SAMPAN_URL: line.url, SAMPAN_TOKEN: token } });
    expect(ran).toMatchObject({ code: 0, out: "Saved as /from ann/today/many/\n", err: "" });
    expect(line.sentBytes + line.receivedBytes).toBeLessThan(32 * 1024);

    expect((await ann.sampan(["unshare", link])).code).toBe(0);
    const listed = (await bob.sampan(["ls", "/from ann/today/many", "--json"])).lines;
    expect(listed.map(({ name }) => name)).toEqual(names);
    expect((await bob.sampan(["get", "/from ann/today/many/123.txt"])).code).toBe(0);
    expect(await readFile(join(bob.folder, "123.txt"), "utf8")).toBe("this is 123.txt");
  });

  /** Over a link with another address, what is kept for the server's own is not found. */
  const tokenOf = async (desk: Desk): Promise<string> => {
    const path = join(desk.folder, "../.config/sampan/credentials.json");
    const all = JSON.parse(await readFile(path, "utf8")) as Record<string, { token: string }>;
    return all[server.url]!.token;
  };

  it("sends a token to the server that it is of, and to no other", async () => {
    await using line = await openTcpLink(server.url);
    const link = (await share("/photos/a.txt")).replace(server.url, line.url);
    const ran = await bob.sampan(["save", link], { env: { SAMPAN_TOKEN: await tokenOf(bob) } });
    expect([ran.code, ran.err]).toEqual([2, expect.stringContaining("Not signed in to")]);
    expect(line.sentBytes).toBe(0);
  });

  it("takes files for whoever asks, up to a limit, over a line that is cut", async () => {
    expect((await ann.sampan(["mkdir", "/inbox"])).code).toBe(0);
    const ask = ["--request", "--max-size", "100M", `--password=${password}`];
    const link = await share("/inbox", ...ask);
    const bytes = randomBytes(64 * mebibyte);
    await writeFile(join(visitor.folder, "mine.bin"), bytes);
    await writeFile(join(visitor.folder, "note.txt"), "a note");
    await using line = await openTcpLink(server.url, {
      cutAfterBytes: 30 * mebibyte,
      cutWhile: "sending",
      cuts: 2,
    });
    const put = (...files: string[]) =>
      visitor.sampan(["put", ...files, "--link", link.replace(server.url, line.url), "--json"], {
        env: { SAMPAN_LINK_PASSWORD: password },
      });
    // The first gives up, another process goes on, and the last cut is got over.
    expect((await put("mine.bin", "--retry-for", "0s")).code).toBe(1);
    expect(line.cuts).toBe(1);
    const first = await put("mine.bin", "note.txt");
    expect(first.lines).toMatchObject([
      { path: "mine.bin", status: "stored", size: bytes.length },
      { path: "note.txt", status: "stored" },
    ]);
    expect(first.lines[0]!["resumedBytes"]).toBeGreaterThan(0);
    expect([first.code, line.cuts]).toEqual([0, 2]);
    const second = await put("mine.bin", "note.txt");
    expect(second.lines).toMatchObject([
      { status: "failed", error: { code: "request-full" } },
      { status: "stored" },
    ]);
    expect(second.code).toBe(1);

    const listed = (await ann.sampan(["ls", "/inbox", "--json"])).lines;
    expect(listed.map(({ name }) => name)).toEqual(["mine.bin", "note (2).txt", "note.txt"]);
    expect((await ann.sampan(["get", "/inbox/mine.bin"])).code).toBe(0);
    expect((await readFile(join(ann.folder, "mine.bin"))).equals(bytes)).toBe(true);
    // Whoever brings something is shown nothing.
    for (const argv of [
      ["ls", link],
      ["get", link],
    ])
      expect((await visitor.sampan([...argv, `--password=${password}`])).code).toBe(1);
    const wrongWay = ["put", "note.txt", "--link", await share("/photos")];
    expect((await visitor.sampan(wrongWay)).err).toContain("takes no files");
  });

  it("draws the link as a QR code, and saves it as a picture", async () => {
    const ran = await ann.sampan(["share", "/photos/a.txt", "--qr", "--qr-svg", "code.svg"]);
    const [link, ...code] = ran.out.trimEnd().split("\n");
    expect(new Set(code.map((row) => row.length)).size).toBe(1);
    expect(code.join("")).toMatch(/^[█▀▄ ]+$/);
    expect(await readFile(join(ann.folder, "code.svg"), "utf8")).toMatch(/^<svg/);
    expect((await ann.sampan(["shares", "qr", link!])).out).toBe(`${code.join("\n")}\n`);
  });

  it("shares with an account, which looks and fetches, and changes things once it may", async () => {
    const given = await ann.sampan(["share", "/photos", "--with", "bob"]);
    expect([given.code, given.out]).toEqual([0, "photos/  bob may view\n"]);
    expect((await bob.sampan(["ls", "@"])).out).toMatch(/ {2}@ann\/photos\/\n$/);
    expect((await bob.sampan(["shares"])).out).toMatch(/ {2}@ann\/photos\/ {2}you may view\n$/);
    expect((await bob.sampan(["get", "@ann/photos"])).code).toBe(0);
    for (const [path, content] of Object.entries(photos))
      expect((await readFile(join(bob.folder, "photos", path))).equals(content)).toBe(true);
    expect((await bob.sampan(["get", "--zip", "@ann/Photos/2029"])).code).toBe(0);

    await writeFile(join(bob.folder, "from-bob.txt"), "from bob");
    const refused = await bob.sampan(["put", "from-bob.txt", "--to", "@ann/photos"]);
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining("does not allow it")]);
    expect((await ann.sampan(["share", "/photos", "--with", "bob", "--edit"])).code).toBe(0);
    const put = ["put", "from-bob.txt", "--to", "@ann/photos/new/folder"];
    expect((await bob.sampan(put)).code).toBe(0);
    const moved = "@ann/photos/renamed.txt";
    expect((await bob.sampan(["mv", "@ann/photos/new/folder/from-bob.txt", moved])).code).toBe(0);
    expect((await bob.sampan(["mkdir", "@ann/photos/m/n"])).code).toBe(0);
    expect((await bob.sampan(["rm", "@ann/photos/m", "@ann/photos/new"])).code).toBe(0);
    const seen = (await ann.sampan(["ls", "/photos", "--json"])).lines.map(({ name }) => name);
    expect(seen).toEqual(["2029", "a.txt", "renamed.txt"]);
    expect((await bob.sampan(["cp", "@ann/photos/2029", "/mine"])).code).toBe(0);

    // A large file goes on after cuts there as well, at the cost of whose folder it is.
    const film = randomBytes(20 * mebibyte);
    await writeFile(join(bob.folder, "film.bin"), film);
    const faults = { cutAfterBytes: 6 * mebibyte, cutWhile: "sending", cuts: 2 } as const;
    await using line = await openTcpLink(server.url, faults);
    const through = { SAMPAN_URL: line.url, SAMPAN_TOKEN: await tokenOf(bob) };
    const big = ["put", "film.bin", "--to", "@ann/photos", "--json"];
    const sent = await bob.sampan(big, { env: through });
    expect(sent.lines).toMatchObject([{ status: "stored", file: { size: film.length } }]);
    expect(line.cuts).toBe(2);
    expect((await ann.sampan(["get", "/photos/film.bin"])).code).toBe(0);
    expect((await readFile(join(ann.folder, "film.bin"))).equals(film)).toBe(true);
    expect((await bob.sampan(["rm", "@ann/photos/film.bin"])).code).toBe(0);

    const search = ["search", "C.BIN", "--in", "@ann/photos", "--json"];
    expect((await bob.sampan(search)).lines).toMatchObject([
      { path: "@ann/photos/2029/旅行/c.bin" },
    ]);
    expect((await bob.sampan(["search", "photos", "--shared"])).out).toMatch(/ @ann\/photos\/\n$/);

    expect((await ann.sampan(["share", "/photos/a.txt", "--with", "bob"])).code).toBe(0);
    expect((await bob.sampan(["unshare", "@ann/photos/2029"])).code).toBe(1);
    expect((await bob.sampan(["unshare", "@ann/a.txt"])).code).toBe(0);
    expect((await bob.sampan(["ls", "@ann", "--json"])).lines).toMatchObject([
      { name: "@ann/photos" },
    ]);
    expect((await ann.sampan(["shares", "/photos/a.txt"])).out).not.toContain("bob");
    expect((await ann.sampan(["unshare", "/photos", "--with", "bob"])).code).toBe(0);
    const gone = await bob.sampan(["ls", "@ann/photos"]);
    expect([gone.code, gone.err]).toEqual([1, expect.stringContaining("shares nothing")]);
    expect((await bob.sampan(["ls", "/mine/旅行"])).out).toMatch(/ c\.bin\n$/);
  });
});
