import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Finding } from "../doctor/finding.ts";
import { runWith } from "../testing/harness.ts";

interface Answers {
  health?: object;
  status?: number;
  me?: object;
  date?: string;
}

/** As much of a server as is asked. */
async function serve({ health, status = 200, me = {}, date }: Answers = {}): Promise<string> {
  const bodies: Record<string, object> = {
    "/api/v1/health": health ?? { status: "ok", checks: { disk: { status: "ok" } } },
    "/api/v1/me": {
      name: "ann",
      role: "member",
      scopes: ["files:read", "account"],
      usedBytes: 95,
      reservedBytes: 0,
      quotaBytes: null,
      ...me,
    },
    "/api/v1/server": { version: "1.2.3" },
    "/api/v1/me/tokens": { items: [{ name: "old", expiresAt: "2020-01-01T00:00:00Z" }] },
    "/api/v1/uploads": { items: [], nextCursor: null },
  };
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://fake").pathname;
    const isAllowed = path.endsWith("/health") || request.headers.authorization === "Bearer good";
    const body = isAllowed ? bodies[path] : { code: "unauthenticated", title: "No token" };
    if (date !== undefined) response.setHeader("Date", date);
    response.writeHead(isAllowed ? status : 401, { "Content-Type": "application/json" });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function examine(url: string, env: Record<string, string> = {}) {
  const all = { SAMPAN_URL: url, SAMPAN_TOKEN: "good", SAMPAN_DATA_DIR: "/nowhere", ...env };
  const { exitCode, out } = await runWith({ argv: ["doctor", "--json"], env: all });
  const lines = out.trim().split("\n");
  const findings = lines.map((line) => JSON.parse(line) as Finding);
  return { exitCode, of: (check: string) => findings.find((finding) => finding.check === check) };
}

test("all is well where it is, and a token that ends is worth a word", async () => {
  const { exitCode, of } = await examine(await serve());
  expect(exitCode).toBe(0);
  for (const check of ["node", "server", "disk", "clock", "account", "version", "room", "uploads"])
    expect(of(check), check).toMatchObject({ status: "ok" });
  expect(of("token")).toMatchObject({ status: "warning", advice: expect.any(String) });
});

test("a server that is not there is the one problem, with what to do", async () => {
  const { exitCode, of } = await examine("http://127.0.0.1:1");
  expect(exitCode).toBe(1);
  expect(of("server")).toMatchObject({
    status: "problem",
    advice: expect.stringContaining("serve"),
  });
  expect(of("account")).toBeUndefined();
});

test("something else at the address is not taken for a server", async () => {
  const { exitCode, of } = await examine(await serve({ health: { hello: "world" }, status: 404 }));
  expect(exitCode).toBe(1);
  expect(of("server")?.detail).toContain("no Sampan server");
});

test("what the server complains of is a problem, also while it refuses writes", async () => {
  const checks = {
    disk: { status: "degraded", detail: "the disk is full" },
    storage: { status: "ok" },
  };
  const health = { status: "degraded", checks };
  const { exitCode, of } = await examine(await serve({ health }));
  expect(exitCode).toBe(1);
  expect(of("disk")).toMatchObject({ status: "problem", detail: "the disk is full" });
  expect(of("storage")).toMatchObject({ status: "ok" });
});

test("a token that is not accepted is a problem", async () => {
  const { exitCode, of } = await examine(await serve(), { SAMPAN_TOKEN: "bad" });
  expect(exitCode).toBe(1);
  expect(of("account")).toMatchObject({
    status: "problem",
    advice: expect.stringContaining("login"),
  });
});

test("clocks that differ, a drive that is nearly full and secrets for all to read are worth a word", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sampan-doctor-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, "sampan"));
  for (const path of [join(folder, "sampan/credentials.json"), join(folder, "owner.token")]) {
    await writeFile(path, "{}");
    await chmod(path, 0o644);
  }
  const date = new Date(Date.now() - 3_600_000).toUTCString();
  const url = await serve({ date, me: { quotaBytes: 100 } });
  const { exitCode, of } = await examine(url, { XDG_CONFIG_HOME: folder, SAMPAN_DATA_DIR: folder });
  expect(exitCode).toBe(0);
  for (const check of ["clock", "room", "credentials", "owner's token"])
    expect(of(check), check).toMatchObject({ status: "warning", advice: expect.any(String) });
});
