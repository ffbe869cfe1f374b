/** One's own account, those of others, and what the server fetches. */
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, it } from "vitest";
import { send } from "../src/http.ts";
import { speakNative } from "../src/native.ts";
import { addPerson, nameOwner, type Person } from "../src/people.ts";
import { isRemote, useServer } from "../src/server.ts";
import { totpCode } from "../src/totp.ts";
import { useBrowser } from "./browser.ts";
import { signIn } from "./page.ts";

const owner = { name: "owner", password: "the owner's password" };
const empty = "Drop files and folders here";

describe.skipIf(isRemote)("accounts in the web app", () => {
  const server = useServer({ SAMPAN_SIGNUP: "open" });
  const visit = useBrowser();
  beforeAll(() => nameOwner(server, owner));

  const visitAs = async (person: Person, path: string): Promise<Page> => {
    const { page } = await visit(`${server.url}${path}`);
    await signIn(page, person);
    await page.getByRole("navigation", { name: "Places" }).waitFor();
    return page;
  };

  it("sets a second factor up, which the next sign-in asks for", async () => {
    const person = { name: "careful", password: "password of careful" };
    await addPerson(server, person);
    const page = await visitAs(person, "/account");
    await page.getByRole("button", { name: "Set up" }).click();
    await page.getByLabel("Confirm with your password").fill("not this one");
    await page.getByRole("button", { name: "Set up" }).click();
    await page.getByText("The name or the password is wrong.").waitFor();
    await page.getByLabel("Confirm with your password").fill(person.password);
    await page.getByRole("button", { name: "Set up" }).click();
    await page.getByRole("img", { name: "QR code with the key" }).waitFor();
    const key = await page.getByRole("textbox", { name: "Key" }).inputValue();
    await page.getByLabel("Six digits").fill("000000");
    await page.getByRole("button", { name: "Turn on" }).click();
    await page.getByText("This code is not valid").waitFor();
    await page.getByLabel("Six digits").fill(totpCode(key));
    await page.getByRole("button", { name: "Turn on" }).click();
    await page.getByRole("button", { name: "I have kept them" }).waitFor();
    const codes = await page.getByRole("listitem").locator("code").allTextContents();
    expect(codes).toHaveLength(10);
    await page.getByRole("button", { name: "I have kept them" }).click();
    await page.getByText("10 recovery codes are left.").waitFor();

    const { page: again } = await visit(server.url);
    await signIn(again, person);
    // The code of this half minute is used up; the next one is good already.
    await again.getByLabel("Second factor").fill(totpCode(key, Date.now() + 30_000));
    await again.getByRole("button", { name: "Sign in" }).click();
    await again.getByText(empty).waitFor();
    const { page: third } = await visit(server.url);
    await signIn(third, person);
    await third.getByLabel("Second factor").fill(codes[0] ?? "");
    await third.getByRole("button", { name: "Sign in" }).click();
    await third.getByText(empty).waitFor();
    await page.reload();
    await page.getByText("9 recovery codes are left.").waitFor();

    await page.getByRole("button", { name: "Turn off" }).click();
    await page.getByLabel("Confirm with your password").fill(person.password);
    await page.getByRole("button", { name: "Turn off" }).click();
    await page.getByText("The second factor is off.").waitFor();
  });

  it("makes a token that programs use, shows it once, and takes it back", async () => {
    const page = await visitAs(owner, "/account");
    await page.getByRole("button", { name: "New token" }).click();
    await page.getByLabel("What it is for").fill("Backup");
    await page.getByRole("button", { name: "Create" }).click();
    const token = await page.getByLabel("Token", { exact: true }).inputValue();
    const ask = (method: string, path: string) =>
      send({ url: server.url, token }, { method, path: `/api/v1${path}` });
    expect((await ask("GET", "/nodes/root/children")).status).toBe(200);
    expect((await ask("DELETE", "/trash")).status).toBe(403);
    await page.getByRole("button", { name: "Done" }).click();
    await page.getByText(token).waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Revoke Backup" }).click();
    await page.getByRole("button", { name: "Revoke", exact: true }).click();
    await page.getByText("No tokens yet.").waitFor();
    expect((await ask("GET", "/nodes/root/children")).status).toBe(401);
  });

  it("lets the owner invite, change and disable people, and nobody else", async () => {
    const page = await visitAs(owner, "/people");
    await page.getByRole("button", { name: "Invite somebody" }).click();
    await page.getByLabel("Storage in GB").fill("1,5");
    await page.getByRole("button", { name: "Make the link" }).click();
    const link = await page.getByLabel("Invitation link").inputValue();
    const invited = { name: "tao", password: "password of tao" };
    const { page: there } = await visit(link);
    await there.getByLabel("Name").fill(invited.name);
    await there.getByLabel("Password", { exact: true }).fill(invited.password);
    await there.getByRole("button", { name: "Create account" }).click();
    await there.getByText(empty).waitFor();
    expect(await there.getByRole("link", { name: "People" }).count()).toBe(0);

    await page.reload();
    const line = page.getByRole("listitem").filter({ hasText: "tao" });
    await line.getByText("0 B of 1.5 GB").waitFor();
    await line.getByRole("button", { name: "Manage tao" }).click();
    await line.getByLabel("Role").selectOption("guest");
    await line.getByRole("button", { name: "Save" }).click();
    await line.getByText("Guest", { exact: true }).waitFor();
    await line.getByRole("button", { name: "Manage tao" }).click();
    await line.getByRole("button", { name: "Disable" }).click();
    await line.getByRole("button", { name: "Disable" }).click();
    await page.getByText("tao is disabled.").waitFor();
    await there.getByRole("link", { name: "Recent" }).click();
    await there.getByText("You were signed out.").waitFor();
    await line.getByRole("button", { name: "Link for a new password" }).click();
    expect(await line.getByLabel("Link for a new password").inputValue()).toContain("/reset#");
  });

  it("shows a guest what is shared with them, and no drive", async () => {
    const native = speakNative(server);
    const person = { name: "visitor", password: "password of visitor" };
    const { id } = await speakNative(await addPerson(server, person)).call<{ id: string }>(
      "GET",
      "/me",
    );
    await native.call("PATCH", `/admin/users/${id}`, { role: "guest" });
    const { id: nodeId } = await native.call<{ id: string }>("POST", "/folders", { path: "Album" });
    await native.call("POST", "/shares", { kind: "user", nodeId, name: person.name });
    const page = await visitAs(person, "/");
    await page.getByRole("row").filter({ hasText: "Album" }).dblclick();
    await page.getByText("This folder is shared for viewing").waitFor();
    expect(await page.getByRole("link", { name: "My files" }).count()).toBe(0);
    expect(await page.getByRole("button", { name: "Upload", exact: true }).count()).toBe(0);
  });

  it("has the server fetch a file, and says in words what does not work", async () => {
    const page = await visitAs(owner, "/fetches");
    await page.getByLabel("Address of a file").fill("http://127.0.0.1/secret");
    await page.getByRole("button", { name: "Fetch", exact: true }).click();
    await page.getByText("This address cannot be fetched.").waitFor();
    await page.getByLabel("Address of a file").fill("https://nowhere.invalid/disk.iso");
    await page.getByRole("button", { name: "Fetch", exact: true }).click();
    await page.getByRole("button", { name: "Cancel https://nowhere.invalid/disk.iso" }).click();
    await page.getByText("Cancelled · nowhere.invalid").waitFor();
    await page.getByRole("button", { name: "Remove https://nowhere.invalid/disk.iso" }).click();
    await page.getByText("Nothing has been fetched yet.").waitFor();

    const person = { name: "member", password: "password of member" };
    await addPerson(server, person);
    const there = await visitAs(person, "/fetches");
    await there.getByText("Only the owner of this server may have it fetch files.").waitFor();
    await there.getByRole("link", { name: "My files" }).first().click();
    await there.getByText(empty).waitFor();
    expect(await there.getByRole("link", { name: "Offline downloads" }).count()).toBe(0);
  });

  it("goes back to an earlier version of a file", async () => {
    const native = speakNative(server);
    const put = (text: string) =>
      send(server, {
        method: "PUT",
        path: "/api/v1/files/plan.txt?onConflict=replace",
        headers: { "content-type": "text/plain" },
        body: Buffer.from(text),
      });
    await put("the first plan");
    await put("the second plan");
    const page = await visitAs(owner, "/");
    await page.getByRole("row").filter({ hasText: "plan.txt" }).dblclick();
    await page.getByText("the second plan").waitFor();
    await page.getByRole("button", { name: "Details of plan.txt" }).click();
    await page.getByRole("button", { name: "Restore version 1" }).click();
    await page.getByText("Version 1 is the current one again.").waitFor();
    await page.getByText("the first plan").waitFor();
    expect((await native.contentOf("plan.txt")).toString()).toBe("the first plan");
  });
});
