/** tus 1.0.0: expiration. */
import { describe, expect, it } from "vitest";
import { freshName } from "../src/content.ts";
import { speakNative } from "../src/native.ts";
import { isRemote, useServer } from "../src/server.ts";
import { bodyType, metadataOf, speakTus } from "../src/tus.ts";
import { until } from "../src/until.ts";

const httpDate = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;

describe("tus Upload-Expires", () => {
  const tus = speakTus(useServer());

  it("is an HTTP date in the answers to POST, PATCH and HEAD of an open upload", async () => {
    const created = await tus.create({ "upload-length": "10" });
    const path = created.headers.location ?? "";
    const patched = await tus.patch(path, { offset: 0, bytes: "01234" });
    for (const { headers } of [created, patched, await tus.head(path)]) {
      expect(headers["upload-expires"]).toMatch(httpDate);
      expect(Date.parse(String(headers["upload-expires"]))).toBeGreaterThan(Date.now());
    }
  });

  it("is absent once the upload is finished: a file does not expire", async () => {
    const path = await tus.created({ "upload-length": "4" });
    const { headers } = await tus.patch(path, { offset: 0, bytes: "done" });
    expect(headers["upload-expires"]).toBeUndefined();
    expect((await tus.head(path)).headers["upload-expires"]).toBeUndefined();
  });
});

describe.skipIf(isRemote)("tus expiration", () => {
  const server = useServer({ SAMPAN_UPLOAD_TTL_MS: "400", SAMPAN_SWEEP_INTERVAL_MS: "100" });
  const tus = speakTus(server);
  const native = speakNative(server);

  it("HEAD, PATCH and DELETE: answer 410 once it is over", async () => {
    const path = await tus.created({ "upload-length": "10" });
    await until(
      async () => (await tus.head(path)).status,
      (status) => status === 410,
    );
    expect((await tus.head(path)).headers["upload-offset"]).toBeUndefined();
    const patched = await tus.patch(path, { offset: 0, bytes: "01234" });
    expect(patched.status).toBe(410);
    expect(patched.text).toMatch(/^upload-expired: /);
    expect((await tus.call("DELETE", path)).status).toBe(410);
    await until(
      async () => (await native.upload(path)).state,
      (state) => state === "expired",
    );
  });

  it("a finished file outlives it", async () => {
    const name = freshName();
    const { headers } = await tus.call("POST", "/files/", {
      headers: {
        "content-type": bodyType,
        "upload-length": "4",
        "upload-metadata": metadataOf({ filename: name }),
      },
      body: "kept",
    });
    const other = await tus.created({ "upload-length": "10" });
    await until(
      async () => (await tus.head(other)).status,
      (status) => status === 410,
    );
    expect((await native.contentOf(name)).toString()).toBe("kept");
    // Its row may have been purged by now; the file must not have been.
    expect([200, 404]).toContain((await tus.head(headers.location ?? "")).status);
  });
});
