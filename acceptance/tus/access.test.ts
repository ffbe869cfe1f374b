/** tus 1.0.0 from behind proxies and from web pages: method override, CORS; and the token that each request needs. */
import { describe, expect, it } from "vitest";
import { useServer } from "../src/server.ts";
import { bodyType, speakTus } from "../src/tus.ts";

const tus = speakTus(useServer());
const unknown = "/files/01890a5d-ac96-774b-bcce-b302099a8057";

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
