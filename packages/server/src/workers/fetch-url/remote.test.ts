import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RemoteContent } from "../../core/fetches/remote.ts";
import { localNetwork, serveFile, startOrigin, type Origin } from "../testing/origin.ts";
import { createAddressPolicy } from "./address-policy.ts";
import { createRemote } from "./remote.ts";

describe("other people's servers", () => {
  let origin: Origin;
  beforeEach(async () => void (origin = await startOrigin()));
  afterEach(() => origin[Symbol.asyncDispose]());

  type Options = Partial<Parameters<typeof createRemote>[0]>;
  const remote = (options: Options = {}) =>
    createRemote({ userAgent: "Sampan", ...localNetwork, ...options });
  const ask = (url: string, resume: { offset: number; validator: string } | null = null) => ({
    url: new URL(url),
    resume,
    signal: new AbortController().signal,
  });
  const open = (path: string, options?: Options) => remote(options).open(ask(origin.url(path)));

  it("asks for bytes as they are, with nothing of ours in the request", async () => {
    origin.answer = serveFile(Buffer.from("hello"), { headers: { "content-type": "text/plain" } });
    await using content = await open("/a/b%20c.txt?x=1#part");
    expect(await readAll(content)).toEqual(Buffer.from("hello"));
    expect(content).toMatchObject({
      start: 0,
      size: 5,
      validator: '"v1"',
      mediaType: "text/plain",
    });
    expect(content.names[0]).toBe("b c.txt");
    const [request] = origin.requests;
    expect(request!.url).toBe("/a/b%20c.txt?x=1");
    expect(request!.headers).toEqual({
      host: `origin.test:${origin.port}`,
      connection: "keep-alive",
      accept: "*/*",
      "accept-encoding": "identity",
      "user-agent": "Sampan",
    });
  });

  it("connects to the address that it checked, and asks for it once", async () => {
    origin.answer = serveFile(Buffer.from("x"));
    const asked: string[] = [];
    // A rebinding name: public when looked at, and ours from then on.
    const answers = ["127.0.0.1", "127.0.0.2"];
    const resolve = (name: string) => {
      asked.push(name);
      return Promise.resolve([{ address: answers[asked.length - 1]!, family: 4 }]);
    };
    await using content = await open("/", { resolve });
    expect(await readAll(content)).toEqual(Buffer.from("x"));
    expect(asked).toEqual(["origin.test"]);
  });

  it("refuses a name that has come to mean an address of ours", async () => {
    const [good, bad] = ["127.0.0.1", "127.0.0.9"];
    let current = good;
    const resolve = () => Promise.resolve([{ address: current, family: 4 }]);
    origin.answer = (request, response) => {
      // The redirect is to the same name; by then it means another address.
      current = bad;
      if (request.url === "/first") response.writeHead(302, { location: "/second" }).end();
      else response.end("inside");
    };
    const rebinding = remote({ resolve });
    await expect(rebinding.open(ask(origin.url("/first")))).rejects.toMatchObject({
      code: "address-refused",
      mayPass: false,
    });
    expect(origin.requests.map(({ url }) => url)).toEqual(["/first"]);
  });

  it("never connects to an address that is refused beside one that is not", async () => {
    origin.answer = serveFile(Buffer.from("x"));
    const resolve = () =>
      Promise.resolve([
        { address: "127.0.0.2", family: 4 },
        { address: "127.0.0.1", family: 4 },
      ]);
    await using content = await open("/", { resolve });
    expect(await readAll(content)).toEqual(Buffer.from("x"));
    expect(origin.requests[0]!.socket.localAddress).toBe("127.0.0.1");
  });

  it("looks at the peer of the connection once more before it sends anything", async () => {
    // Allowed while it is resolved, refused once connected: as if the system had gone elsewhere.
    let looks = 0;
    const allows = () => looks++ === 0;
    await expect(open("/", { allows })).rejects.toMatchObject({ code: "address-refused" });
    expect(looks).toBe(2);
    expect(origin.requests).toEqual([]);
  });

  it.each(["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "127.1", "0x7f.1"])(
    "refuses http://%s at the connection, under the policy of production",
    async (host) => {
      const allows = createAddressPolicy();
      const url = `http://${host}:${origin.port}/`;
      await expect(remote({ allows }).open(ask(url))).rejects.toMatchObject({
        code: "address-refused",
      });
      expect(origin.requests).toEqual([]);
    },
  );

  it("refuses localhost, whatever the system makes of it", async () => {
    const production = createRemote({ userAgent: "Sampan" });
    const url = `http://localhost:${origin.port}/`;
    await expect(production.open(ask(url))).rejects.toMatchObject({ code: "address-refused" });
    expect(origin.requests).toEqual([]);
  });

  it.each([
    "http://127.0.0.2/",
    "http://169.254.169.254/latest/meta-data/",
    "http://[::1]/",
    "http://[64:ff9b::7f00:1]/",
    "//10.0.0.1/x",
  ])("refuses a redirect to %s", async (location) => {
    origin.answer = (_request, response) => void response.writeHead(302, { location }).end();
    await expect(open("/")).rejects.toMatchObject({ code: "address-refused" });
    expect(origin.requests).toHaveLength(1);
  });

  it.each([
    "file:///etc/passwd",
    "gopher://origin.test/",
    "data:,x",
    "http://me:secret@origin.test/",
    "http://[",
  ])("refuses a redirect to %s", async (location) => {
    origin.answer = (_request, response) => void response.writeHead(302, { location }).end();
    await expect(open("/")).rejects.toMatchObject({ code: "redirect-refused" });
  });

  it("follows redirects, but not for ever", async () => {
    origin.answer = (request, response) => {
      const hop = Number(request.url!.slice(1));
      if (hop === 3) response.end("there");
      else response.writeHead(307, { location: String(hop + 1) }).end("moved");
    };
    await using content = await open("/0");
    expect(await readAll(content)).toEqual(Buffer.from("there"));
    await expect(open("/4")).rejects.toMatchObject({ code: "too-many-redirects", mayPass: false });
    expect(origin.requests.length).toBe(4 + 11);
  });

  it("goes on from an offset while the content is the same", async () => {
    origin.answer = serveFile(Buffer.from("0123456789"));
    const from = { offset: 4, validator: '"v1"' };
    await using content = await remote().open(ask(origin.url("/"), from));
    expect(content).toMatchObject({ start: 4, size: 10, validator: '"v1"' });
    expect(await readAll(content)).toEqual(Buffer.from("456789"));
    expect(origin.requests[0]!.headers).toMatchObject({ range: "bytes=4-", "if-range": '"v1"' });
  });

  it("begins anew when the content is another", async () => {
    origin.answer = serveFile(Buffer.from("0123456789"), { etag: '"v2"' });
    const from = { offset: 4, validator: '"v1"' };
    await using content = await remote().open(ask(origin.url("/"), from));
    expect(content).toMatchObject({ start: 0, validator: '"v2"' });
  });

  it.each([
    ["another offset", { "content-range": "bytes 5-9/10" }],
    ["another content", { "content-range": "bytes 4-9/10", etag: '"v2"' }],
    ["no range at all", {}],
    ["a range past its size", { "content-range": "bytes 4-10/10" }],
  ])("joins nothing to a part of %s", async (_what, headers) => {
    origin.answer = (_request, response) => void response.writeHead(206, headers).end("456789");
    const from = { offset: 4, validator: '"v1"' };
    await expect(remote().open(ask(origin.url("/"), from))).rejects.toMatchObject({
      code: "changed",
    });
  });

  it("takes no weak validator for one that a range can rely on", async () => {
    origin.answer = serveFile(Buffer.from("x"), { etag: 'W/"v1"' });
    await using content = await open("/");
    expect(content.validator).toBeNull();
  });

  it("stores what comes in a coding as it is, under a name that says so", async () => {
    const bomb = gzipSync(Buffer.alloc(10_000_000));
    origin.answer = serveFile(bomb, { headers: { "content-encoding": "gzip" } });
    await using content = await open("/zeros.bin");
    expect(await readAll(content)).toEqual(bomb);
    expect(content.names[0]).toBe("zeros.bin.gz");
  });

  // The last two are names that every object has.
  it.each(["gzip, exi", "constructor", "__proto__"])(
    "refuses a coding that it cannot name: %s",
    async (coding) => {
      origin.answer = serveFile(Buffer.from("x"), { headers: { "content-encoding": coding } });
      await expect(open("/")).rejects.toMatchObject({ code: "unknown-coding" });
    },
  );

  it.each([
    ['attachment; filename="a b.txt"', "a b.txt"],
    ["attachment; filename*=UTF-8''%e4%b8%89%e6%9d%bf.zip", "三板.zip"],
    ["attachment; filename=\"x.bin\"; filename*=UTF-8''better.bin", "better.bin"],
    [Buffer.from('attachment; filename="三.zip"').toString("latin1"), "三.zip"],
    ["attachment; filename=", "path.bin"],
  ])("reads the name in %s", async (disposition, name) => {
    origin.answer = (_request, response) =>
      void response.writeHead(200, { "content-disposition": disposition }).end();
    await using content = await open("/path.bin");
    expect(content.names[0]).toBe(name);
  });

  it.each([
    [404, false],
    [403, false],
    [204, false],
    [304, false],
    [429, true],
    [503, true],
  ])("says of status %i whether it may pass", async (status, mayPass) => {
    origin.answer = (_request, response) =>
      void response.writeHead(status, { "retry-after": "7" }).end();
    await expect(open("/")).rejects.toMatchObject({
      code: "http-status",
      mayPass,
      retryAfterMs: 7_000,
    });
  });

  it("says that a body was cut, and keeps what came before", async () => {
    origin.answer = (_request, response) => {
      response.writeHead(200, { "content-length": 10 });
      response.write("0123");
      setTimeout(() => response.destroy(), 20);
    };
    await using content = await open("/");
    const { bytes, error } = await readUntilError(content);
    expect(bytes).toEqual(Buffer.from("0123"));
    expect(error).toMatchObject({ code: "body-cut" });
  });

  it("cuts a remote that falls silent", async () => {
    origin.answer = (_request, response) => void response.writeHead(200).write("0123");
    await using content = await open("/", { limits: { idleMs: 1_000 } });
    const { bytes, error } = await readUntilError(content);
    expect(bytes).toEqual(Buffer.from("0123"));
    expect(error).toMatchObject({ code: "body-cut" });
  });

  it("waits for an answer only so long", async () => {
    origin.answer = () => undefined;
    await expect(open("/", { limits: { headersMs: 1_000 } })).rejects.toMatchObject({
      code: "timed-out",
      mayPass: true,
    });
  });

  it("cuts a connection that drips for too long", async () => {
    origin.answer = (_request, response) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write("x"), 20);
      response.on("close", () => clearInterval(drip));
    };
    await using content = await open("/", { limits: { totalMs: 400 } });
    const { error } = await readUntilError(content);
    expect(error).toMatchObject({ code: "body-cut" });
  });

  it("says what keeps it from a remote, in its own words", async () => {
    const unknown = remote().open(ask("http://nowhere.test/"));
    await expect(unknown).rejects.toMatchObject({ code: "name-not-found", mayPass: true });
    const { port } = origin;
    await origin[Symbol.asyncDispose]();
    const gone = remote().open(ask(`http://origin.test:${port}/`));
    await expect(gone).rejects.toMatchObject({ code: "unreachable", mayPass: true });
  });

  it("does not mistake what is no HTTP, or a head without end, for an answer", async () => {
    for (const text of ["SSH-2.0-OpenSSH\r\n", `HTTP/1.1 200 OK\r\nx: ${"a".repeat(100_000)}`]) {
      const server = createServer((socket) => {
        socket.on("error", () => undefined);
        socket.once("data", () => socket.write(text));
      });
      await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
      const { port } = server.address() as AddressInfo;
      const opened = remote().open(ask(`http://origin.test:${port}/`));
      await expect(opened).rejects.toMatchObject({ code: "bad-response", mayPass: false });
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it("trusts no certificate that nobody vouches for", async () => {
    // No TLS at all is no trusted connection either.
    await expect(remote().open(ask(`https://origin.test:${origin.port}/`))).rejects.toMatchObject({
      code: "tls-failed",
    });
  });
});

async function readAll({ source }: RemoteContent): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const { bytes, release } of source.chunks({
    position: 0,
    signal: new AbortController().signal,
  })) {
    pieces.push(Buffer.from(bytes));
    release();
  }
  return Buffer.concat(pieces);
}

async function readUntilError({ source }: RemoteContent) {
  const pieces: Buffer[] = [];
  try {
    const { signal } = new AbortController();
    for await (const { bytes } of source.chunks({ position: 0, signal }))
      pieces.push(Buffer.from(bytes));
  } catch (error) {
    return { bytes: Buffer.concat(pieces), error };
  }
  throw new Error("the body came to its end");
}
