/** A real Chromium on the web app of the server under test. */
import { existsSync } from "node:fs";
import {
  chromium,
  type Browser,
  type BrowserContextOptions,
  type CDPSession,
  type Page,
} from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";

const { SAMPAN_CHROMIUM: chosenPath } = process.env;
const executablePath = chosenPath ?? "/usr/bin/chromium";

export interface Visitor {
  readonly page: Page;
  /** What the page complained of: exceptions, blocked resources, failed requests. */
  readonly complaints: string[];
  readonly devTools: CDPSession;
  /** Kinds of the dialogs that the browser showed; each was accepted. */
  readonly dialogs: readonly string[];
  /** Limits what leaves this page; null lifts the limit. */
  throttle(bytesPerSecond: number | null): Promise<void>;
}

/** Opens pages of a browser that lives as long as the tests of this block; without one they are skipped. */
export function useBrowser(): (url: string, options?: BrowserContextOptions) => Promise<Visitor> {
  let browser: Browser | undefined;
  beforeAll(async () => {
    if (!existsSync(executablePath)) return;
    browser = await chromium.launch({
      executablePath,
      args: [
        // Continuous integration is root, for whom Chromium's sandbox refuses to start.
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    });
  });
  beforeEach((context) => {
    if (browser === undefined)
      context.skip(`needs Chromium at ${executablePath} (SAMPAN_CHROMIUM)`);
  });
  afterEach(async () => {
    await Promise.all(browser?.contexts().map((context) => context.close()) ?? []);
  });
  afterAll(() => browser?.close());

  return async (url, options = {}) => {
    if (browser === undefined) throw new Error("the browser is there once tests run");
    const context = await browser.newContext({ locale: "en-US", ...options });
    const page = await context.newPage();
    const complaints: string[] = [];
    const dialogs: string[] = [];
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    page.on("dialog", (dialog) => {
      dialogs.push(dialog.type());
      void dialog.accept();
    });
    await page.goto(url);
    const devTools = await context.newCDPSession(page);
    return {
      page,
      devTools,
      complaints,
      dialogs,
      async throttle(bytesPerSecond) {
        await devTools.send("Network.emulateNetworkConditions", {
          offline: false,
          latency: 0,
          downloadThroughput: -1,
          uploadThroughput: bytesPerSecond ?? -1,
        });
      },
    };
  };
}
