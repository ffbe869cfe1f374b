/** The command line against a real server: a folder of files and back again. */
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { useServer } from "../src/server.ts";

const main = fileURLToPath(new URL("../../packages/cli/src/main.ts", import.meta.url));

describe("the command line in a tree", () => {
  const server = useServer();
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "sampan-acceptance-cli-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const sampan = (
    ...argv: string[]
  ): Promise<{ code: number | null; out: string; err: string }> => {
    const child = spawn(process.execPath, [main, ...argv], {
      cwd: folder,
      env: { ...process.env, SAMPAN_URL: server.url, SAMPAN_TOKEN: server.token },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const said = { out: "", err: "" };
    child.stdout.setEncoding("utf8").on("data", (text: string) => (said.out += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (said.err += text));
    return new Promise((resolve) => child.once("close", (code) => resolve({ code, ...said })));
  };
  const list = async (path: string): Promise<string[]> => {
    const { out } = await sampan("ls", path, "--json");
    return out
      .split("\n")
      .filter(Boolean)
      .map((line) => (JSON.parse(line) as { name: string }).name);
  };

  it(
    "puts folders whole, lists, moves, copies, trashes and restores",
    { timeout: 120_000 },
    async () => {
      const photos = join(folder, "photos");
      await mkdir(join(photos, "2029", "旅行"), { recursive: true });
      await writeFile(join(photos, "a.txt"), "a");
      await writeFile(join(photos, "2029", "b.txt"), "b");
      await writeFile(join(photos, "2029", "旅行", "c.bin"), Buffer.alloc(2 * 1024 * 1024, 7));
      const put = await sampan("put", photos, "--to", "/backup/today");
      expect([put.code, put.err.includes("✗")]).toEqual([0, false]);
      expect(await list("/backup/today/photos")).toEqual(["2029", "a.txt"]);
      expect(await list("backup/today/photos/2029/旅行/")).toEqual(["c.bin"]);
      expect((await sampan("put", photos, "--to", "/backup/today")).code).toBe(0);
      expect(await list("/backup/today/photos/2029")).toEqual(["旅行", "b.txt"]);

      expect((await sampan("mkdir", "/x/y")).code).toBe(0);
      expect((await sampan("cp", "/backup/today/photos", "/x/y")).code).toBe(0);
      expect((await sampan("mv", "/x/y/photos/a.txt", "/x/z.txt")).code).toBe(0);
      expect(await list("/x")).toEqual(["y", "z.txt"]);
      expect((await sampan("mv", "/x", "/x/y")).err).toContain("A folder cannot go into itself");

      expect((await sampan("rm", "/x", "/nothing")).code).toBe(1);
      expect(await list("/")).toEqual(["backup"]);
      expect((await sampan("trash")).out).toMatch(/ x\n$/);
      expect((await sampan("trash", "restore", "x")).code).toBe(0);
      expect(await list("/x/y/photos/2029/旅行")).toEqual(["c.bin"]);
      expect((await sampan("rm", "--permanent", "/x")).code).toBe(0);
      expect((await sampan("trash", "empty")).code).toBe(0);
      expect((await sampan("ls", "/x")).err).toContain("no such file or folder");
    },
  );
});
