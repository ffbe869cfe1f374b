/** @uppy/core with @uppy/tus, unmodified. In Node it is given a reader for Blobs, which a browser would bring. */
import { Uppy } from "@uppy/core";
import Tus, { type TusOpts } from "@uppy/tus";
import { describe, expect, it } from "vitest";
import { freshBytes, freshName, mebibyte, sha256 } from "../src/content.ts";
import { speakNative } from "../src/native.ts";
import { isRemote, useServer } from "../src/server.ts";
import { speakTus } from "../src/tus.ts";
import { until } from "../src/until.ts";

type Meta = Record<string, unknown>;
type Body = Record<string, unknown>;
type FileReader = NonNullable<TusOpts<Meta, Body>["fileReader"]>;

const server = useServer();
const native = speakNative(server);
const tus = speakTus(server);

const blobReader: FileReader = {
  // A Buffer comes when a file is cut for parallelUploads.
  openFile(input: Blob | Buffer<ArrayBuffer>) {
    const blob = input instanceof Blob ? input : new Blob([input]);
    return Promise.resolve({
      size: blob.size,
      async slice(start: number, end: number) {
        const piece = await blob.slice(start, end).arrayBuffer();
        const value = Object.assign(Buffer.from(piece), { size: piece.byteLength });
        return { value, done: end >= blob.size };
      },
      close: () => undefined,
    });
  },
};

function openUppy(options: Partial<TusOpts<Meta, Body>> = {}): Uppy<Meta, Body> {
  const silent = { debug() {}, warn() {}, error() {} };
  return new Uppy<Meta, Body>({ autoProceed: false, logger: silent }).use(Tus, {
    endpoint: `${server.url}/files/`,
    headers: { Authorization: `Bearer ${server.token}` },
    fileReader: blobReader,
    retryDelays: [100, 100, 100],
    ...options,
  });
}

function addFile(uppy: Uppy<Meta, Body>, bytes: Uint8Array<ArrayBuffer>, type = "image/jpeg") {
  const name = freshName("jpg");
  const id = uppy.addFile({ name, type, data: new File([bytes], name, { type }) });
  return { id, name };
}

const fresh = (length: number) => Uint8Array.from(freshBytes(length));

describe("@uppy/tus", () => {
  it("uploads several files, with their names and types", async () => {
    const uppy = openUppy();
    const contents = [fresh(3 * mebibyte + 1), fresh(17), fresh(mebibyte)];
    const names = contents.map((bytes) => addFile(uppy, bytes).name);
    const result = await uppy.upload();
    expect(result?.failed).toEqual([]);
    expect(result?.successful).toHaveLength(3);
    for (const [i, name] of names.entries()) {
      const [file] = await native.filesNamed(name);
      expect(file).toMatchObject({ mediaType: "image/jpeg", size: contents[i]?.length });
      expect(sha256(await native.contentOf(name))).toBe(sha256(contents[i] ?? new Uint8Array()));
    }
    uppy.destroy();
  });

  it("the URL it reports gives the file back", async () => {
    const uppy = openUppy();
    const bytes = fresh(100_000);
    addFile(uppy, bytes);
    const result = await uppy.upload();
    const url = result?.successful?.[0]?.uploadURL ?? "";
    const answer = await tus.call("GET", url, { headers: { "tus-resumable": undefined } });
    expect(answer.status).toBe(200);
    expect(sha256(answer.body)).toBe(sha256(bytes));
    uppy.destroy();
  });

  it("pauses and resumes", async () => {
    const uppy = openUppy({ chunkSize: mebibyte });
    const bytes = fresh(24 * mebibyte);
    const { id, name } = addFile(uppy, bytes);
    const uploading = uppy.upload();
    await until(
      () => uppy.getFile(id).progress.bytesUploaded || 0,
      (sent) => sent >= 2 * mebibyte,
    );
    uppy.pauseAll();
    expect(await native.filesNamed(name)).toEqual([]);
    uppy.resumeAll();
    const result = await uploading;
    expect(result?.failed).toEqual([]);
    expect(sha256(await native.contentOf(name))).toBe(sha256(bytes));
    uppy.destroy();
  });

  it("cancelling terminates the upload on the server", async () => {
    const uppy = openUppy({ chunkSize: 500_000 });
    const { id, name } = addFile(uppy, fresh(24 * mebibyte));
    const uploading = uppy.upload();
    await until(
      () => uppy.getFile(id).progress.bytesUploaded || 0,
      (sent) => sent >= mebibyte,
    );
    const url = uppy.getFile(id).tus?.uploadUrl ?? "";
    uppy.removeFile(id);
    await uploading;
    await until(
      async () => (await tus.head(url)).status,
      (status) => status === 410,
    );
    expect(await native.filesNamed(name)).toEqual([]);
    uppy.destroy();
  });

  it("uploads in parallel parts", async () => {
    const uppy = openUppy({ parallelUploads: 3 });
    const bytes = fresh(5 * mebibyte);
    const { name } = addFile(uppy, bytes);
    const result = await uppy.upload();
    expect(result?.failed).toEqual([]);
    expect(sha256(await native.contentOf(name))).toBe(sha256(bytes));
    uppy.destroy();
  });

  it("reports a refusal with the server's reason", async () => {
    const uppy = openUppy({ headers: { Authorization: "Bearer wrong" } });
    addFile(uppy, fresh(10));
    const result = await uppy.upload();
    expect(result?.successful).toEqual([]);
    expect(result?.failed?.[0]?.error).toContain("401");
    uppy.destroy();
  });
});

describe.skipIf(isRemote)("@uppy/tus across a restart of the server", () => {
  it("goes on by itself after kill -9", async () => {
    const uppy = openUppy({
      chunkSize: mebibyte,
      retryDelays: Array.from({ length: 100 }, () => 100),
    });
    const bytes = fresh(24 * mebibyte);
    const { id, name } = addFile(uppy, bytes);
    const uploading = uppy.upload();
    await until(
      () => uppy.getFile(id).progress.bytesUploaded || 0,
      (sent) => sent >= 2 * mebibyte,
    );
    await server.kill();
    await server.start();
    const result = await uploading;
    expect(result?.failed).toEqual([]);
    expect(sha256(await native.contentOf(name))).toBe(sha256(bytes));
    uppy.destroy();
  });
});
