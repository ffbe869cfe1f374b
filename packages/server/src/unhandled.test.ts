/** Failures that nothing handles: of one request, and so of nobody else. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { openFolder } from "./core/testing/engine.ts";

const entry = fileURLToPath(new URL("./main.ts", import.meta.url));

/** Loaded before the server: two answers of it fail where nobody looks. */
const sabotage = `
import { ServerResponse } from "node:http";
const { end } = ServerResponse.prototype;
ServerResponse.prototype.end = function (...args) {
  if (this.req?.url === "/api/ping?timer")
    setTimeout(() => { throw new Error("thrown in a timer"); });
  if (this.req?.url === "/api/ping?promise") void Promise.reject(new Error("rejected"));
  return end.apply(this, args);
};`;

describe("a failure that nothing handles", { timeout: 60_000 }, () => {
  it("is logged with its request's id and counted, and the server goes on", async () => {
    await using folder = await openFolder();
    const preload = join(folder.path, "sabotage.mjs");
    await writeFile(preload, sabotage);
    const child = spawn(process.execPath, ["--import", preload, entry], {
      cwd: folder.path,
      env: { PATH: process.env["PATH"], SAMPAN_PORT: "0", SAMPAN_DATA_DIR: "data" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    try {
      let [out, log] = ["", ""];
      child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
      child.stderr.setEncoding("utf8").on("data", (text: string) => (log += text));
      await expect.poll(() => out, { timeout: 30_000 }).toMatch(/listening on http:\S+\n/);
      const [, url] = /listening on (http:\S+)/.exec(out)!;
      for (const how of ["timer", "promise"])
        expect((await fetch(`${url}/api/ping?${how}`)).status).toBe(200);
      const lines = () =>
        log
          .split("\n")
          .filter((line) => line.includes("a failure that nothing handles"))
          .map((line) => JSON.parse(line) as { err: { message: string }; requestId?: string });
      await expect.poll(() => lines().length).toBe(2);
      expect(lines().map(({ err }) => err.message)).toEqual(["thrown in a timer", "rejected"]);
      const ids = lines().map(({ requestId }) => requestId);
      for (const id of ids) expect(id).toMatch(/^[0-9a-f-]{36}$/);
      expect(new Set(ids).size).toBe(2);
      const token = (await readFile(join(folder.path, "data", "owner.token"), "utf8")).trim();
      const headers = { authorization: `Bearer ${token}` };
      const metrics = await fetch(`${url}/go-uploader/metrics`, { headers });
      expect(await metrics.text()).toMatch(/^sampan_\w*errors\w*\{kind="process"\} 2$/m);
      expect(child.exitCode).toBeNull();
    } finally {
      child.kill("SIGTERM");
      if (child.exitCode === null) await once(child, "exit");
    }
  });
});
