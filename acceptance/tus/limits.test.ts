/** tus where there is no room: largest size, open uploads, quota. */
import { describe, expect, it } from "vitest";
import { freshBytes } from "../src/content.ts";
import { isRemote, useServer } from "../src/server.ts";
import { speakTus } from "../src/tus.ts";

describe.skipIf(isRemote)("tus limits", () => {
  const small = useServer({ SAMPAN_MAX_FILE_BYTES: "1000", SAMPAN_MAX_OPEN_UPLOADS: "3" });
  const smallTus = speakTus(small);

  it("OPTIONS: Tus-Max-Size is what is configured", async () => {
    const { headers } = await smallTus.call("OPTIONS", "/files/");
    expect(headers["tus-max-size"]).toBe("1000");
  });

  it("PATCH: answers 413 when bytes of unknown length pass the limit", async () => {
    const path = await smallTus.created({ "upload-defer-length": "1" });
    expect((await smallTus.patch(path, { offset: 0, bytes: freshBytes(1001) })).status).toBe(413);
    expect((await smallTus.patch(path, { offset: 0, bytes: freshBytes(1000) })).status).toBe(204);
    expect((await smallTus.patch(path, { offset: 1000, bytes: "!" })).status).toBe(413);
    expect((await smallTus.call("DELETE", path)).status).toBe(204);
  });

  it("POST: answers 413 when partials together pass the limit", async () => {
    const partials: string[] = [];
    for (let i = 0; i < 2; i++) {
      const headers = { "upload-concat": "partial", "upload-length": "600" };
      const path = await smallTus.created(headers);
      expect((await smallTus.patch(path, { offset: 0, bytes: freshBytes(600) })).status).toBe(204);
      partials.push(path);
    }
    const answer = await smallTus.create({ "upload-concat": `final;${partials.join(" ")}` });
    expect(answer.status).toBe(413);
  });

  it("POST: answers 429 with Retry-After when too many uploads are open", async () => {
    const paths: string[] = [];
    for (let i = 0; i < 3; i++) paths.push(await smallTus.created({ "upload-length": "5" }));
    const answer = await smallTus.create({ "upload-length": "5" });
    expect(answer.status).toBe(429);
    expect(answer.headers["retry-after"]).toMatch(/^\d+$/);
    await smallTus.call("DELETE", paths[0] ?? "");
    expect((await smallTus.create({ "upload-length": "5" })).status).toBe(201);
  });
});

describe.skipIf(isRemote)("tus quota", () => {
  const poor = useServer({ SAMPAN_QUOTA_BYTES: "1000" });
  const poorTus = speakTus(poor);

  it("POST: answers 507 above the quota, of which open uploads hold their length", async () => {
    const path = await poorTus.created({ "upload-length": "900" });
    const answer = await poorTus.create({ "upload-length": "101" });
    expect(answer.status).toBe(507);
    expect(answer.text).toMatch(/^quota-exceeded: /);
    await poorTus.call("DELETE", path);
    expect((await poorTus.create({ "upload-length": "1000" })).status).toBe(201);
  });
});
