/** tus 1.0.0, the core protocol. Each test begins with the clause it holds the server to. */
import { describe, expect, it } from "vitest";
import { freshBytes, freshName, mebibyte } from "../src/content.ts";
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

describe("tus PATCH", () => {
  it("answers 204 with the new offset, until the file is whole and there", async () => {
    const name = freshName();
    const bytes = freshBytes(3 * mebibyte + 17);
    const path = await tus.created({
      "upload-length": String(bytes.length),
      "upload-metadata": metadataOf({ filename: name }),
    });
    for (let offset = 0; offset < bytes.length; offset += mebibyte) {
      const piece = bytes.subarray(offset, offset + mebibyte);
      const answer = await tus.patch(path, { offset, bytes: piece });
      expect(answer.status).toBe(204);
      expect(answer.headers["upload-offset"]).toBe(String(offset + piece.length));
      expect(answer.body).toHaveLength(0);
    }
    expect((await native.contentOf(name)).equals(bytes)).toBe(true);
  });

  it("has published the file when the last one is answered", async () => {
    const name = freshName();
    const bytes = freshBytes(100_000);
    const path = await tus.created({
      "upload-length": "100000",
      "upload-metadata": metadataOf({ filename: name }),
    });
    expect(await native.filesNamed(name)).toEqual([]);
    expect((await tus.patch(path, { offset: 0, bytes })).status).toBe(204);
    expect((await native.contentOf(name)).equals(bytes)).toBe(true);
    expect(await native.upload(path)).toMatchObject({ state: "complete", dialect: "tus" });
  });

  it("takes a body of many mebibytes in one", async () => {
    const name = freshName();
    const bytes = freshBytes(24 * mebibyte + 1);
    const path = await tus.created({
      "upload-length": String(bytes.length),
      "upload-metadata": metadataOf({ filename: name }),
    });
    expect((await tus.patch(path, { offset: 0, bytes })).status).toBe(204);
    expect((await native.contentOf(name)).equals(bytes)).toBe(true);
  });

  it("takes a body of unknown length (chunked coding)", async () => {
    const path = await tus.created({ "upload-length": "10" });
    const request = tus.openPatch(path, { offset: 0 });
    await request.write(Buffer.from("01234"));
    request.end(Buffer.from("56"));
    const answer = await request.answer;
    expect(answer.status).toBe(204);
    expect(answer.headers["upload-offset"]).toBe("7");
  });

  it.each([1, 4, 6, 10, 11, 9_007_199_254_740_991])(
    "answers 409 on offset mismatch (%i, where 5 bytes are held), and keeps the upload as it is",
    async (offset) => {
      const path = await tus.created({ "upload-length": "10" });
      await tus.patch(path, { offset: 0, bytes: "01234" });
      const answer = await tus.patch(path, { offset, bytes: "x" });
      expect(answer.status).toBe(409);
      expect(answer.text).toMatch(/^offset-mismatch: /);
      expect(answer.text).toContain("expected: 5\n");
      expect((await tus.head(path)).headers["upload-offset"]).toBe("5");
    },
  );

  it.each([
    "-1",
    "1.5",
    "5abc",
    "0x5",
    "1e1",
    " ",
    "05",
    "NaN",
    "9007199254740992",
    "5, 5",
    undefined,
  ])("answers 400 to the offset %j", async (offset) => {
    const path = await tus.created({ "upload-length": "10" });
    const headers = { "upload-offset": offset };
    const answer = await tus.patch(path, { offset: 0, bytes: "x", headers });
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('field: "Upload-Offset"');
    expect((await tus.head(path)).headers["upload-offset"]).toBe("0");
  });

  it.each([undefined, "application/octet-stream", "text/plain", "application/offset"])(
    "answers 415 to the content type %j",
    async (type) => {
      const path = await tus.created({ "upload-length": "10" });
      const headers = { "content-type": type };
      const answer = await tus.patch(path, { offset: 0, bytes: "x", headers });
      expect(answer.status).toBe(415);
      expect((await tus.head(path)).headers["upload-offset"]).toBe("0");
    },
  );

  it("answers 415 to a content coding, which would be stored coded", async () => {
    const path = await tus.created({ "upload-length": "10" });
    const headers = { "content-encoding": "gzip" };
    expect((await tus.patch(path, { offset: 0, bytes: "x", headers })).status).toBe(415);
    expect((await tus.head(path)).headers["upload-offset"]).toBe("0");
  });

  it("answers 404 where there is no upload", async () => {
    expect((await tus.patch(unknown, { offset: 0, bytes: "x" })).status).toBe(404);
  });

  it("answers 413 to more bytes than the length, and records none of them", async () => {
    const path = await tus.created({ "upload-length": "10" });
    await tus.patch(path, { offset: 0, bytes: "01234" });
    expect((await tus.patch(path, { offset: 5, bytes: "567890" })).status).toBe(413);
    expect((await tus.head(path)).headers["upload-offset"]).toBe("5");
    expect((await tus.patch(path, { offset: 5, bytes: "56789" })).status).toBe(204);
  });

  it("answers 413 to a chunked body that runs past the length", async () => {
    const path = await tus.created({ "upload-length": "10" });
    const request = tus.openPatch(path, { offset: 0 });
    request.end(Buffer.from("0123456789A"));
    expect((await request.answer).status).toBe(413);
    expect((await tus.head(path)).headers["upload-offset"]).toBe("0");
  });

  it("answers 204 to an empty body", async () => {
    const path = await tus.created({ "upload-length": "10" });
    const answer = await tus.patch(path, { offset: 0, bytes: "" });
    expect(answer.status).toBe(204);
    expect(answer.headers["upload-offset"]).toBe("0");
  });

  it("answers a finished upload: 204 to nothing more, 409 to more, 409 to another offset", async () => {
    const path = await tus.created({ "upload-length": "4" });
    await tus.patch(path, { offset: 0, bytes: "done" });
    const again = await tus.patch(path, { offset: 4, bytes: "" });
    expect(again.status).toBe(204);
    expect(again.headers["upload-offset"]).toBe("4");
    const more = await tus.patch(path, { offset: 4, bytes: "!" });
    expect(more.status).toBe(409);
    expect(more.text).toMatch(/^upload-complete: /);
    expect((await tus.patch(path, { offset: 0, bytes: "done" })).status).toBe(409);
  });
});

