/** Whatever a client asks wrongly, it hears of in its own family's words: statuses, shape, stable code. */
import { request as openHttp } from "node:http";
import { describe, expect, it } from "vitest";
import { digest, freshBytes, freshName } from "../src/content.ts";
import { speakDriveApi } from "../src/families/drive-api.ts";
import type { Family } from "../src/families/family.ts";
import { speakGoUploader } from "../src/families/go-uploader.ts";
import { speakMultipartApi } from "../src/families/multipart-api.ts";
import { speakNetdisk } from "../src/families/netdisk.ts";
import { speakTaskApi } from "../src/families/task-api.ts";
import { open, send, type Answer, type Ask } from "../src/http.ts";
import { isRemote, useServer } from "../src/server.ts";

const server = useServer();

interface Doors {
  readonly family: Family;
  /** Below which the family's calls are. */
  readonly base: string;
  /** A call that needs a token. */
  readonly signedIn: Ask;
  /** The bytes of a file that is there, where the family gives any. */
  readonly download?: (content: Buffer) => string;
}

const sha1 = (bytes: Uint8Array) => digest("sha1", bytes).toString("hex");
const families: [string, Doors][] = [
  {
    family: speakTaskApi(server),
    base: "/api",
    signedIn: { method: "POST", path: "/api/mergeChunks" },
  },
  {
    family: speakGoUploader(server),
    base: "/go-uploader",
    signedIn: { method: "GET", path: "/go-uploader/tasks" },
  },
  {
    family: speakMultipartApi(server),
    base: "/file/mpupload",
    signedIn: { method: "GET", path: "/file/mpupload/status?uploadid=x" },
  },
  {
    family: speakDriveApi(server),
    base: "/file",
    signedIn: { method: "GET", path: "/file/query" },
    download: (content: Buffer) => `/file/download?filehash=${sha1(content)}`,
  },
  {
    family: speakDriveApi(server),
    base: "/user",
    signedIn: { method: "GET", path: "/user/info" },
  },
  {
    family: speakNetdisk(server),
    base: "/netdisk",
    signedIn: { method: "GET", path: "/netdisk/user" },
    download: (content: Buffer) => `/netdisk/files/${sha1(content)}`,
  },
].map((doors) => [`${doors.family.name}, ${doors.base}`, doors]);

describe.each(families)("%s", (_name, { family, base, signedIn, download }) => {
  const refused = async (ask: Ask): Promise<[number, string]> => {
    const answer = await send(server, ask);
    expect(answer.headers["content-type"]).toMatch(/^application\/json/);
    return [answer.status, family.refusal(answer)];
  };

  it("says so of a call that there is none of, by whatever method", async () => {
    const paths = [`${base}/nothing`, `${base}/nothing/at/all?x=1`, `${base}/`];
    for (const path of paths)
      for (const method of ["GET", "POST", "PUT", "DELETE", "PATCH"])
        expect([path, method, ...(await refused({ method, path }))]).toEqual([
          path,
          method,
          404,
          "not-found",
        ]);
    const page = { method: "GET", path: `${base}/nothing`, headers: { accept: "text/html" } };
    expect(await refused(page)).toEqual([404, "not-found"]);
  });

  it("says so of a method that a call has none of", async () => {
    const path = signedIn.path;
    expect(await refused({ method: "PATCH", path })).toEqual([404, "not-found"]);
  });

  it("says so of a path that cannot be decoded, or leads elsewhere", async () => {
    expect(await refused({ method: "GET", path: `${base}/%zz` })).toEqual([400, "invalid-request"]);
    expect((await refusedAsIs({ path: `${base}/../x` })).status).toBe(404);
    family.refusal(await refusedAsIs({ path: `${base}/../x` }));
    family.refusal(await refusedAsIs({ path: `${base}/x`, headers: ["Host", "a", "Host", "b"] }));
  });

  it("says so of a token that does not count, and that one is needed", async () => {
    const answer = await send(server, { ...signedIn, token: "wrong" });
    expect([answer.status, family.refusal(answer)]).toEqual([401, "unauthenticated"]);
    expect(answer.headers["www-authenticate"]).toMatch(/^Bearer/);
  });

  it("says so of a body in a content coding", async () => {
    const headers = { "content-encoding": "gzip" };
    const [status] = await refused({ ...signedIn, headers });
    expect(status).toBe(415);
  });

  if (download === undefined) return;
  it("says so of a range or a condition that does not hold", async () => {
    const bytes = freshBytes(100);
    const whole = { ...speakDriveApi(server), chunkBytes: 100 };
    const transfer = await whole.begin({ name: freshName(), bytes });
    expect((await transfer.send(0)).status).toBe(200);
    const path = download(bytes);
    const get = (headers: Record<string, string>) => send(server, { method: "GET", path, headers });
    const beyond = await get({ range: "bytes=100-" });
    expect([beyond.status, family.refusal(beyond)]).toEqual([416, "range-not-satisfiable"]);
    expect(beyond.headers["content-range"]).toBe("bytes */100");
    const other = await get({ "if-match": '"other"' });
    expect([other.status, family.refusal(other)]).toEqual([412, "precondition-failed"]);
    expect((await get({ range: "bytes=10-19" })).body).toEqual(bytes.subarray(10, 20));
  });
});

