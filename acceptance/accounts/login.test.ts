/** The command line as somebody who has an account uses it. */
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { send } from "../src/http.ts";
import { isRemote, useServer } from "../src/server.ts";

const cli = fileURLToPath(new URL("../../packages/cli/src/main.ts", import.meta.url));
const password = "a password for the command line";

describe.skipIf(isRemote)("sampan login", () => {
  const server = useServer({ SAMPAN_SIGNUP: "open" });
  let home: string;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), "sampan-home-"));
    const answer = await send(server, {
      method: "POST",
      path: "/api/v1/auth/signup",
      token: null,
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name: "mei", password }),
    });
    expect(answer.status).toBe(201);
  });
  afterAll(() => rm(home, { recursive: true }));

  const sampan = (argv: string[], input = "") =>
    new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
      const { PATH = "" } = process.env;
      const env = { PATH, HOME: home, SAMPAN_URL: server.url };
      const child = spawn(process.execPath, [cli, ...argv], { cwd: home, env });
      let [out, err] = ["", ""];
      child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
      child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
      child.once("close", (code) => resolve({ code, out, err }));
      child.stdin.end(input);
    });
  const path = () => join(home, ".config", "sampan", "credentials.json");

  it("keeps a token that later commands use, for its user only", async () => {
    expect(await sampan(["login", "mei"], `${password}\n`)).toMatchObject({
      code: 0,
      out: `Logged in to ${server.url} as mei\n`,
    });
    expect((await stat(path())).mode & 0o777).toBe(0o600);
    expect(await readFile(path(), "utf8")).not.toContain(password);
    expect((await sampan(["whoami"])).out).toBe(`mei (member) at ${server.url}\n0 B used\n`);
    await writeFile(join(home, "note.txt"), "hello");
    expect((await sampan(["put", "note.txt"])).code).toBe(0);
    expect((await sampan(["ls"])).out).toContain("note.txt");
  });

  it("logs out: the token is dead, and forgotten", async () => {
    await sampan(["login", "mei"], `${password}\n`);
    const kept = JSON.parse(await readFile(path(), "utf8")) as Record<string, { token: string }>;
    const { token } = kept[server.url]!;
    const me = () => send(server, { method: "GET", path: "/api/v1/me", token });
    expect((await me()).status).toBe(200);
    expect((await sampan(["logout"])).out).toBe(`Logged out of ${server.url}\n`);
    expect((await me()).status).toBe(401);
    expect(await readFile(path(), "utf8")).toBe("{}\n");
    expect((await sampan(["whoami"])).code).toBe(2);
    expect((await sampan(["logout"])).code).toBe(0);
  });

  it("says that name or password is wrong, and keeps nothing", async () => {
    const wrong = await sampan(["login", "mei"], "not the password\n");
    expect(wrong.code).not.toBe(0);
    expect(wrong.err).toMatch(/name or the password is wrong/i);
    expect((await sampan(["login", "mei"])).err).toMatch(/No password/);
    expect((await sampan(["login"])).code).toBe(2);
  });
});
