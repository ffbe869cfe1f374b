/** tus-js-client 4, unmodified, as people use it. What arrived is read back through the native API. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import type { UploadOptions } from "tus-js-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freshBytes, freshName, mebibyte, sha256 } from "../src/content.ts";
import { speakNative } from "../src/native.ts";
import { runClient } from "../src/run-client.ts";
import { isRemote, useServer } from "../src/server.ts";
import { Upload } from "../src/tus-js-client.ts";
import { speakTus } from "../src/tus.ts";
import { until } from "../src/until.ts";

const server = useServer();
const native = speakNative(server);
const tus = speakTus(server);

interface Started {
  readonly upload: Upload;
  readonly finished: Promise<void>;
  /** Resolves once the server has at least this much. */
  reached(bytes: number): Promise<void>;
}

function start(input: Buffer | Readable, options: UploadOptions): Started {
  let accepted = 0;
  const waiting: { bytes: number; resolve: () => void }[] = [];
  const { promise: finished, resolve, reject } = Promise.withResolvers<void>();
  finished.catch(() => undefined);
  const upload = new Upload(input as Buffer, {
    endpoint: `${server.url}/files/`,
    headers: { Authorization: `Bearer ${server.token}` },
    // As by default, but shorter: an upload that goes on at once after a pause may meet the end of its own last request.
    retryDelays: [0, 100, 100, 100],
    onSuccess: () => resolve(),
    onError: reject,
    onChunkComplete: (_size, total) => {
      accepted = total;
      // At once, not by polling: the client would be through before anybody looked.
      for (const { bytes, resolve: wake } of waiting) if (total >= bytes) wake();
    },
    ...options,
  });
  upload.start();
  return {
    upload,
    finished,
    reached: (bytes) =>
      new Promise((wake) => {
        if (accepted >= bytes) wake();
        else waiting.push({ bytes, resolve: wake });
      }),
  };
}

const hashOf = async (name: string) => sha256(await native.contentOf(name));

