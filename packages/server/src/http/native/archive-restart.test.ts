import { expect, it } from "vitest";
import { readZip } from "../../core/archive/testing/read-zip.ts";
import { openFolder } from "../../core/testing/engine.ts";
import { contentOf } from "../../core/testing/sources.ts";
import { startServer } from "../testing/server.ts";

it("a download of a kept selection goes on after a restart, under its address and by a browser's ticket", async () => {
  await using folder = await openFolder();
  const content = contentOf(1, 2 * 1024 * 1024 + 5);
  const settings = { dataDir: folder.path };
  let path: string;
  let etag: string;
  let begun: Buffer;
  let size: number;
  let ticket: string;
  {
    await using server = await startServer(settings);
    const put = { method: "PUT", path: "/files/large.bin", body: content };
    const { id } = (await server.ask(put)).json();
    const kept = await server.ask({ method: "POST", path: "/archive", json: { ids: [id] } });
    expect(kept.status).toBe(201);
    path = String(kept.json()["url"]).replace("/api/v1", "");
    size = Number(kept.json()["size"]);
    const first = await server.ask({ path, headers: { range: "bytes=0-999999" } });
    begun = first.body;
    etag = first.headers.get("etag")!;
    const asked = await fetch(`http://127.0.0.1:${server.port}/api/web/downloads`, {
      method: "POST",
      body: JSON.stringify({ archiveId: kept.json()["id"] }),
      headers: { "content-type": "application/json", authorization: `Bearer ${server.token}` },
    });
    ticket = ((await asked.json()) as { url: string }).url;
  }
  await using server = await startServer(settings);
  const headers = { range: "bytes=1000000-", "if-range": etag };
  const rest = await server.ask({ path, headers });
  expect(rest.status).toBe(206);
  const zip = Buffer.concat([begun, rest.body]);
  expect(zip.length).toBe(size);
  const browser = await fetch(`http://127.0.0.1:${server.port}${ticket}`, { headers });
  expect(browser.status).toBe(206);
  expect(Buffer.from(await browser.arrayBuffer()).equals(rest.body)).toBe(true);
  expect(readZip(zip).map(({ data }) => data.equals(content))).toEqual([true]);
});
