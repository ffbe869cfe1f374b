/** What a person does on the page, in the words that the page shows. */
import type { CDPSession, Locator, Page } from "playwright-core";
import type { Person } from "../src/people.ts";

export async function signIn(page: Page, { name, password }: Person): Promise<void> {
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

export async function choose(page: Page, paths: readonly string[]): Promise<void> {
  const chooser = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: "Upload", exact: true }).click();
  await (await chooser).setFiles([...paths]);
}

/** As from a file manager beside the browser: whole folders too. */
export async function drop(devTools: CDPSession, paths: readonly string[]): Promise<void> {
  const data = { items: [], files: [...paths], dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"] as const) {
    await devTools.send("Input.dispatchDragEvent", { type, x: 500, y: 400, data });
  }
}

export function transfer(page: Page, name: string): Locator {
  return page
    .getByRole("region", { name: "Transfers" })
    .getByRole("listitem")
    .filter({ hasText: name });
}

export function row(page: Page, name: string): Locator {
  return page.getByRole("row").filter({ hasText: name });
}
