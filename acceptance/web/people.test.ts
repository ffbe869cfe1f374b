/** Coming in: the links that the server gives out, passwords, second factors. */
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { speakNative } from "../src/native.ts";
import { addPerson } from "../src/people.ts";
import { isRemote, useServer } from "../src/server.ts";
import { totpCode } from "../src/totp.ts";
import { useBrowser } from "./browser.ts";
import { signIn } from "./page.ts";

const empty = "Drop files and folders here";

async function fillPerson(page: Page, name: string): Promise<void> {
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Password", { exact: true }).fill(passwordOf(name));
}
const passwordOf = (name: string): string => `password of ${name}`;

describe.skipIf(isRemote)("coming in to the web app", () => {
  const server = useServer({ SAMPAN_SIGNUP: "open" });
  const visit = useBrowser();
  const native = speakNative(server);

  it("lets the owner choose a name by the link of the first start, once", async () => {
    const { page } = await visit(server.setUpLink);
    await page.getByRole("heading", { name: "Welcome aboard" }).waitFor();
    await page.getByLabel("Name").fill("mei");
    await page.getByLabel("Password", { exact: true }).fill("short");
    await page.getByRole("button", { name: "Begin" }).click();
    await page.getByText("This password is too short or too long.").waitFor();
    await fillPerson(page, "mei");
    await page.getByRole("button", { name: "Begin" }).click();
    await page.getByText(empty).waitFor();
    expect(new URL(page.url()).pathname + new URL(page.url()).hash).toBe("/");
    expect((await native.call<{ name: string }>("GET", "/me")).name).toBe("mei");

    const again = await visit(server.setUpLink);
    await fillPerson(again.page, "mallory");
    await again.page.getByRole("button", { name: "Begin" }).click();
    await again.page.getByText("This link is used up, expired or incomplete.").waitFor();
  });

  it("takes in whoever was invited", async () => {
    const { url } = await native.call<{ url: string }>("POST", "/admin/invitations", {});
    const { page } = await visit(new URL(url, server.url).href);
    await page.getByRole("heading", { name: "You are invited" }).waitFor();
    await fillPerson(page, "ling");
    await page.getByRole("button", { name: "Create account" }).click();
    await page.getByText(empty).waitFor();
    await page.getByRole("link", { name: "Account of ling" }).waitFor();
    const { items } = await native.call<{ items: { name: string }[] }>("GET", "/admin/users");
    expect(items.map(({ name }) => name)).toContain("ling");
  });

  it("gives a new password by an admin's link, and ends every session", async () => {
    const person = { name: "forgetful", password: passwordOf("forgetful") };
    const target = await addPerson(server, person);
    const { id } = await speakNative(target).call<{ id: string }>("GET", "/me");
    const { page } = await visit(server.url);
    await signIn(page, person);
    await page.getByText(empty).waitFor();

    const { url } = await native.call<{ url: string }>("POST", `/admin/users/${id}/reset-link`);
    const other = await visit(new URL(url, server.url).href);
    await other.page.getByLabel("New password").fill("remembered better");
    await other.page.getByRole("button", { name: "Change password" }).click();
    await other.page.getByText("Your password is changed.").waitFor();
    await signIn(other.page, { ...person, password: "remembered better" });
    await other.page.getByText(empty).waitFor();

    await page.getByRole("link", { name: "Recent" }).click();
    await page.getByText("You were signed out.").waitFor();
    expect(await page.getByRole("link", { name: "Recent" }).count()).toBe(0);
  });

  it("asks for the second factor where there is one", async () => {
    const person = { name: "careful", password: passwordOf("careful") };
    const files = speakNative(await addPerson(server, person));
    const { password } = person;
    const { secret } = await files.call<{ secret: string }>("POST", "/me/totp", { password });
    const code = totpCode(secret);
    const { recoveryCodes } = await files.call<{ recoveryCodes: string[] }>(
      "POST",
      "/me/totp/confirm",
      { code },
    );
    const { page } = await visit(server.url);
    await signIn(page, person);
    await page.getByLabel("Second factor").fill("000000");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("This code is not valid").waitFor();
    await page.getByLabel("Second factor").fill(recoveryCodes[0] ?? "");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText(empty).waitFor();
    const me = await files.call<{ recoveryCodesLeft: number }>("GET", "/me");
    expect(me.recoveryCodesLeft).toBe(recoveryCodes.length - 1);
  });

  it("says why a sign-in elsewhere came to nothing", async () => {
    const { page } = await visit(`${server.url}/login?error=signup-closed`);
    const reason = page.getByText("New accounts need an invitation here.");
    await reason.waitFor();
    expect(await reason.getAttribute("role")).toBe("alert");
  });

  it("signs up, changes the password and signs another device out", async () => {
    const { page } = await visit(server.url);
    await page.getByRole("button", { name: "Create an account" }).click();
    await fillPerson(page, "new.one");
    await page.getByRole("button", { name: "Create account" }).click();
    await page.getByText(empty).waitFor();
    const other = await visit(server.url);
    await signIn(other.page, { name: "new.one", password: passwordOf("new.one") });
    await other.page.getByText(empty).waitFor();

    await page.getByRole("link", { name: "Account of new.one" }).click();
    await page.getByRole("button", { name: /^Sign out Chrome/ }).click();
    await page.getByRole("button", { name: /^Sign out Chrome/ }).waitFor({ state: "detached" });
    await other.page.getByRole("link", { name: "Recent" }).click();
    await other.page.getByText("You were signed out.").waitFor();

    await page.getByLabel("Current password").fill("wrong");
    await page.getByLabel("New password").fill("a better password");
    await page.getByRole("button", { name: "Change password" }).click();
    await page.getByText("The name or the password is wrong.").waitFor();
    await page.getByLabel("Current password").fill(passwordOf("new.one"));
    await page.getByRole("button", { name: "Change password" }).click();
    await page.getByText("Your password is changed.").waitFor();
    const person = { name: "new.one", password: "a better password" };
    const again = await visit(server.url);
    await signIn(again.page, person);
    await again.page.getByText(empty).waitFor();
    expect(await again.page.getByRole("link", { name: "Account of new.one" }).count()).toBe(1);
  });
});
