/** What files look like, without any of them acting as a page. */
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, it } from "vitest";
import { send } from "../src/http.ts";
import { speakNative } from "../src/native.ts";
import { nameOwner } from "../src/people.ts";
import { isRemote, useServer } from "../src/server.ts";
import { until } from "../src/until.ts";
import { useBrowser } from "./browser.ts";
import { row, signIn } from "./page.ts";

const owner = { name: "owner", password: "the owner's password" };

describe.skipIf(isRemote)("previews in the web app", () => {
  const server = useServer();
  const visit = useBrowser();
  const native = speakNative(server);
  beforeAll(async () => {
    await nameOwner(server, owner);
    const files: [string, string, Buffer][] = [
      ["a tone.wav", "audio/wav", makeTone()],
      ["b page.html", "text/html", Buffer.from("<script>document.title = 'taken over'</script>")],
      ["c paper.pdf", "application/pdf", makePdf("a paper")],
      ["d pretends.pdf", "application/pdf", Buffer.from("<script>alert(1)</script>")],
      ["e sheet.zip", "application/zip", Buffer.from("PK")],
    ];
    for (const [name, type, body] of files) {
      const path = `/api/v1/files/${encodeURIComponent(name)}`;
      const headers = { "content-type": type };
      expect((await send(server, { method: "PUT", path, body, headers })).status).toBe(201);
    }
  });

  const visitSignedIn = async () => {
    const visitor = await visit(server.url);
    await signIn(visitor.page, owner);
    await row(visitor.page, "a tone.wav").waitFor();
    visitor.complaints.length = 0;
    return visitor;
  };
  const secondsOf = (page: Page): Promise<number> =>
    page.locator("audio").evaluate((audio) => (audio as unknown as { duration: number }).duration);

  it("plays, shows and reads, one after the other, and leads back to where one was", async () => {
    const { page, complaints } = await visitSignedIn();
    await row(page, "a tone.wav").dblclick();
    await page.getByRole("heading", { name: "a tone.wav" }).waitFor();
    await until(
      () => secondsOf(page),
      (seconds) => seconds > 0.9,
    );
    await page.getByRole("heading", { name: "a tone.wav" }).focus();
    await page.keyboard.press("ArrowRight");
    await page.getByText("<script>document.title").waitFor();
    expect(await page.title()).toBe("Sampan");
    await page.keyboard.press("ArrowRight");
    await page.locator("iframe").waitFor();
    expect(await page.locator("iframe").getAttribute("src")).toMatch(/^blob:/);
    await page.getByRole("button", { name: "Next: d pretends.pdf" }).click();
    await page.getByText("There is no preview of this file.").waitFor();
    await page.keyboard.press("ArrowRight");
    await page.getByRole("heading", { name: "e sheet.zip" }).waitFor();
    await page.getByText("There is no preview of this file.").waitFor();
    await page.reload();
    await page.getByRole("heading", { name: "e sheet.zip" }).waitFor();
    await page.keyboard.press("Escape");
    await row(page, "e sheet.zip").waitFor();
    expect(new URL(page.url()).search).toBe("");
    expect(complaints).toEqual([]);
  });

  it("spends none of a link's downloads before somebody asks for that", async () => {
    const [tone] = await native.filesNamed("a tone.wav");
    const share = await native.call<{ id: string; url: string }>("POST", "/shares", {
      kind: "link",
      nodeId: tone?.id,
      maxDownloads: 2,
    });
    const { page } = await visit(share.url);
    await page.getByText("2 downloads left").waitFor();
    await page.getByText("Taking it counts as one").waitFor();
    const downloads = async () =>
      (await native.call<{ downloads: number }>("GET", `/shares/${share.id}`)).downloads;
    expect(await downloads()).toBe(0);
    await page.getByRole("button", { name: "Play" }).click();
    await until(
      () => secondsOf(page),
      (seconds) => seconds > 0.9,
    );
    // However many ranges the player asked for.
    expect(await downloads()).toBe(1);
  });
});

/** A second of 440 Hz. */
function makeTone(): Buffer {
  const rate = 8_000;
  const header = Buffer.alloc(44);
  header.write("RIFF", 0);
  header.writeUInt32LE(36 + rate * 2, 4);
  header.write("WAVEfmt ", 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(rate * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write("data", 36);
  header.writeUInt32LE(rate * 2, 40);
  const samples = Buffer.alloc(rate * 2);
  for (let index = 0; index < rate; index += 1)
    samples.writeInt16LE(Math.round(8_000 * Math.sin((index / rate) * 880 * Math.PI)), index * 2);
  return Buffer.concat([header, samples]);
}

function makePdf(text: string): Buffer {
  const stream = `BT /F1 24 Tf 20 100 Td (${text}) Tj ET`;
  const objects = [
    "<</Type/Catalog/Pages 2 0 R>>",
    "<</Type/Pages/Kids[3 0 R]/Count 1>>",
    "<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
    `<</Length ${stream.length}>>stream\n${stream}\nendstream`,
    "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
  ];
  let pdf = "%PDF-1.4\n";
  const offsets = objects.map((object, index) => {
    const offset = pdf.length;
    pdf += `${index + 1} 0 obj${object}endobj\n`;
    return offset;
  });
  const entries = offsets.map((offset) => `${String(offset).padStart(10, "0")} 00000 n \n`);
  const table = `xref\n0 6\n0000000000 65535 f \n${entries.join("")}`;
  return Buffer.from(
    `${pdf}${table}trailer<</Size 6/Root 1 0 R>>\nstartxref\n${pdf.length}\n%%EOF`,
  );
}
