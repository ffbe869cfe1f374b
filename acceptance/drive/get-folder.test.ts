/** Whole folders onto the disk, as a tree and as one ZIP, over a connection that is cut. */
import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { openDesk, removeDesksAfterAll, type Desk, type Ran } from "../src/sampan.ts";
import { useServer } from "../src/server.ts";
import { openTcpLink } from "../src/tcp-link.ts";

const MiB = 1024 * 1024;

describe("getting a folder", { timeout: 120_000 }, () => {
  const server = useServer();
  const contents: Record<string, Buffer> = {
    "a.txt": Buffer.from("a"),
    "2029/b.bin": randomBytes(5 * MiB),
    "2029/旅行/c.bin": randomBytes(3 * MiB),
    "empty.txt": Buffer.alloc(0),
  };
  let desk: Desk;
  let folder: string;
  removeDesksAfterAll();
  beforeAll(async () => {
    desk = await openDesk(() => ({ SAMPAN_TOKEN: server.token }));
    ({ folder } = desk);
    await mkdir(join(folder, "photos/2029/旅行"), { recursive: true });
    for (const [path, content] of Object.entries(contents))
      await writeFile(join(folder, "photos", path), content);
    expect((await sampan(["put", "photos"])).code).toBe(0);
    expect((await sampan(["mkdir", "/photos/nothing/in/it"])).code).toBe(0);
  });

  const sampan = (argv: string[], url = server.url): Promise<Ran> =>
    desk.sampan(argv, { env: { SAMPAN_URL: url } });
  const expectTree = async (into: string) => {
    const at = join(into, "photos");
    for (const [path, content] of Object.entries(contents))
      expect((await readFile(join(at, path))).equals(content), path).toBe(true);
    expect(await readdir(join(at, "nothing/in/it"))).toEqual([]);
    const all = await readdir(at, { recursive: true });
    expect(all.filter((name) => name.includes("sampan-part"))).toEqual([]);
  };

  it("recreates the tree, goes on after cuts, and fetches nothing twice", async () => {
    const at = join(folder, "back");
    await using link = await openTcpLink(server.url, { cutAfterBytes: 2 * MiB, cuts: 3 });
    const ran = await sampan(["get", "/photos", "-o", at], link.url);
    expect([ran.code, ran.err]).toEqual([0, ""]);
    expect(link.cuts).toBe(3);
    await expectTree(at);
    const again = (await sampan(["get", "/photos", "-o", at, "--json"])).lines;
    expect(again.map(({ status }) => status)).toEqual(Array(4).fill("already-there"));
  });

  it("goes on where a get gave up, and leaves what is in the way", async () => {
    const at = join(folder, "later");
    await using link = await openTcpLink(server.url, {
      cutAfterBytes: 3 * MiB,
      cuts: "stays down",
    });
    const gaveUp = await sampan(["get", "/photos", "-o", at, "--retry-for", "0s"], link.url);
    expect(gaveUp.code).toBe(1);
    await writeFile(join(at, "photos/a.txt"), "mine");
    const ran = await sampan(["get", "/photos", "-o", at, "--json"]);
    expect(ran.code).toBe(1);
    const byName = new Map(ran.lines.map((line) => [String(line["path"]).split("/").pop(), line]));
    expect(byName.get("a.txt")).toMatchObject({
      status: "failed",
      error: { code: "target-exists" },
    });
    expect(await readFile(join(at, "photos/a.txt"), "utf8")).toBe("mine");
    expect((await sampan(["get", "/photos", "-o", at, "-f"])).code).toBe(0);
    await expectTree(at);
  });

  it("saves it as one zip, and goes on with it in another process", async () => {
    const path = join(folder, "photos.zip");
    await using link = await openTcpLink(server.url, {
      cutAfterBytes: 6 * MiB,
      cuts: "stays down",
    });
    const get = ["get", "--zip", "/photos", "--json"];
    expect((await sampan([...get, "--retry-for", "0s"], link.url)).code).toBe(1);
    const [line] = (await sampan(get)).lines;
    expect(line).toMatchObject({ status: "fetched", path: "photos.zip" });
    expect(line!["resumedBytes"]).toBeGreaterThan(MiB);
    const zip = await readFile(path);
    expect(zip.length).toBe(line!["size"]);
    for (const content of Object.values(contents)) expect(zip.includes(content)).toBe(true);
    expect(zip.includes(Buffer.from("photos/2029/旅行/c.bin"))).toBe(true);
  });

  it("asks for an offline download into a folder", async () => {
    const url = "http://nowhere.invalid/film.bin";
    const [fetch] = (await sampan(["offline", url, "--to", "/films/new", "--json"])).lines;
    const [listed] = (await sampan(["ls", "/films", "--json"])).lines;
    expect(fetch).toMatchObject({ url, parentId: listed!["id"] });
    expect((await sampan(["offline", "forget", String(fetch!["id"])])).code).toBe(0);
  });
});
