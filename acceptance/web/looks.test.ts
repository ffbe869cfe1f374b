/** Every page on a phone and on a large screen, light and dark, in each language. */
import type { BrowserContextOptions } from "playwright-core";
import { beforeAll, describe, expect, it } from "vitest";
import { send } from "../src/http.ts";
import { speakNative } from "../src/native.ts";
import { nameOwner } from "../src/people.ts";
import { isRemote, useServer } from "../src/server.ts";
import { auditPage } from "./audit.ts";
import { useBrowser } from "./browser.ts";

const owner = { name: "owner", password: "the owner's password" };
const looks: [string, BrowserContextOptions][] = [
  ["a phone, light, English", { viewport: { width: 390, height: 844 }, locale: "en-GB" }],
  [
    "a phone, dark, 简体中文",
    { viewport: { width: 390, height: 844 }, colorScheme: "dark", locale: "zh-CN" },
  ],
  [
    "a large screen, dark, 繁體中文",
    { viewport: { width: 1440, height: 900 }, colorScheme: "dark", locale: "zh-TW" },
  ],
];

describe.skipIf(isRemote)("the web app's pages", () => {
  const server = useServer();
  const visit = useBrowser();
  const native = speakNative(server);
  const paths = ["/", "/shared", "/shares", "/fetches", "/people", "/account", "/trash"];
  beforeAll(async () => {
    await nameOwner(server, owner);
    const folder = await native.call<{ id: string }>("POST", "/folders", {
      path: "A folder with a name that is longer than a phone is wide, 而且很长很长",
    });
    const note = { path: `/api/v1/files/note.txt?parentId=${folder.id}`, body: Buffer.from("hi") };
    const headers = { "content-type": "text/plain" };
    expect((await send(server, { method: "PUT", headers, ...note })).status).toBe(201);
    for (const share of [
      { kind: "link", maxDownloads: 3, expiresAt: "2099-01-01T00:00:00Z" },
      { kind: "link", password: "open sesame" },
      { kind: "request", maxBytes: 1_000_000 },
    ]) {
      const body = { ...share, nodeId: folder.id };
      const { url } = await native.call<{ url: string }>("POST", "/shares", body);
      paths.push(new URL(url).pathname);
    }
    paths.push(`/s/${"A".repeat(22)}`, `/folder/${folder.id}`);
  });

  it.each(looks)("fit, can be read and have named controls on %s", async (_look, options) => {
    const { page } = await visit(`${server.url}/login`, options);
    await page.locator("input[name=username]").fill(owner.name);
    await page.locator("input[name=password]").fill(owner.password);
    expect(await auditPage(page)).toEqual([]);
    await page.locator("button[type=submit]").click();
    await page.locator(".side").waitFor();
    for (const path of paths) {
      await page.goto(`${server.url}${path}`);
      await page.locator("main").waitFor();
      // What it asks for comes in the blink of an eye; its live stream never ends.
      await page.waitForTimeout(500);
      expect(await auditPage(page), path).toEqual([]);
    }
    await page.goto(server.url);
    await page.getByRole("row").nth(1).getByRole("checkbox").check({ force: true });
    await page.keyboard.press("s");
    await page.locator(".link-card").first().waitFor();
    expect(await auditPage(page), "the drawer").toEqual([]);
  });
});
