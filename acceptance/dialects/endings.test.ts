/** Uploads that are paused when the server ends, and uploads that nobody goes on with, through every family that cuts files into chunks. */
import { describe, expect, it } from "vitest";
import { freshBytes, freshName, sha256 } from "../src/content.ts";
import type { Family } from "../src/families/family.ts";
import { speakGoUploader } from "../src/families/go-uploader.ts";
import { speakMultipartApi } from "../src/families/multipart-api.ts";
import { speakNetdisk } from "../src/families/netdisk.ts";
import { speakTaskApi } from "../src/families/task-api.ts";
import { speakNative } from "../src/native.ts";
import { isRemote, useServer, type Target } from "../src/server.ts";

const speakers: [string, (target: Target) => Family][] = [
  ["task API", speakTaskApi],
  ["go-uploader API", speakGoUploader],
  ["multipart API", speakMultipartApi],
  ["netdisk", speakNetdisk],
];

const twoChunks = (family: Family) => ({
  name: freshName(),
  bytes: freshBytes(Math.floor(1.5 * family.chunkBytes)),
});

describe.skipIf(isRemote)("a paused upload", () => {
  const server = useServer();
  const native = speakNative(server);

  it.each(speakers)("is paused after kill -9 too: %s", async (_name, speak) => {
    const family = speak(server);
    const file = twoChunks(family);
    const transfer = await family.begin(file);
    expect((await transfer.send(0)).status).toBe(200);
    const id = await transfer.uploadId();
    await native.call("POST", `/uploads/${id}/pause`);
    await server.kill();
    await server.start();
    const refused = await transfer.send(1);
    expect([refused.status, family.refusal(refused)]).toEqual([409, "upload-paused"]);
    await native.call("POST", `/uploads/${id}/resume`);
    expect((await transfer.send(1)).status).toBe(200);
    expect((await transfer.finish()).status).toBe(200);
    expect(sha256(await native.contentOf(file.name))).toBe(sha256(file.bytes));
  });
});

describe.skipIf(isRemote)("an upload that nobody goes on with", () => {
  const hasty = useServer({ SAMPAN_UPLOAD_TTL_MS: "4000", SAMPAN_SWEEP_INTERVAL_MS: "200" });
  const native = speakNative(hasty);

  it.each(speakers)("expires, frees what it held, and is begun anew: %s", async (name, speak) => {
    const family = speak(hasty);
    const file = twoChunks(family);
    const transfer = await family.begin(file);
    expect((await transfer.send(0)).status).toBe(200);
    const id = await transfer.uploadId();
    await expect
      .poll(async () => (await native.openUploads()).map((upload) => upload.id), {
        timeout: 20_000,
      })
      .not.toContain(id);
    const { account } = await native.call<{ account: { reservedBytes: number } }>("GET", "/server");
    expect(account.reservedBytes).toBe(0);
    // G's clients name their uploads themselves: the next chunk under the name is a new attempt.
    if (name !== "go-uploader API") {
      const late = await transfer.send(1);
      expect([late.status, family.refusal(late)]).toEqual([410, "upload-expired"]);
    }
    const again = await transfer.again();
    for (const index of [0, 1]) expect((await again.send(index)).status).toBe(200);
    expect(await again.uploadId()).not.toBe(id);
    expect((await again.finish()).status).toBe(200);
    expect(sha256(await native.contentOf(file.name))).toBe(sha256(file.bytes));
  });
});
