/** The scripts of `docs/coming-from/*.md`, as a reader would run them. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { freshBytes, sha256 } from "../src/content.ts";
import { speakNative } from "../src/native.ts";
import { isRemote, useServer, type Server } from "../src/server.ts";

const execute = promisify(execFile);

interface Run {
  readonly printed: string;
  /** What the script downloaded, where it did. */
  readonly copy: Buffer | undefined;
}

async function runPage(
  server: Server,
  { page, file, bytes }: { page: string; file: string; bytes: Buffer },
): Promise<Run> {
  const url = new URL(`../../docs/coming-from/${page}.md`, import.meta.url);
  const [, script] = /```sh\n([^]*?)```/.exec(await readFile(url, "utf8")) ?? [];
  if (script === undefined) throw new Error("the page has no script");
  const cwd = await mkdtemp(join(tmpdir(), "sampan-curl-"));
  try {
    await writeFile(join(cwd, file), bytes);
    const local = script.replace("http://127.0.0.1:18101", server.url.replace(/\/$/, ""));
    const env = { ...process.env, TOKEN: server.token };
    const { stdout } = await execute("sh", ["-ec", local], { cwd, env });
    const copy = await readFile(join(cwd, "copy.jpg")).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      return undefined;
    });
    return { printed: stdout, copy };
  } finally {
    await rm(cwd, { recursive: true });
  }
}

describe("curl and a shell are client enough", () => {
  const server = useServer();

  it("of the task API", async () => {
    const bytes = freshBytes(100_000);
    const { printed } = await runPage(server, { page: "task-api", file: "report.pdf", bytes });
    expect(printed).toMatch(/\{"download_url":"\/uploads\/[^"]+"\}$/);
    expect(sha256(await speakNative(server).contentOf("report.pdf"))).toBe(sha256(bytes));
  });

  it.each(["go-uploader", "multipart-api"])("of the page %s", async (page) => {
    const bytes = freshBytes(100_000);
    const { copy } = await runPage(server, { page, file: "photo.jpg", bytes });
    expect(sha256(copy!)).toBe(sha256(bytes));
  });
});

describe.skipIf(isRemote)("curl and a shell are client enough, for who signs up", () => {
  const open = useServer({ SAMPAN_SIGNUP: "open" });

  it.each(["drive-api", "netdisk"])("of the page %s", async (page) => {
    const bytes = freshBytes(100_000);
    const { copy } = await runPage(open, { page, file: "photo.jpg", bytes });
    expect(sha256(copy!)).toBe(sha256(bytes));
  });
});