describe("tus authentication", () => {
  it.each(["POST", "HEAD", "GET", "PATCH", "DELETE"])(
    "%s: answers 401 without a valid token",
    async (method) => {
      const path = method === "POST" ? "/files/" : await tus.created({ "upload-length": "5" });
      for (const token of [null, "nonsense", `sampan_${"A".repeat(43)}`]) {
        const answer = await tus.call(method, path, { headers: { "upload-length": "5" }, token });
        expect(answer.status).toBe(401);
        expect(answer.headers["www-authenticate"]).toMatch(/^Bearer/);
      }
    },
  );
});

describe("tus X-HTTP-Method-Override", () => {
  it("lets POST mean PATCH, HEAD and DELETE", async () => {
    const path = await tus.created({ "upload-length": "10" });
    const as = (method: string, headers = {}, body?: string) =>
      tus.call("POST", path, {
        headers: { "x-http-method-override": method, ...headers },
        ...(body === undefined ? {} : { body }),
      });
    const patched = await as("PATCH", { "content-type": bodyType, "upload-offset": "0" }, "01234");
    expect(patched.status).toBe(204);
    const asked = await as("HEAD");
    expect(asked.status).toBe(204);
    expect(asked.headers["upload-offset"]).toBe("5");
    expect((await as("DELETE")).status).toBe(204);
    expect((await tus.head(path)).status).toBe(410);
  });

  it("ignores the actual method, whichever it is", async () => {
    const path = await tus.created({ "upload-length": "10" });
    const headers = { "x-http-method-override": "HEAD" };
    expect((await tus.call("DELETE", path, { headers })).status).toBe(204);
    expect((await tus.head(path)).status).toBe(200);
  });

  it("asks for the same token and the same version as the method it stands for", async () => {
    const path = await tus.created({ "upload-length": "10" });
    const headers = { "x-http-method-override": "DELETE" };
    expect((await tus.call("POST", path, { headers, token: null })).status).toBe(401);
    const unversioned = { ...headers, "tus-resumable": undefined };
    expect((await tus.call("POST", path, { headers: unversioned })).status).toBe(412);
    expect((await tus.head(path)).status).toBe(200);
  });

  it("answers 405 where the method means nothing", async () => {
    const path = await tus.created({ "upload-length": "10" });
    for (const method of ["TRACE", "PUT", "constructor", "__proto__", ""]) {
      const headers = { "x-http-method-override": method };
      const answer = await tus.call("POST", path, { headers });
      expect(answer.status, method).toBe(405);
      expect(answer.headers.allow).toContain("PATCH");
    }
  });
});

describe("tus CORS", () => {
  const origin = "https://app.example";

  it("answers a preflight request, which has no token", async () => {
    const answer = await tus.call("OPTIONS", "/files/", {
      headers: {
        "tus-resumable": undefined,
        origin,
        "access-control-request-method": "PATCH",
        "access-control-request-headers": "authorization,tus-resumable,upload-offset",
      },
      token: null,
    });
    expect(answer.status).toBe(204);
    expect(answer.headers["access-control-allow-origin"]).toBe(origin);
    const list = (name: string) => String(answer.headers[name]).toLowerCase().split(", ");
    expect(list("access-control-allow-methods")).toEqual(
      expect.arrayContaining(["post", "head", "patch", "delete", "options"]),
    );
    expect(list("access-control-allow-headers")).toEqual(
      expect.arrayContaining([
        "authorization",
        "content-type",
        "tus-resumable",
        "upload-checksum",
        "upload-concat",
        "upload-defer-length",
        "upload-length",
        "upload-metadata",
        "upload-offset",
        "x-http-method-override",
        "x-request-id",
      ]),
    );
  });

  it("lets a page read every header that it needs, of refusals too, and never with credentials", async () => {
    const path = await tus.created({ "upload-length": "10" });
    const answers = [
      await tus.call("POST", "/files/", { headers: { origin, "upload-length": "1" } }),
      await tus.call("HEAD", path, { headers: { origin } }),
      await tus.call("HEAD", path, { headers: { origin }, token: null }),
      await tus.call("HEAD", unknown, { headers: { origin } }),
    ];
    for (const { headers } of answers) {
      expect(headers["access-control-allow-origin"]).toBe(origin);
      expect(headers["access-control-allow-credentials"]).toBeUndefined();
      expect(headers.vary).toContain("Origin");
      const exposed = String(headers["access-control-expose-headers"]).split(", ");
      expect(exposed).toEqual(
        expect.arrayContaining([
          "Location",
          "Tus-Resumable",
          "Upload-Concat",
          "Upload-Defer-Length",
          "Upload-Expires",
          "Upload-Length",
          "Upload-Metadata",
          "Upload-Offset",
        ]),
      );
    }
  });
});
