/** tus 1.0.0, the core protocol: OPTIONS, Tus-Resumable, HEAD and GET. Each test begins with the clause it holds the server to. */
import { describe, expect, it } from "vitest";
import { freshBytes, freshName } from "../src/content.ts";
import { speakNative } from "../src/native.ts";
import { useServer } from "../src/server.ts";
import { bodyType, metadataOf, speakTus } from "../src/tus.ts";

const server = useServer();
const tus = speakTus(server);
const native = speakNative(server);
const unknown = "/files/01890a5d-ac96-774b-bcce-b302099a8057";

describe("tus OPTIONS", () => {
  it.each(["/files/", "/files", unknown])(
    "describes the server at %s, without a token",
    async (path) => {
      const answer = await tus.call("OPTIONS", path, {
        headers: { "tus-resumable": undefined },
        token: null,
      });
      expect(answer.status).toBe(204);
      expect(answer.headers).toMatchObject({
        "tus-resumable": "1.0.0",
        "tus-version": "1.0.0",
        "tus-checksum-algorithm": "sha1,sha256,md5,crc32c",
      });
      expect(answer.headers["tus-max-size"]).toMatch(/^[1-9]\d*$/);
      expect(String(answer.headers["tus-extension"]).split(",").toSorted()).toEqual([
        "checksum",
        "concatenation",
        "creation",
        "creation-defer-length",
        "creation-with-upload",
        "expiration",
        "termination",
      ]);
    },
  );

  it("ignores Tus-Resumable", async () => {
    const answer = await tus.call("OPTIONS", "/files/", { headers: { "tus-resumable": "9.9.9" } });
    expect(answer.status).toBe(204);
  });
});

describe("tus Tus-Resumable", () => {
  it.each(["POST", "HEAD", "PATCH", "DELETE"])(
    "%s: answers 412 with Tus-Version when it is missing or another, and does nothing",
    async (method) => {
      const path = method === "POST" ? "/files/" : await tus.created({ "upload-length": "5" });
      const before = (await native.openUploads()).length;
      for (const version of [undefined, "0.2.2", "1.0.1", "1.0.0, 1.0.0", ""]) {
        const answer = await tus.call(method, path, {
          headers: {
            "tus-resumable": version,
            "upload-length": "5",
            "upload-offset": "0",
            "content-type": method === "PATCH" ? bodyType : undefined,
          },
        });
        expect(answer.status, String(version)).toBe(412);
        expect(answer.headers["tus-version"]).toBe("1.0.0");
      }
      expect((await native.openUploads()).length).toBe(before);
      if (method !== "POST") expect((await tus.head(path)).headers["upload-offset"]).toBe("0");
    },
  );

  it("is in every answer, refusals included", async () => {
    const path = await tus.created({ "upload-length": "5" });
    const answers = [
      await tus.create({ "upload-length": "1" }),
      await tus.create({}),
      await tus.head(path),
      await tus.head(unknown),
      await tus.patch(path, { offset: 3, bytes: "x" }),
      await tus.patch(path, { offset: 0, bytes: "whole" }),
      await tus.call("HEAD", path, { token: null }),
      await tus.call("PUT", path),
      await tus.call("DELETE", path),
    ];
    expect(answers.map(({ status }) => status)).toEqual([
      201, 400, 200, 404, 409, 204, 401, 405, 204,
    ]);
    for (const { headers } of answers) expect(headers["tus-resumable"]).toBe("1.0.0");
  });
});

describe("tus HEAD", () => {
  it("answers the offset even when it is 0, the length, and that nothing may be cached", async () => {
    const path = await tus.created({ "upload-length": "1000" });
    const answer = await tus.head(path);
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({
      "upload-offset": "0",
      "upload-length": "1000",
      "cache-control": "no-store",
    });
    expect(answer.body).toHaveLength(0);
  });

  it("answers the offset of a finished upload: its length", async () => {
    const path = await tus.created({ "upload-length": "4" });
    await tus.patch(path, { offset: 0, bytes: "done" });
    const { status, headers } = await tus.head(path);
    expect(status).toBe(200);
    expect(headers).toMatchObject({ "upload-offset": "4", "upload-length": "4" });
  });

  it.each([unknown, "/files/nonsense", "/files/..%2f..%2fetc%2fpasswd"])(
    "answers 404 without an offset for %s",
    async (path) => {
      const answer = await tus.head(path);
      expect(answer.status).toBe(404);
      expect(answer.headers["upload-offset"]).toBeUndefined();
    },
  );
});

describe("tus GET", () => {
  it("answers the same as HEAD when Tus-Resumable asks, for proxies that swallow HEAD", async () => {
    const metadata = metadataOf({ filename: freshName() });
    const path = await tus.created({ "upload-length": "10", "upload-metadata": metadata });
    await tus.patch(path, { offset: 0, bytes: "half-" });
    const [head, get] = [await tus.head(path), await tus.call("GET", path)];
    const tusHeaders = ({ headers }: typeof head) =>
      Object.entries(headers).filter(([name]) => /^(upload|tus|cache)-/.test(name));
    expect(get.status).toBe(204);
    expect(get.body).toHaveLength(0);
    expect(tusHeaders(get)).toEqual(tusHeaders(head));
    expect(get.headers["upload-offset"]).toBe("5");
    expect((await tus.call("GET", unknown)).status).toBe(404);
  });

  it("answers the content of a finished upload without Tus-Resumable, ranges too", async () => {
    const bytes = freshBytes(5_000);
    const path = await tus.created({ "upload-length": "5000" });
    const asContent = { "tus-resumable": undefined };
    expect((await tus.call("GET", path, { headers: asContent })).status).toBe(404);
    await tus.patch(path, { offset: 0, bytes });
    const whole = await tus.call("GET", path, { headers: asContent });
    expect(whole.status).toBe(200);
    expect(whole.body.equals(bytes)).toBe(true);
    const ranged = { ...asContent, range: "bytes=1000-1999" };
    const part = await tus.call("GET", path, { headers: ranged });
    expect(part.status).toBe(206);
    expect(part.body.equals(bytes.subarray(1000, 2000))).toBe(true);
  });
});
