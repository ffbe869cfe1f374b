/** Folders as a person uses them: a real browser, a real server, real folders. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freshName } from "../src/content.ts";
import { speakNative } from "../src/native.ts";
import { nameOwner } from "../src/people.ts";
import { isRemote, useServer } from "../src/server.ts";
import { until } from "../src/until.ts";
import { useBrowser } from "./browser.ts";
import { drop, row, signIn } from "./page.ts";

const owner = { name: "owner", password: "the owner's password" };

interface Node {
  readonly id: string;
  readonly name: string;
}

describe.skipIf(isRemote)("folders in the web app", () => {
  const server = useServer();
  const visit = useBrowser();
  const native = speakNative(server);
  let local: string;
  beforeAll(async () => {
    local = await mkdtemp(join(tmpdir(), "sampan-folders-"));
    await nameOwner(server, owner);
  });
  afterAll(() => rm(local, { recursive: true, force: true }));

  const makeFolder = (path: string) => native.call<Node>("POST", "/folders", { path });
  const childrenOf = async (id: string): Promise<string[]> =>
    (await native.call<{ items: Node[] }>("GET", `/nodes/${id}/children?limit=1000`)).items.map(
      ({ name }) => name,
    );
  const fill = async (parentId: string, names: readonly string[]): Promise<void> => {
    for (const path of names) await native.call("POST", "/folders", { path, parentId });
  };
  const open = async (path = "/") => {
    const visitor = await visit(server.url + path);
    await signIn(visitor.page, owner);
    await visitor.page.getByRole("button", { name: "New folder" }).waitFor();
    visitor.complaints.length = 0;
    return visitor;
  };

  it("takes a whole folder with all that lies in it, more than a browser hands out at once", async () => {
    const tree = join(local, freshName("tree"));
    await mkdir(join(tree, "deep", "er"), { recursive: true });
    await mkdir(join(tree, "empty"));
    const names = Array.from({ length: 230 }, (_, index) => `note ${index}.txt`);
    for (const name of names) await writeFile(join(tree, name), name);
    await writeFile(join(tree, "deep", "er", "last.txt"), "the deepest");

    const { page, devTools, complaints } = await open();
    await drop(devTools, [tree]);
    await page.getByRole("heading", { name: "231 files stored" }).waitFor();
    await row(page, basename(tree)).dblclick();
    await page.getByRole("heading", { name: basename(tree) }).waitFor();
    await row(page, "deep").waitFor();
    const id = page.url().split("/").at(-1) ?? "";
    expect(await childrenOf(id)).toHaveLength(232);
    const path = encodeURIComponent(`/${basename(tree)}/deep/er/last.txt`);
    const last = await native.call<Node>("GET", `/nodes?path=${path}`);
    expect((await native.content(last.id)).toString()).toBe("the deepest");

    await row(page, "deep").dblclick();
    await page.getByRole("heading", { name: "deep" }).waitFor();
    await row(page, "er").dblclick();
    await row(page, "last.txt").waitFor();
    await page.keyboard.press("Alt+ArrowUp");
    await page.getByRole("heading", { name: "deep" }).waitFor();
    await page.goBack();
    await page.getByRole("heading", { name: "er" }).waitFor();
    await page.reload();
    await row(page, "last.txt").waitFor();
    expect(complaints).toEqual([]);
  });

  it("makes, renames, trashes and restores without a question", async () => {
    const { id } = await makeFolder(freshName("work"));
    const { page } = await open(`/folder/${id}`);
    await page.getByRole("button", { name: "New folder" }).click();
    await page.getByLabel("New name of New folder").waitFor();
    await page.keyboard.type("Letters");
    await page.keyboard.press("Enter");
    await row(page, "Letters").click();
    await page.keyboard.press("F2");
    await page.keyboard.type("Post");
    await page.keyboard.press("Enter");
    await row(page, "Post").waitFor();
    expect(
      await until(
        () => childrenOf(id),
        (names) => names[0] === "Post",
      ),
    ).toEqual(["Post"]);
    await page.getByRole("button", { name: "Undo" }).click();
    await row(page, "Letters").waitFor();

    await row(page, "Letters").click();
    await page.keyboard.press("Delete");
    await row(page, "Letters").waitFor({ state: "detached" });
    await page.getByText("“Letters” moved to the trash").waitFor();
    expect(await childrenOf(id)).toEqual([]);
    await page.getByRole("link", { name: "Trash" }).click();
    await page.getByRole("button", { name: "Put Letters back" }).click();
    await page.getByText("“Letters” put back").waitFor();
    expect(await childrenOf(id)).toEqual(["Letters"]);
  });

  it("selects as file managers do, and moves, copies and packs what is selected", async () => {
    const from = await makeFolder(freshName("from"));
    const to = await makeFolder(freshName("to"));
    await fill(from.id, ["apple", "berry", "cherry", "date"]);
    const { page } = await open(`/folder/${from.id}`);
    await row(page, "apple").click();
    await row(page, "cherry").click({ modifiers: ["Shift"] });
    await row(page, "berry").click({ modifiers: ["Control"] });
    await page.getByText("2 selected").waitFor();

    const started = page.waitForEvent("download");
    await page.getByRole("button", { name: "Download", exact: true }).click();
    expect((await started).suggestedFilename()).toMatch(/\.zip$/);

    await page.keyboard.press("Control+x");
    await page.getByRole("link", { name: "My files" }).first().click();
    await row(page, to.name).dblclick();
    await page.getByRole("heading", { name: to.name }).waitFor();
    await page.keyboard.press("Control+v");
    await page.getByText("2 items moved here").waitFor();
    expect(await childrenOf(to.id)).toEqual(["apple", "cherry"]);
    expect(await childrenOf(from.id)).toEqual(["berry", "date"]);
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByText(/Drop files and folders here/).waitFor();
    expect(await childrenOf(from.id)).toEqual(["apple", "berry", "cherry", "date"]);
  });

  it("scrolls through thousands of entries, of which only the visible ones exist", async () => {
    const { id } = await makeFolder(freshName("many"));
    const names = Array.from({ length: 3_000 }, (_, index) => String(index).padStart(5, "0"));
    const body = names.map((name) => `{"name":"${name}","size":0}\n`);
    for (let start = 0; start < body.length; start += 1_000) {
      const answer = await fetch(`${server.url}/api/v1/files/batch?parentId=${id}`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${server.token}`,
          "content-type": "application/vnd.sampan.batch",
        },
        body: body.slice(start, start + 1_000).join(""),
      });
      expect(answer.status).toBe(200);
    }
    const { page } = await open(`/folder/${id}`);
    await row(page, "00000").click();
    for (let press = 0; press < 40; press += 1) {
      await page.keyboard.press("End");
      if (await row(page, "02999").isVisible()) break;
      await page.waitForTimeout(100);
    }
    await row(page, "02999").waitFor();
    expect(await page.getByRole("row").count()).toBeLessThan(80);
  });

  it("follows what happens in the open folder elsewhere", async () => {
    const { id } = await makeFolder(freshName("live"));
    const { page, complaints } = await open(`/folder/${id}`);
    await page.getByText("Drop files and folders here").waitFor();
    const made = await native.call<Node>("POST", "/folders", { path: "appears", parentId: id });
    await row(page, "appears").waitFor();
    await native.call("PATCH", `/nodes/${made.id}`, { name: "is called otherwise" });
    await row(page, "is called otherwise").waitFor();
    await native.call("POST", "/nodes/trash", { ids: [made.id] });
    await row(page, "is called otherwise").waitFor({ state: "detached" });
    expect(complaints).toEqual([]);
  });
});
