/** tus 1.0.0: termination. */
import { describe, expect, it } from "vitest";
import { freshBytes, freshName } from "../src/content.ts";
import { speakNative } from "../src/native.ts";
import { useServer } from "../src/server.ts";
import { metadataOf, speakTus } from "../src/tus.ts";

const server = useServer();
const tus = speakTus(server);
const native = speakNative(server);

describe("tus DELETE", () => {
  it("answers 204, and from then on every request 410", async () => {
    const path = await tus.created({ "upload-length": "10" });
    await tus.patch(path, { offset: 0, bytes: "01234" });
    const answer = await tus.call("DELETE", path);
    expect(answer.status).toBe(204);
    expect(answer.body).toHaveLength(0);
    expect((await tus.head(path)).status).toBe(410);
    expect((await tus.call("GET", path)).status).toBe(410);
    expect((await tus.patch(path, { offset: 5, bytes: "56789" })).status).toBe(410);
    expect((await tus.call("DELETE", path)).status).toBe(410);
    expect(await native.upload(path)).toMatchObject({ state: "aborted" });
  });

  it("answers 404 where there is no upload", async () => {
    const path = "/files/01890a5d-ac96-774b-bcce-b302099a8057";
    expect((await tus.call("DELETE", path)).status).toBe(404);
  });

  it("frees the bytes that were promised to it", async () => {
    const held = async () =>
      (await native.call<{ account: { reservedBytes: number } }>("GET", "/server")).account
        .reservedBytes;
    const before = await held();
    const path = await tus.created({ "upload-length": "1000000" });
    expect(await held()).toBe(before + 1_000_000);
    await tus.call("DELETE", path);
    expect(await held()).toBe(before);
  });

  it("ends an upload whose writer is at work", async () => {
    const path = await tus.created({ "upload-length": "10" });
    const writer = tus.openPatch(path, { offset: 0, length: 10 });
    await writer.write(Buffer.from("01234"));
    expect((await tus.call("DELETE", path)).status).toBe(204);
    expect((await tus.head(path)).status).toBe(410);
    const outcome = await writer.answer.then(
      ({ status }) => status,
      () => "cut",
    );
    expect([410, 423, "cut"]).toContain(outcome);
  });

  it("of a finished upload deletes the file it made", async () => {
    const name = freshName();
    const metadata = metadataOf({ filename: name });
    const path = await tus.created({ "upload-length": "4", "upload-metadata": metadata });
    await tus.patch(path, { offset: 0, bytes: freshBytes(4) });
    expect(await native.filesNamed(name)).toHaveLength(1);
    expect((await tus.call("DELETE", path)).status).toBe(204);
    expect(await native.filesNamed(name)).toHaveLength(0);
    expect((await tus.head(path)).status).toBe(410);
  });

  it("of a finished upload leaves a file alone that has other content by now", async () => {
    const name = freshName();
    const metadata = metadataOf({ filename: name, onConflict: "replace" });
    const paths: string[] = [];
    for (const bytes of ["first", "other"]) {
      const path = await tus.created({ "upload-length": "5", "upload-metadata": metadata });
      await tus.patch(path, { offset: 0, bytes });
      paths.push(path);
    }
    expect((await tus.call("DELETE", paths[0] ?? "")).status).toBe(204);
    expect((await native.contentOf(name)).toString()).toBe("other");
  });
});

describe("tus HEAD", () => {
  it("answers 410 when the file of a finished upload has been deleted elsewhere", async () => {
    const path = await tus.created({ "upload-length": "4" });
    await tus.patch(path, { offset: 0, bytes: freshBytes(4) });
    const { file } = await native.upload(path);
    await native.call("DELETE", `/files/${file?.id}`);
    const answer = await tus.head(path);
    expect(answer.status).toBe(410);
    expect(answer.headers["upload-offset"]).toBeUndefined();
  });
});
