import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { connect, DEFAULT_URL } from "./connection.ts";
import { createHarness, runWith } from "./testing/harness.ts";

async function makeDataFolder(token: string) {
  const folder = await mkdtemp(join(tmpdir(), "sampan-data-"));
  await writeFile(join(folder, "owner.token"), token);
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

test("flags win over the environment, and the default is the local server", async () => {
  expect((await connect({ token: "t" }, {})).url).toBe(`${DEFAULT_URL}/`);
  const env = { SAMPAN_URL: "http://env.test", SAMPAN_TOKEN: "t" };
  expect((await connect({}, env)).url).toBe("http://env.test/");
  expect((await connect({ url: "http://flag.test" }, env)).url).toBe("http://flag.test/");
});

test("uses the token of the local data folder", async () => {
  await using harness = await createHarness();
  await using data = await makeDataFolder("fake-token\n");
  const env = { SAMPAN_URL: harness.server.url, SAMPAN_DATA_DIR: data.folder };
  expect(await runWith({ argv: ["ls"], env })).toMatchObject({ exitCode: 0, err: "" });
});

test("never sends the local token to another machine", async () => {
  await using data = await makeDataFolder("fake-token");
  const env = { SAMPAN_URL: "http://drive.example:18101", SAMPAN_DATA_DIR: data.folder };
  await expect(connect({}, env)).rejects.toThrow("Not signed in to http://drive.example:18101");
});

test("no token anywhere is one clear line that names the file", async () => {
  const ran = await runWith({ argv: ["ls"], env: { SAMPAN_DATA_DIR: "/nowhere" } });
  expect(ran).toEqual({
    exitCode: 2,
    out: "",
    err:
      "sampan: Not signed in to http://127.0.0.1:18101: sampan login NAME, or set --token or SAMPAN_TOKEN. " +
      "The owner's token, /nowhere/owner.token, cannot be read (ENOENT); SAMPAN_DATA_DIR says where\n",
  });
});

test("a token that cannot be a header is refused", async () => {
  await expect(connect({ token: "a\nb" }, {})).rejects.toThrow("not plain text");
});