describe("tus-js-client", () => {
  it("uploads a file in one request, with its name and type", async () => {
    const name = `häuschen ${freshName("png")}`;
    const bytes = freshBytes(9 * mebibyte + 7);
    await start(bytes, { metadata: { filename: name, filetype: "image/png" } }).finished;
    expect(await hashOf(name)).toBe(sha256(bytes));
    expect(await native.filesNamed(name)).toMatchObject([{ mediaType: "image/png" }]);
  });

  it("uploads a file in chunks", async () => {
    const name = freshName();
    const bytes = freshBytes(5 * mebibyte + 1);
    await start(bytes, { metadata: { filename: name }, chunkSize: mebibyte }).finished;
    expect(await hashOf(name)).toBe(sha256(bytes));
  });

  it("uploads an empty file", async () => {
    const name = freshName();
    await start(Buffer.alloc(0), { metadata: { filename: name } }).finished;
    expect(await native.contentOf(name)).toHaveLength(0);
  });

  it.each([
    ["whole", Number.POSITIVE_INFINITY],
    ["in chunks", 500_000],
  ])("uploads with the creation, %s (uploadDataDuringCreation)", async (_case, chunkSize) => {
    const name = freshName();
    const bytes = freshBytes(1_700_000);
    const options = { metadata: { filename: name }, uploadDataDuringCreation: true, chunkSize };
    await start(bytes, options).finished;
    expect(await hashOf(name)).toBe(sha256(bytes));
  });

  it("uploads by POST alone (overridePatchMethod)", async () => {
    const name = freshName();
    const bytes = freshBytes(2 * mebibyte);
    const options = { metadata: { filename: name }, overridePatchMethod: true, chunkSize: 500_000 };
    await start(bytes, options).finished;
    expect(await hashOf(name)).toBe(sha256(bytes));
  });

  it("uploads to the endpoint without its slash", async () => {
    const name = freshName();
    const options = { endpoint: `${server.url}/files`, metadata: { filename: name } };
    await start(freshBytes(10), options).finished;
    expect(await native.filesNamed(name)).toHaveLength(1);
  });

  it("pauses and resumes", async () => {
    const name = freshName();
    const bytes = freshBytes(8 * mebibyte);
    const options = { metadata: { filename: name }, chunkSize: mebibyte };
    const { upload, finished, reached } = start(bytes, options);
    for (const stage of [2, 5]) {
      await reached(stage * mebibyte);
      await upload.abort();
      const { offset } = await native.upload(upload.url ?? "");
      expect(offset).toBeGreaterThanOrEqual(stage * mebibyte);
      expect(await native.filesNamed(name)).toEqual([]);
      upload.start();
    }
    await finished;
    expect(await hashOf(name)).toBe(sha256(bytes));
  });

  it("pauses in the middle of a request and resumes where the server is", async () => {
    const name = freshName();
    const bytes = freshBytes(64 * mebibyte);
    let sent = 0;
    const { upload, finished } = start(bytes, {
      metadata: { filename: name },
      onProgress: (now) => (sent = now),
    });
    await until(
      () => sent,
      (now) => now > 4 * mebibyte,
    );
    await upload.abort();
    await until(
      () => native.upload(upload.url ?? ""),
      ({ offset }) => offset > 0,
    );
    upload.start();
    await finished;
    expect(await hashOf(name)).toBe(sha256(bytes));
  });

  it("uploads in parallel and has the parts joined (parallelUploads)", async () => {
    const name = freshName();
    const bytes = freshBytes(10 * mebibyte + 3);
    const metadata = { filename: name, filetype: "video/mp4" };
    const { upload, finished } = start(bytes, { metadata, parallelUploads: 4 });
    await finished;
    expect(await hashOf(name)).toBe(sha256(bytes));
    expect((await tus.head(upload.url ?? "")).headers["upload-concat"]).toMatch(/^final;/);
  });

  it("pauses and resumes in parallel", async () => {
    const name = freshName();
    const bytes = freshBytes(9 * mebibyte);
    const metadata = { filename: name };
    let chunks = 0;
    const { upload, finished } = start(bytes, {
      metadata,
      parallelUploads: 3,
      chunkSize: 500_000,
      onChunkComplete: () => (chunks += 1),
    });
    await until(
      () => chunks,
      (now) => now >= 5,
    );
    await upload.abort();
    upload.start();
    await finished;
    expect(await hashOf(name)).toBe(sha256(bytes));
  });

  it.each([
    ["that ends within a chunk", 3_300_000],
    ["shorter than a chunk", 10],
  ])("uploads a stream of unknown length %s (uploadLengthDeferred)", async (_case, length) => {
    const name = freshName();
    const bytes = freshBytes(length);
    const pieces = Array.from({ length: Math.ceil(length / 70_000) }, (_, i) =>
      bytes.subarray(i * 70_000, (i + 1) * 70_000),
    );
    const stream = Readable.from(pieces, { objectMode: false });
    const options = { metadata: { filename: name }, uploadLengthDeferred: true, chunkSize: 1e6 };
    await start(stream, options).finished;
    expect(await hashOf(name)).toBe(sha256(bytes));
  });

  it("terminates: nothing of the upload is left", async () => {
    const name = freshName();
    const { promise: terminated, resolve, reject } = Promise.withResolvers<void>();
    const { upload } = start(freshBytes(4 * mebibyte), {
      metadata: { filename: name },
      chunkSize: mebibyte,
      onChunkComplete(_size, accepted) {
        if (accepted === 2 * mebibyte) upload.abort(true).then(resolve, reject);
      },
    });
    await terminated;
    const url = upload.url ?? "";
    expect((await tus.head(url)).status).toBe(410);
    expect(await native.upload(url)).toMatchObject({ state: "aborted" });
    expect(await native.filesNamed(name)).toEqual([]);
  });

  it("terminates by URL alone", async () => {
    const url = new URL(await tus.created({ "upload-length": "10" }), server.url).href;
    const headers = { Authorization: `Bearer ${server.token}` };
    await Upload.terminate(url, { headers, retryDelays: [] });
    expect((await tus.head(url)).status).toBe(410);
  });

  it("begins anew when what it remembers has been terminated", async () => {
    const uploadUrl = new URL(await tus.created({ "upload-length": "10" }), server.url).href;
    await tus.call("DELETE", uploadUrl);
    const name = freshName();
    const bytes = freshBytes(10);
    const { upload, finished } = start(bytes, { uploadUrl, metadata: { filename: name } });
    await finished;
    expect(upload.url).not.toBe(uploadUrl);
    expect(await hashOf(name)).toBe(sha256(bytes));
  });

  it("hears why it is refused", async () => {
    const options = { metadata: { filename: "../../etc/passwd" } };
    await expect(start(freshBytes(10), options).finished).rejects.toThrow(
      /response code: 400, response text: name-refused/,
    );
    const anonymous = { headers: { Authorization: "Bearer wrong" } };
    await expect(start(freshBytes(10), anonymous).finished).rejects.toThrow(/response code: 401/);
  });

  it("tries again, asking for the offset, when a newer writer took over", async () => {
    const name = freshName();
    const bytes = freshBytes(48 * mebibyte);
    let sent = 0;
    const { upload, finished } = start(bytes, {
      metadata: { filename: name },
      retryDelays: [50, 50, 50, 50],
      onProgress: (now) => (sent = now),
    });
    await until(
      () => sent,
      (now) => now > 2 * mebibyte,
    );
    // Whether it comes before or after the end, what was sent stays right; before it, the client is told 423.
    await tus.patch(upload.url ?? "", { offset: 0, bytes: bytes.subarray(0, 1000) });
    await finished;
    expect(await hashOf(name)).toBe(sha256(bytes));
  });
});

