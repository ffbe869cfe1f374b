import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createApp } from "../app.ts";
import { registerWeb, type WebRoutes } from "./routes.ts";

const browser = { accept: "text/html,application/xhtml+xml" };

describe("the web app's routes", () => {
  let webFolder: string;

  beforeEach(async () => {
    webFolder = await mkdtemp(join(tmpdir(), "sampan-web-"));
  });
  afterEach(() => rm(webFolder, { recursive: true, force: true }));

  const open = () =>
    createApp({
      logger: pino({ level: "silent" }),
      version: "0",
      // Nothing here gets as far as the drive.
      registerDialects: (app) => registerWeb(app, { webFolder } as WebRoutes),
    });
  const build = async (): Promise<void> => {
    await mkdir(join(webFolder, "assets"));
    await writeFile(join(webFolder, "index.html"), "the page");
    await writeFile(join(webFolder, "assets/app-1.js"), "plain");
    await writeFile(join(webFolder, "assets/app-1.js.br"), "compressed");
  };

  it("say where the documentation is while no app is built", async () => {
    await using app = await open();
    const answer = await app.inject({ url: "/", headers: browser });
    expect(answer.statusCode).toBe(200);
    expect(answer.body).toContain('href="/api/docs"');
    expect((await app.inject({ url: "/other", headers: browser })).statusCode).toBe(404);
  });

  it("answer every address that a person may type with the page, never from a cache", async () => {
    await build();
    await using app = await open();
    for (const url of ["/", "/some/folder?x=1", "/index.html"]) {
      const answer = await app.inject({ url, headers: browser });
      expect(answer.body, url).toBe("the page");
      expect(answer.headers["cache-control"]).toBe("no-cache");
      expect(answer.headers["content-type"]).toBe("text/html; charset=utf-8");
      expect(answer.headers["content-security-policy"]).toContain("default-src 'none'");
      expect(answer.headers["x-content-type-options"]).toBe("nosniff");
    }
  });

  it("tell programs that an address is wrong", async () => {
    await build();
    await using app = await open();
    for (const [url, accept] of [
      ["/some/folder", "application/json"],
      ["/some/folder", "*/*"],
      ["/api", browser.accept],
      ["/api/v9/files", browser.accept],
      ["/files/1", browser.accept],
      ["/assets/app-0.js", browser.accept],
    ] as const) {
      const answer = await app.inject({ url, headers: { accept } });
      expect(answer.statusCode, url).toBeGreaterThanOrEqual(400);
      expect(answer.statusCode, url).toBeLessThan(500);
      expect(answer.json(), url).toHaveProperty("code");
    }
  });

  it("send assets for ever, compressed as they were built", async () => {
    await build();
    await using app = await open();
    const url = "/assets/app-1.js";
    const plain = await app.inject({ url });
    expect(plain.body).toBe("plain");
    expect(plain.headers["cache-control"]).toBe("public, max-age=31536000, immutable");
    const compressed = await app.inject({ url, headers: { "accept-encoding": "gzip, br" } });
    expect(compressed.body).toBe("compressed");
    expect(compressed.headers["content-encoding"]).toBe("br");
    expect(compressed.headers["content-type"]).toMatch(/javascript; charset=utf-8$/);
  });
});
