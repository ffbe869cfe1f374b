/** The web app as a person uses it: a real browser, a real server, real files. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freshBytes, freshName, mebibyte, sha256 } from "../src/content.ts";
import { send } from "../src/http.ts";
import { speakNative } from "../src/native.ts";
import { addPerson, nameOwner } from "../src/people.ts";
import { isRemote, useServer } from "../src/server.ts";
import { until } from "../src/until.ts";
import { useBrowser } from "./browser.ts";
import { choose as choosePaths, row, signIn, transfer } from "./page.ts";

interface LocalFile {
  readonly path: string;
  readonly name: string;
  readonly bytes: Buffer;
}

const owner = { name: "owner", password: "the owner's password" };

describe.skipIf(isRemote)("the web app", () => {
  const server = useServer({ SAMPAN_SIGNUP: "open" });
  const visit = useBrowser();
  const native = speakNative(server);
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "sampan-web-"));
    await nameOwner(server, owner);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const makeFile = async (length: number): Promise<LocalFile> => {
    const path = join(folder, freshName());
    const bytes = freshBytes(length);
    await writeFile(path, bytes);
    return { path, name: basename(path), bytes };
  };
  const visitSignedIn = async () => {
    const visitor = await visit(server.url);
    await signIn(visitor.page, owner);
    await visitor.page.getByRole("button", { name: "Upload", exact: true }).waitFor();
    // That nobody was signed in yet is a refusal, which a browser's console shows.
    expect(visitor.complaints.every((text) => text.includes("401"))).toBe(true);
    visitor.complaints.length = 0;
    return visitor;
  };
  const store = async (file: LocalFile): Promise<void> => {
    const path = `/api/v1/files/${file.name}`;
    const answer = await send(server, { method: "PUT", path, body: file.bytes });
    expect(answer.status).toBe(201);
  };

  it("refuses a wrong password in plain words, and keeps the session where no script sees it", async () => {
    const { page } = await visit(`${server.url}/some/old/link`);
    await signIn(page, { ...owner, password: "not this one" });
    await page.getByText("The name or the password is wrong.").waitFor();
    await signIn(page, owner);
    await page.getByText("Drop files and folders here").waitFor();
    await page.reload();
    await page.getByText("Drop files and folders here").waitFor();
    expect(await page.evaluate(() => [document.cookie, localStorage.length])).toEqual(["", 0]);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Password", { exact: true }).waitFor();
    await page.reload();
    await page.getByLabel("Password", { exact: true }).waitFor();
  });

  it("uploads what is chosen and what is dropped, verified", async () => {
    const { page, complaints } = await visitSignedIn();
    const [large, small] = [await makeFile(30 * mebibyte + 77), await makeFile(1234)];
    await choose(page, large, small);
    const dropped = { name: freshName("txt"), text: "dropped onto the page" };
    await page.evaluate(({ name, text }) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([text], name));
      const init = { dataTransfer, bubbles: true, cancelable: true };
      document.body.dispatchEvent(new DragEvent("dragover", init));
      document.body.dispatchEvent(new DragEvent("drop", init));
    }, dropped);
    for (const { name } of [large, small, dropped]) {
      await transfer(page, name).getByText("Stored and verified").waitFor();
      await row(page, name).waitFor();
    }
    await page.getByRole("heading", { name: "3 files stored" }).waitFor();
    expect((await native.filesNamed(large.name))[0]?.digests.sha256).toBe(sha256(large.bytes));
    expect(await native.contentOf(small.name)).toEqual(small.bytes);
    expect((await native.contentOf(dropped.name)).toString()).toBe(dropped.text);
    expect(complaints).toEqual([]);
  });

  it("recognises a file that is there already, and asks what to do about other bytes of its name", async () => {
    const { page } = await visitSignedIn();
    const file = await makeFile(2 * mebibyte);
    await store(file);
    await choose(page, file);
    await transfer(page, file.name).getByText("Already here, nothing had to be sent").waitFor();
    await writeFile(file.path, freshBytes(2 * mebibyte));
    await choose(page, file);
    await page.getByText("Something else here already has this name.").waitFor();
    await page.getByRole("button", { name: "Keep both", exact: true }).click();
    await page.getByText("Stored and verified").waitFor();
    expect((await native.contentOf(file.name)).equals(file.bytes)).toBe(true);
    const stem = file.name.replace(/\.bin$/, "");
    const path = `/files?prefix=${stem}`;
    expect((await native.call<{ items: unknown[] }>("GET", path)).items).toHaveLength(2);
  });

  it("pauses, resumes, asks before it is left, and continues after a reload", async () => {
    const { page, dialogs, throttle } = await visitSignedIn();
    const file = await makeFile(40 * mebibyte);
    const held = async (): Promise<number> =>
      (await native.openUploads()).find(({ name }) => name === file.name)?.receivedBytes ?? 0;
    await throttle(8 * mebibyte);
    await choose(page, file);
    await until(held, (bytes) => bytes >= 8 * mebibyte);
    await page.getByRole("button", { name: `Pause ${file.name}` }).click();
    await transfer(page, file.name).getByText("Paused").waitFor();
    await page.getByRole("button", { name: `Resume ${file.name}` }).click();
    await page.getByRole("button", { name: `Pause ${file.name}` }).waitFor();
    await until(held, (bytes) => bytes >= 16 * mebibyte);
    await page.reload();
    expect(dialogs).toEqual(["beforeunload"]);

    const [before] = await native.openUploads();
    await page.getByText("Add the file again to continue.").waitFor();
    await choose(page, file);
    await transfer(page, file.name).getByText("were already there").waitFor();
    await page.getByText("Add the file again to continue.").waitFor({ state: "detached" });
    const after = await native.call<{ state: string }>("GET", `/uploads/${before?.id}`);
    expect(after.state).toBe("complete");
    expect(await native.openUploads()).toEqual([]);
    expect((await native.contentOf(file.name)).equals(file.bytes)).toBe(true);
  });

  it("cancels, and the server forgets what it held", async () => {
    const { page, throttle } = await visitSignedIn();
    await throttle(4 * mebibyte);
    await choose(page, await makeFile(40 * mebibyte), await makeFile(20 * mebibyte));
    await until(native.openUploads, (uploads) => uploads.length === 2);
    await page.getByRole("button", { name: "Cancel all" }).click();
    await page.getByRole("button", { name: "Keep going" }).waitFor();
    await page.getByRole("button", { name: "Cancel all" }).click();
    expect(await until(native.openUploads, (uploads) => uploads.length === 0)).toEqual([]);
    await page.getByRole("button", { name: "Clear done" }).click();
    await page.getByRole("region", { name: "Transfers" }).waitFor({ state: "detached" });
  });

  it("finds any part of a name, downloads byte for byte, takes a deletion back", async () => {
    const [file, other] = [await makeFile(3 * mebibyte), await makeFile(10)];
    await store(file);
    await store(other);
    const { page, complaints } = await visitSignedIn();
    await row(page, other.name).waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type(file.name.slice(3, 16));
    await row(page, other.name).waitFor({ state: "detached" });

    const started = page.waitForEvent("download");
    await page.getByRole("button", { name: `Download ${file.name}` }).click();
    const download = await started;
    expect(download.suggestedFilename()).toBe(file.name);
    expect(sha256(await readFile(await download.path()))).toBe(sha256(file.bytes));

    await row(page, file.name).click();
    await page.keyboard.press("Delete");
    await page.getByText("Nothing is named like").waitFor();
    await page.getByText("moved to the trash").waitFor();
    expect(await native.filesNamed(file.name)).toEqual([]);
    await page.getByRole("button", { name: "Undo" }).click();
    await row(page, file.name).waitFor();
    expect(await native.filesNamed(file.name)).toHaveLength(1);
    expect(complaints).toEqual([]);
  });

  it("shows what is stored and deleted elsewhere, without being asked", async () => {
    const { page, complaints } = await visitSignedIn();
    const file = await makeFile(100);
    await store(file);
    await page.getByText(file.name).first().waitFor();
    const [stored] = await native.filesNamed(file.name);
    await native.call("DELETE", `/files/${stored!.id}`);
    await page.getByText(file.name).first().waitFor({ state: "detached" });
    expect(complaints).toEqual([]);
  });

  it("goes on where it was after the server was killed", async () => {
    const { page, throttle } = await visitSignedIn();
    const file = await makeFile(30 * mebibyte);
    await throttle(8 * mebibyte);
    await choose(page, file);
    await until(native.openUploads, ([upload]) => (upload?.receivedBytes ?? 0) >= 8 * mebibyte);
    await server.kill();
    await page.getByText("Connection lost. Trying again…").waitFor();
    await server.start();
    await transfer(page, file.name).getByText("Stored and verified").waitFor();
    expect((await native.contentOf(file.name)).equals(file.bytes)).toBe(true);
  });

  it("stops sending what another account has stored, once the file is hashed", async () => {
    const file = await makeFile(30 * mebibyte + 5);
    await store(file);
    const other = { name: "somebody", password: "another password" };
    const guest = await addPerson(server, other);
    const { page, throttle } = await visit(server.url);
    await signIn(page, other);
    await page.getByRole("button", { name: "Upload", exact: true }).waitFor();
    await throttle(2 * mebibyte);
    await choose(page, file);
    await transfer(page, file.name).getByText("Already here").waitFor();
    const files = speakNative(guest);
    expect((await files.contentOf(file.name)).equals(file.bytes)).toBe(true);
    expect(await files.openUploads()).toEqual([]);
  });

  it("speaks the visitor's language", async () => {
    const { page } = await visit(server.url, { locale: "zh-CN" });
    await page.getByRole("button", { name: "登录" }).waitFor();
    expect(await page.locator("html").getAttribute("lang")).toBe("zh-CN");
    await page.getByLabel("语言").selectOption("zh-TW");
    await page.getByRole("button", { name: "登入" }).waitFor();
    await page.getByLabel("語言").selectOption("en");
    await page.getByRole("button", { name: "Sign in" }).waitFor();
  });

  it("is served so that no foreign script can run, and no build outlives its page", async () => {
    const get = (path: string, accept: string) =>
      send(server, { method: "GET", path, headers: { accept }, token: null });
    const page = await get("/", "text/html");
    expect(page.headers["cache-control"]).toBe("no-cache");
    expect(page.headers["content-security-policy"]).toMatch(
      /default-src 'none'; script-src 'self';/,
    );
    expect(page.text).not.toMatch(/<script>|style=/);
    const asset = /\/assets\/[^"]+\.js/.exec(page.text)?.[0] ?? "";
    expect((await get(asset, "*/*")).headers["cache-control"]).toMatch(
      /max-age=31536000, immutable/,
    );
    for (const [path, accept] of [
      ["/assets/gone.js", "text/html"],
      ["/api/v1/nothing", "text/html"],
      ["/nothing", "application/json"],
    ] as const) {
      const answer = await get(path, accept);
      expect({ path, status: answer.status }).toEqual({ path, status: 404 });
      expect(answer.headers["content-type"]).toMatch(/problem\+json/);
    }
  });
});

function choose(page: Page, ...files: LocalFile[]): Promise<void> {
  return choosePaths(
    page,
    files.map(({ path }) => path),
  );
}
