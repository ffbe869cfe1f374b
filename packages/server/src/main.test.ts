/** The process: what it prints, and how it ends. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openFolder } from "./core/testing/engine.ts";
import { openRaw } from "./http/testing/raw.ts";
import { formatHead } from "./http/testing/server.ts";

const entry = fileURLToPath(new URL("./main.ts", import.meta.url));

describe("the process", { timeout: 30_000 }, () => {
  let folder: Awaited<ReturnType<typeof openFolder>>;
  const children: ChildProcess[] = [];
  beforeEach(async () => {
    folder = await openFolder();
  });
  afterEach(async () => {
    for (const child of children.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    await folder[Symbol.asyncDispose]();
  });

  const start = (argv: string[] = [], env: Record<string, string> = {}) => {
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("SAMPAN_"));
    const child = spawn(process.execPath, [entry, ...argv], {
      cwd: folder.path,
      env: { ...Object.fromEntries(inherited), SAMPAN_PORT: "0", SAMPAN_LOG_LEVEL: "warn", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    children.push(child);
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    const ended = once(child, "close").then(() => ({
      code: child.exitCode,
      signal: child.signalCode,
      stdout,
      stderr,
    }));
    const listening = async (): Promise<string> => {
      while (!stdout.includes("\n"))
        await Promise.race([once(child.stdout, "data"), ended.then(fail)]);
      return stdout.slice(0, stdout.indexOf("\n"));
    };
    const fail = (): never => {
      throw new Error(`it ended before it listened: ${stderr}`);
    };
    return { child, ended, listening, stdout: () => stdout };
  };

  it.each<[string, string[], Record<string, string>, RegExp]>([
    ["a flag", ["--port", "x"], {}, /^--port: .*\n$/],
    ["a variable", [], { SAMPAN_DURABILITY: "weak" }, /^SAMPAN_DURABILITY: .*\n$/],
    ["an unknown flag", ["--nonsense"], {}, /^.*--nonsense.*\n$/],
  ])("ends with 2 and one line on a wrong setting: %s", async (_what, argv, env, expected) => {
    const { code, stdout, stderr } = await start(argv, env).ended;
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(expected);
  });

  it.each([
    ["short", "tops3cret"],
    ["a default", "change-me-change-me-change-me-0123456789"],
    ["not random", "abababababababababababababababababababab"],
  ])(
    "ends with 2 and one line on a secret that is %s, without showing it",
    async (_why, secret) => {
      const { code, stdout, stderr } = await start([], { SAMPAN_TOKEN_SECRET: secret }).ended;
      expect([code, stdout]).toEqual([2, ""]);
      expect(stderr).toMatch(/^SAMPAN_TOKEN_SECRET: .*\n$/);
      expect(stderr).not.toContain(secret);
    },
  );

  it("ends with 2 and one line when its signing keys are weak", async () => {
    await mkdir(join(folder.path, "data"));
    const keys = [{ id: "a", secret: "c2VjcmV0", createdAt: 0 }];
    const text = JSON.stringify({ refreshKey: "c2VjcmV0", keys });
    await writeFile(join(folder.path, "data", "signing.keys"), text, { mode: 0o600 });
    const { code, stdout, stderr } = await start().ended;
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^signing\.keys: .*\n$/);
  });

  it("offers to set up the owner until that is done", async () => {
    const first = start();
    const url = (await first.listening()).split(" ").at(-1)!;
    const offer = /^Set up the owner's account.*: (http:\S+)\/setup#(\S+)\n/m;
    const offered = async (): Promise<RegExpExecArray> => {
      for (;;) {
        const found = offer.exec(first.stdout());
        if (found) return found;
        await once(first.child.stdout, "data");
      }
    };
    const [, base, token] = await offered();
    expect(base).toBe(url);
    const made = await fetch(`${url}/api/v1/auth/setup`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ token, name: "mei", password: "a long enough one" }),
    });
    expect(made.status).toBe(201);
    first.child.kill("SIGTERM");
    await first.ended;
    const second = start();
    await second.listening();
    second.child.kill("SIGTERM");
    expect((await second.ended).stdout).not.toMatch(offer);
  });

  it("ends with 2 and one line on a wrong config.json", async () => {
    await writeFile(join(folder.path, "config.json"), '{"port": "x"}');
    const { code, stderr } = await start([], { SAMPAN_PORT: "" }).ended;
    expect(code).toBe(2);
    expect(stderr).toMatch(/^config\.json: port: .*\n$/);
  });

  it("prints its settings and ends when asked", async () => {
    const { code, stdout } = await start(["--print-config"]).ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/^port +0 +\(environment\)$/m);
  });

  it("says where it listens, keeps a second away from its data, and ends with 0 when told to", async () => {
    const first = start();
    const said = await first.listening();
    expect(said).toMatch(/^Sampan is listening on http:\/\/127\.0\.0\.1:\d+$/);
    const url = said.split(" ").at(-1)!;
    expect((await fetch(`${url}/api/v1/health`)).status).toBe(200);

    const second = await start().ended;
    expect(second.code).toBe(2);
    expect(second.stderr).toMatch(/^another Sampan is using .*\n$/);
    expect((await fetch(`${url}/api/v1/health`)).status).toBe(200);

    first.child.kill("SIGTERM");
    expect(await first.ended).toMatchObject({ code: 0, signal: null, stderr: "" });
  });

  it("begins again on the same data after it was killed, with the same token", async () => {
    const first = start();
    await first.listening();
    const token = await readFile(join(folder.path, "data", "owner.token"), "utf8");
    first.child.kill("SIGKILL");
    await first.ended;
    const second = start();
    const url = (await second.listening()).split(" ").at(-1)!;
    expect(await readFile(join(folder.path, "data", "owner.token"), "utf8")).toBe(token);
    const headers = { authorization: `Bearer ${token.trim()}` };
    expect((await fetch(`${url}/api/v1/server`, { headers })).status).toBe(200);
  });

  it("keeps what has arrived of a body when it is told to end", async () => {
    const first = start();
    const { port } = new URL((await first.listening()).split(" ").at(-1)!);
    const token = (await readFile(join(folder.path, "data", "owner.token"), "utf8")).trim();
    const created = await fetch(`http://127.0.0.1:${port}/api/v1/uploads`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ name: "half.bin", size: 1_000_000 }),
    });
    const { id } = (await created.json()) as { id: string };
    await using connection = await openRaw(Number(port));
    const headers = { "upload-offset": "0", "content-length": "1000000" };
    const ask = { method: "PATCH", path: `/uploads/${id}`, headers };
    await connection.write(formatHead(ask, token));
    await connection.write(Buffer.alloc(300_000, 7));
    await expect
      .poll(() => stat(join(folder.path, "data", "staging", id)).then(({ size }) => size), {
        timeout: 10_000,
      })
      .toBeGreaterThan(0);
    first.child.kill("SIGTERM");
    expect(await first.ended).toMatchObject({ code: 0, stderr: "" });

    const second = start();
    const url = (await second.listening()).split(" ").at(-1)!;
    const found = await fetch(`${url}/api/v1/uploads/${id}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    // The last few may still have been on their way to the disk: nobody was told that they are held.
    const { state, offset } = (await found.json()) as { state: string; offset: number };
    expect(state).toBe("receiving");
    expect(offset).toBeGreaterThanOrEqual(256 * 1024);
  });

  it("ends with 2 and one line where it cannot listen", async () => {
    const { code, stderr } = await start([], { SAMPAN_HOST: "256.0.0.1" }).ended;
    expect(code).toBe(2);
    expect(stderr).toMatch(/^Sampan cannot listen on 256\.0\.0\.1:0: .*\n$/);
  });
});
