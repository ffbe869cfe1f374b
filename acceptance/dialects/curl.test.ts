/** The script of `docs/coming-from/task-api.md`, as a reader would run it. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { freshBytes, sha256 } from "../src/content.ts";
import { speakNative } from "../src/native.ts";
import { useServer } from "../src/server.ts";

const execute = promisify(execFile);
const server = useServer();

it("task API: curl and a shell are client enough", async () => {
  const page = new URL("../../docs/coming-from/task-api.md", import.meta.url);
  const [, script] = /```sh\n([^]*?)```/.exec(await readFile(page, "utf8")) ?? [];
  if (script === undefined) throw new Error("the page has no script");
  const cwd = await mkdtemp(join(tmpdir(), "sampan-curl-"));
  try {
    const bytes = freshBytes(100_000);
    await writeFile(join(cwd, "report.pdf"), bytes);
    const local = script.replace("http://127.0.0.1:18101", server.url.replace(/\/$/, ""));
    const env = { ...process.env, TOKEN: server.token };
    const { stdout } = await execute("sh", ["-ec", local], { cwd, env });
    expect(stdout).toMatch(/\{"download_url":"\/uploads\/[^"]+"\}$/);
    expect(sha256(await speakNative(server).contentOf("report.pdf"))).toBe(sha256(bytes));
  } finally {
    await rm(cwd, { recursive: true });
  }
});
