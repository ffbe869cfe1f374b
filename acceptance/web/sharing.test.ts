/** Sharing as owners and visitors use it: a real browser on both sides. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freshBytes, freshName, mebibyte } from "../src/content.ts";
import { send } from "../src/http.ts";
import { speakNative, type FileInfo } from "../src/native.ts";
import { addPerson, nameOwner } from "../src/people.ts";
import { isRemote, useServer, type Target } from "../src/server.ts";
import { until } from "../src/until.ts";
import { useBrowser } from "./browser.ts";
import { choose, drop, row, signIn, transfer } from "./page.ts";

interface Node {
  readonly id: string;
  readonly name: string;
}
interface Share {
  readonly id: string;
  readonly url: string;
}

const owner = { name: "owner", password: "the owner's password" };
const guest = { name: "ling", password: "password of ling" };

describe.skipIf(isRemote)("sharing in the web app", () => {
  const server = useServer({ SAMPAN_SIGNUP: "open" });
  const visit = useBrowser();
  const native = speakNative(server);
  let local: string;
  let lingTarget: Target;
  beforeAll(async () => {
    local = await mkdtemp(join(tmpdir(), "sampan-sharing-"));
    await nameOwner(server, owner);
    lingTarget = await addPerson(server, guest);
  });
  afterAll(() => rm(local, { recursive: true, force: true }));

  const makeFolder = (path: string, parentId?: string) =>
    native.call<Node>("POST", "/folders", {
      path,
      ...(parentId === undefined ? {} : { parentId }),
    });
  const store = async (name: string, { body, parentId }: { body: Buffer; parentId: string }) => {
    const path = `/api/v1/files/${encodeURIComponent(name)}?parentId=${parentId}`;
    const headers = { "content-type": name.endsWith(".txt") ? "text/plain" : "application/zip" };
    const answer = await send(server, { method: "PUT", path, body, headers });
    expect(answer.status).toBe(201);
    return JSON.parse(answer.text) as FileInfo;
  };
  const childrenOf = async (id: string, target: Target = server): Promise<string[]> => {
    const path = `/nodes/${id}/children?limit=1000`;
    return (await speakNative(target).call<{ items: Node[] }>("GET", path)).items.map(
      ({ name }) => name,
    );
  };
  const share = (body: object) => native.call<Share>("POST", "/shares", body);
  const visitSignedIn = async (person = owner, path = "/"): Promise<Page> => {
    const { page } = await visit(`${server.url}${path}`);
    await signIn(page, person);
    await page.getByRole("button", { name: "Upload", exact: true }).waitFor();
    return page;
  };

  it("makes a link with a password; a visitor guesses, opens, looks, downloads and saves", async () => {
    const folder = await makeFolder(freshName("harbour"));
    const inner = await makeFolder("inner", folder.id);
    const bytes = freshBytes(3 * mebibyte);
    await store("boats.zip", { body: bytes, parentId: folder.id });
    await store("letter.txt", { body: Buffer.from("Dear visitor,\n你好"), parentId: inner.id });

    const page = await visitSignedIn();
    await row(page, folder.name).click();
    await page.keyboard.press("s");
    await page.getByRole("button", { name: "New link" }).click();
    await page.getByLabel("Password", { exact: true }).fill("short");
    await page.getByRole("button", { name: "Create link" }).click();
    await page.getByText("A password has at least 6 characters.").waitFor();
    await page.getByLabel("Password", { exact: true }).fill("open sesame");
    await page.getByRole("button", { name: "Create link" }).click();
    const url = await page.getByLabel("Link to share").inputValue();
    expect(url).toMatch(/\/s\/[\w-]{22}$/);

    const visitor = await visit(url);
    const there = visitor.page;
    await there.getByRole("heading", { name: "This link has a password" }).waitFor();
    expect(await there.getByText(folder.name).count()).toBe(0);
    await there.getByLabel("Password", { exact: true }).fill("close sesame");
    await there.getByRole("button", { name: "Open" }).click();
    await there.getByText("This is not the password.").waitFor();
    await there.getByLabel("Password", { exact: true }).fill("open sesame");
    await there.getByRole("button", { name: "Open" }).click();
    await there.getByRole("heading", { name: folder.name }).waitFor();
    visitor.complaints.length = 0;

    await row(there, "inner").dblclick();
    await there.getByRole("heading", { name: "inner" }).waitFor();
    await row(there, "letter.txt").dblclick();
    await there.getByText("Dear visitor,").waitFor();
    await there.keyboard.press("Escape");
    await there.getByRole("link", { name: folder.name }).click();

    const started = there.waitForEvent("download");
    await row(there, "boats.zip").getByRole("button", { name: "Download boats.zip" }).click();
    const download = await started;
    expect(download.suggestedFilename()).toBe("boats.zip");
    expect((await readFile(await download.path())).equals(bytes)).toBe(true);
    const packing = there.waitForEvent("download");
    await there.getByRole("button", { name: "Download all" }).click();
    expect((await packing).suggestedFilename()).toBe(`${folder.name}.zip`);
    // Opened again, it is open: the browser keeps what the password gave.
    await there.reload();
    await there.getByRole("heading", { name: folder.name }).waitFor();
    expect(visitor.complaints).toEqual([]);

    await there.getByRole("button", { name: "Save to my drive" }).click();
    await signIn(there, guest);
    await there.getByText(`“${folder.name}” is in your files.`).waitFor();
    expect(await childrenOf("root", lingTarget)).toContain(folder.name);
    await there.getByRole("button", { name: "Undo" }).click();
    await there.getByText("It is in your trash.").waitFor();
    expect(await childrenOf("root", lingTarget)).not.toContain(folder.name);

    await page.getByRole("button", { name: "Who used Link" }).click();
    await page.getByText("Wrong password").waitFor();
    await page.getByText("boats.zip").last().waitFor();

    await page.getByRole("button", { name: "Stop sharing by Link" }).click();
    await page.getByRole("button", { name: "Stop", exact: true }).click();
    await page.getByLabel("Link to share").waitFor({ state: "detached" });
    await row(there, "inner").dblclick();
    await there.getByRole("heading", { name: "There is nothing here" }).waitFor();
  });

  it("says in plain words that a link has nothing, is used up, or is only for looking", async () => {
    const folder = await makeFolder(freshName("limits"));
    const file = await store("note.txt", { body: Buffer.from("look at me"), parentId: folder.id });
    const look = await share({ kind: "link", nodeId: file.id, previewOnly: true });
    const { page } = await visit(look.url);
    await page.getByText("look at me").waitFor();
    await page.getByText("Only to look: downloads are turned off.").waitFor();
    expect(await page.getByRole("button", { name: /^Download|^Save/ }).count()).toBe(0);

    const once = await share({ kind: "link", nodeId: file.id, maxDownloads: 1 });
    const second = await visit(once.url);
    await second.page.getByText("1 download left").waitFor();
    const started = second.page.waitForEvent("download");
    await second.page.getByRole("button", { name: "Download" }).click();
    await (await started).path();
    await second.page.getByRole("heading", { name: "All downloads are used up" }).waitFor();

    const nowhere = await visit(`${server.url}/s/${"A".repeat(22)}`, { locale: "zh-TW" });
    await nowhere.page.getByRole("heading", { name: "這裡沒有內容" }).waitFor();
  });

  it("asks for files: whoever has the link sends some, and sees nothing of the others", async () => {
    const folder = await makeFolder(freshName("asked"));
    await store("private.txt", { body: Buffer.from("of somebody else"), parentId: folder.id });
    const page = await visitSignedIn();
    await row(page, folder.name).click();
    await page.getByRole("button", { name: "Share", exact: true }).click();
    await page.getByRole("button", { name: "Ask for files" }).click();
    await page.getByLabel("At most, in GB").fill("0.006");
    await page.getByRole("button", { name: "Create link" }).click();
    const url = await page.getByLabel("Link to send files to you").inputValue();

    const visitor = await visit(url);
    const there = visitor.page;
    await there.getByRole("heading", { name: "owner asks you for files" }).waitFor();
    await there.getByText("6.0 MB still fit, all files together.").waitFor();
    expect(await there.getByText("private.txt").count()).toBe(0);
    const bytes = freshBytes(4_000_000);
    await writeFile(join(local, "large.bin"), bytes);
    await writeFile(join(local, "private.txt"), "mine");
    const chooser = there.waitForEvent("filechooser");
    await there.getByRole("button", { name: "Choose files" }).click();
    await (await chooser).setFiles([join(local, "large.bin")]);
    await transfer(there, "large.bin").getByText("Stored and verified").waitFor();
    await there.getByText("1 file sent. Thank you!").waitFor();
    await there.getByText("2.0 MB still fit, all files together.").waitFor();
    await drop(visitor.devTools, [join(local, "private.txt")]);
    await there.getByText("2 files sent. Thank you!").waitFor();

    await writeFile(join(local, "too-large.bin"), freshBytes(3_000_000));
    const again = there.waitForEvent("filechooser");
    await there.getByRole("button", { name: "Choose files" }).click();
    await (await again).setFiles([join(local, "too-large.bin")]);
    await there.getByText("“too-large.bin” does not fit").waitFor();
    expect(visitor.complaints).toEqual([]);
    expect(await childrenOf(folder.id)).toEqual(["large.bin", "private (2).txt", "private.txt"]);
  });

  it("shares with somebody here, to look and to edit, and takes it back", async () => {
    const folder = await makeFolder(freshName("common"));
    await makeFolder("below", folder.id);
    const page = await visitSignedIn();
    await row(page, folder.name).click();
    await page.getByRole("button", { name: "Share", exact: true }).click();
    await page.getByLabel("Account name").fill("nobody");
    await page.getByRole("button", { name: "Share", exact: true }).last().click();
    await page.getByText("There is no account of this name.").waitFor();
    await page.getByLabel("Account name").fill(guest.name);
    await page.getByRole("button", { name: "Share", exact: true }).last().click();
    await page.getByText(`Shared with ${guest.name}.`).waitFor();

    const there = await visitSignedIn(guest, "/shared");
    await row(there, folder.name).dblclick();
    await there.getByRole("heading", { name: folder.name }).waitFor();
    await row(there, "below").click();
    await there.getByText("1 selected").waitFor();
    for (const name of ["Rename", "Cut", "Move to trash", "Share", "Star"])
      expect(await there.getByRole("button", { name, exact: true }).count(), name).toBe(0);
    const packing = there.waitForEvent("download");
    await there.getByRole("button", { name: "Download", exact: true }).click();
    expect((await packing).suggestedFilename()).toBe("below.zip");

    await page.getByLabel(`What ${guest.name} may do`).selectOption("edit");
    await until(
      () => native.call<{ items: { right: string }[] }>("GET", `/shares?nodeId=${folder.id}`),
      ({ items }) => items[0]?.right === "edit",
    );
    await there.reload();
    await there.getByRole("button", { name: "New folder" }).click();
    await there.getByLabel("New name of New folder").press("Enter");
    expect(
      await until(
        () => childrenOf(folder.id),
        (names) => names.length === 2,
      ),
    ).toEqual(["below", "New folder"]);

    await writeFile(join(local, "brought.bin"), freshBytes(2 * mebibyte));
    await choose(there, [join(local, "brought.bin")]);
    await transfer(there, "brought.bin").getByText("Stored and verified").waitFor();
    expect(await childrenOf(folder.id)).toContain("brought.bin");

    await page.getByRole("button", { name: `Stop sharing with ${guest.name}` }).click();
    await page.getByText(`No longer shared with ${guest.name}.`).waitFor();
    await there.reload();
    await there.getByText("This folder is gone, or was never here.").waitFor();
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByText(`Shared with ${guest.name} again.`).waitFor();
    await there.reload();
    await row(there, "below").waitFor();
  });

  it("lets go of what somebody shares, after a question, by the menu at the pointer", async () => {
    const folder = await makeFolder(freshName("offered"));
    await share({ kind: "user", nodeId: folder.id, name: guest.name });
    const there = await visitSignedIn(guest, "/shared");
    await row(there, folder.name).click({ button: "right" });
    const menu = there.getByRole("menu");
    await menu.waitFor();
    expect(await menu.getByRole("menuitem").allTextContents()).toEqual([
      "Open",
      "Download",
      "Copy",
      "Leave",
      "Details",
    ]);
    await there.keyboard.press("ArrowUp");
    await there.keyboard.press("ArrowUp");
    await there.keyboard.press("Enter");
    await there.getByText("Let go of 1 item?").waitFor();
    await there.getByRole("button", { name: "Leave" }).click();
    await row(there, folder.name).waitFor({ state: "detached" });
    const shares = await native.call<{ items: unknown[] }>("GET", `/shares?nodeId=${folder.id}`);
    expect(shares.items).toEqual([]);
  });

  it("lists everything that is shared, and changes it there", async () => {
    const folder = await makeFolder(freshName("listed"));
    const made = await share({ kind: "link", nodeId: folder.id });
    const page = await visitSignedIn(owner, "/shares");
    const card = page.getByRole("listitem").filter({ hasText: folder.name });
    await card.getByRole("button", { name: "QR code of Link" }).click();
    await card.getByRole("img", { name: `QR code of ${made.url}` }).waitFor();
    await card.getByRole("button", { name: "Change Link" }).click();
    await card.getByLabel("Most downloads").fill("7");
    await card.getByRole("button", { name: "Save" }).click();
    await card.getByText("0 of 7 downloads").waitFor();
    const shown = await native.call<{ maxDownloads: number }>("GET", `/shares/${made.id}`);
    expect(shown.maxDownloads).toBe(7);
  });
});
