/** Whole folders onto the disk, as a tree and as one ZIP, over a connection that is cut. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openCuttingLink } from "../src/cutting-link.ts";
import { useServer } from "../src/server.ts";

const main = fileURLToPath(new URL("../../packages/cli/src/main.ts", import.meta.url));
const MiB = 1024 * 1024;

describe("getting a folder", { timeout: 120_000 }, () => {
  const server = useServer();
  const contents: Record<string, Buffer> = {
    "a.txt": Buffer.from("a"),
    "2029/b.bin": randomBytes(5 * MiB),
    "2029/旅行/c.bin": randomBytes(3 * MiB),
    "empty.txt": Buffer.alloc(0),
  };
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "sampan-acceptance-get-"));
    await mkdir(join(folder, "photos/2029/旅行"), { recursive: true });
    for (const [path, content] of Object.entries(contents))
      await writeFile(join(folder, "photos", path), content);
    expect((await sampan(["put", "photos"])).code).toBe(0);
    expect((await sampan(["mkdir", "/photos/nothing/in/it"])).code).toBe(0);
  });
  afterAll(() => rm(folder, { recursive: true }));

  interface Ran {
    code: number | null;
    out: string;
    err: string;
  }
  const sampan = (argv: string[], url = server.url): Promise<Ran> => {
    const child = spawn(process.execPath, [main, ...argv], {
      cwd: folder,
      env: { ...process.env, SAMPAN_URL: url, SAMPAN_TOKEN: server.token },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const said = { out: "", err: "" };
    child.stdout.setEncoding("utf8").on("data", (text: string) => (said.out += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (said.err += text));
    return new Promise((resolve) => child.once("close", (code) => resolve({ code, ...said })));
  };
  const linesOf = ({ out }: Ran) =>
    out
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
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
    await using link = await openCuttingLink(server.url, { afterBytes: 2 * MiB, cuts: 3 });
    const ran = await sampan(["get", "/photos", "-o", at], link.url);
    expect([ran.code, ran.err]).toEqual([0, ""]);
    expect(link.cuts).toBe(3);
    await expectTree(at);
    const again = linesOf(await sampan(["get", "/photos", "-o", at, "--json"]));
    expect(again.map(({ status }) => status)).toEqual(Array(4).fill("already-there"));
  });

  it("goes on where a get gave up, and leaves what is in the way", async () => {
    const at = join(folder, "later");
    await using link = await openCuttingLink(server.url, {
      afterBytes: 3 * MiB,
      cuts: "stays down",
    });
    const gaveUp = await sampan(["get", "/photos", "-o", at, "--retry-for", "0s"], link.url);
    expect(gaveUp.code).toBe(1);
    await writeFile(join(at, "photos/a.txt"), "mine");
    const ran = await sampan(["get", "/photos", "-o", at, "--json"]);
    expect(ran.code).toBe(1);
    const byName = new Map(
      linesOf(ran).map((line) => [String(line["path"]).split("/").pop(), line]),
    );
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
    await using link = await openCuttingLink(server.url, {
      afterBytes: 6 * MiB,
      cuts: "stays down",
    });
    const get = ["get", "--zip", "/photos", "--json"];
    expect((await sampan([...get, "--retry-for", "0s"], link.url)).code).toBe(1);
    const [line] = linesOf(await sampan(get));
    expect(line).toMatchObject({ status: "fetched", path: "photos.zip" });
    expect(line!["resumedBytes"]).toBeGreaterThan(MiB);
    const zip = await readFile(path);
    expect(zip.length).toBe(line!["size"]);
    for (const content of Object.values(contents)) expect(zip.includes(content)).toBe(true);
    expect(zip.includes(Buffer.from("photos/2029/旅行/c.bin"))).toBe(true);
  });

  it("asks for an offline download into a folder", async () => {
    const url = "http://nowhere.invalid/film.bin";
    const [fetch] = linesOf(await sampan(["offline", url, "--to", "/films/new", "--json"]));
    const [listed] = linesOf(await sampan(["ls", "/films", "--json"]));
    expect(fetch).toMatchObject({ url, parentId: listed!["id"] });
    expect((await sampan(["offline", "forget", String(fetch!["id"])])).code).toBe(0);
  });
});