describe("tus-js-client in a new process", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "sampan-tus-client-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each([1, 3])(
    "goes on where the killed one stopped (parallelUploads: %i)",
    async (parallel) => {
      const name = freshName();
      const bytes = freshBytes(8 * mebibyte + 5);
      const file = join(folder, name);
      await writeFile(file, bytes);
      const plan = {
        endpoint: `${server.url}/files/`,
        token: server.token,
        file,
        name,
        storage: join(folder, `${name}.json`),
        chunkSize: mebibyte / 2,
        parallelUploads: parallel,
        dieAfter: 3 * mebibyte,
      };
      const first = await runClient(plan);
      expect(first.signal).toBe("SIGKILL");
      expect(first.reports[0]).toEqual({ kind: "previous", count: 0 });
      expect(await native.filesNamed(name)).toEqual([]);

      const second = await runClient({ ...plan, dieAfter: null });
      expect(second.reports[0]).toEqual({ kind: "previous", count: 1 });
      expect(second.reports.at(-1)).toMatchObject({ kind: "done" });
      const resent = second.reports
        .filter((report) => report.kind === "chunk")
        .reduce((sum, { size }) => sum + size, 0);
      expect(resent).toBeLessThanOrEqual(bytes.length - plan.dieAfter);
      expect(await hashOf(name)).toBe(sha256(bytes));
    },
  );
});

describe.skipIf(isRemote)("tus-js-client across a restart of the server", () => {
  it("goes on by itself after kill -9", async () => {
    const name = freshName();
    const bytes = freshBytes(10 * mebibyte);
    const { finished, reached } = start(bytes, {
      metadata: { filename: name },
      chunkSize: mebibyte,
      retryDelays: Array.from({ length: 100 }, () => 100),
    });
    for (const stage of [2, 6]) {
      await reached(stage * mebibyte);
      await server.kill();
      await server.start();
    }
    await finished;
    expect(await hashOf(name)).toBe(sha256(bytes));
  });

  it("goes on by itself after kill -9, in parallel", async () => {
    const name = freshName();
    const bytes = freshBytes(12 * mebibyte);
    let chunks = 0;
    const { finished } = start(bytes, {
      metadata: { filename: name },
      parallelUploads: 3,
      chunkSize: mebibyte,
      retryDelays: Array.from({ length: 100 }, () => 100),
      onChunkComplete: () => (chunks += 1),
    });
    await until(
      () => chunks,
      (now) => now >= 4,
    );
    await server.kill();
    await server.start();
    await finished;
    expect(await hashOf(name)).toBe(sha256(bytes));
  });
});
