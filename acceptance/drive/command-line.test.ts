/** The command line against a real server: a folder of files and back again. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { openDesk, removeDesksAfterAll, type Desk, type Ran } from "../src/sampan.ts";
import { useServer } from "../src/server.ts";

describe("the command line in a tree", () => {
  const server = useServer();
  let desk: Desk;
  removeDesksAfterAll();
  beforeAll(async () => {
    desk = await openDesk(() => ({ SAMPAN_URL: server.url, SAMPAN_TOKEN: server.token }));
  });

  const sampan = (...argv: string[]): Promise<Ran> => desk.sampan(argv);
  const list = async (path: string): Promise<string[]> => {
    return (await sampan("ls", path, "--json")).lines.map(({ name }) => String(name));
  };

  it(
    "puts folders whole, lists, moves, copies, trashes and restores",
    { timeout: 120_000 },
    async () => {
      const photos = join(desk.folder, "photos");
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