describe("tus", () => {
  it("says so of a path that there is none of", async () => {
    const answer = await send(server, { method: "PATCH", path: "/files/a/b" });
    expect(answer.status).toBe(404);
    expect(answer.headers["tus-resumable"]).toBe("1.0.0");
    expect(answer.text).toMatch(/^not-found: /);
  });
});

describe("the native API", () => {
  it("says so in a problem document, also beside the task API", async () => {
    for (const path of ["/api/v1/nothing", "/api/web/nothing", "/api/docs/nothing", "/nothing"]) {
      const answer = await send(server, { method: "GET", path });
      expect(answer.headers["content-type"], path).toMatch(/^application\/problem\+json/);
      expect(JSON.parse(answer.text)).toMatchObject({ status: 404, code: "not-found" });
    }
  });
});

describe.skipIf(isRemote)("a caller who asks too often", () => {
  const strict = useServer({ SAMPAN_REQUESTS_PER_SECOND: "1", SAMPAN_REQUEST_BURST: "1" });

  it.each([
    ["task API", speakTaskApi(strict), "POST", "/api/mergeChunks"],
    ["go-uploader API", speakGoUploader(strict), "GET", "/go-uploader/tasks"],
    ["multipart API", speakMultipartApi(strict), "GET", "/file/mpupload/status?uploadid=x"],
    ["drive API", speakDriveApi(strict), "GET", "/file/query"],
    ["netdisk", speakNetdisk(strict), "GET", "/netdisk/user"],
  ] as const)(
    "hears so in the words of the %s, and when to come back",
    async (_, family, method, path) => {
      // Some are delayed rather than refused, and not waited for here.
      const asked = Array.from({ length: 30 }, () => open(strict, { method, path }));
      for (const request of asked) request.end();
      const answer = await Promise.any(
        asked.map(async (request) => {
          const told = await request.answer;
          if (told.status !== 429) throw new Error(`answered ${told.status}`);
          return told;
        }),
      );
      for (const request of asked) request.cut();
      expect(family.refusal(answer)).toBe("too-many-requests");
      expect(Number(answer.headers["retry-after"])).toBeGreaterThan(0);
      // Never limited, whatever else is.
      expect((await send(strict, { method: "GET", path: "/api/ping", token: null })).status).toBe(
        200,
      );
    },
  );
});

/** Past what would tidy the path or the headers on the way. */
function refusedAsIs({
  path,
  headers = [],
}: {
  path: string;
  headers?: string[];
}): Promise<Answer> {
  const { hostname, port, host } = new URL(server.url);
  const all = headers.length > 0 ? headers : ["Host", host];
  return new Promise((resolve, reject) => {
    const request = openHttp({ hostname, port, path, headers: all, agent: false }, (response) => {
      const pieces: Buffer[] = [];
      response.on("data", (piece: Buffer) => pieces.push(piece));
      response.on("end", () => {
        const body = Buffer.concat(pieces);
        const { statusCode: status = 0, headers: got } = response;
        resolve({ status, headers: got, body, text: body.toString() });
      });
    });
    request.on("error", reject);
    request.end();
  });
}
