import { appendFile, readFile, rename, utimes, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { expect, test } from "vitest";
import { hasCode } from "../errors.ts";
import { createNodeUploader, fileSource } from "../node/index.ts";
import { blobSource } from "../source.ts";
import { createHarness, FAST_RETRY, makeBytes, type Harness } from "../testing/harness.ts";
import type { UploadProgress } from "./tally.ts";
import type { UploaderOptions } from "./uploader.ts";

const PART = 64 * 1024;

function uploaderFor(harness: Harness, options: Partial<UploaderOptions> = {}) {
  return createNodeUploader({ client: harness.client, retry: FAST_RETRY, ...options });
}

function requests(harness: Harness, beginning: string): string[] {
  return harness.server.log.filter((line) => line.startsWith(beginning));
}

/** Whether the server's file of that name has exactly the bytes of the local one. */
async function holds(harness: Harness, path: string): Promise<boolean> {
  const stored = harness.server.files.find(basename(path));
  return stored?.bytes.equals(await readFile(path)) ?? false;
}

test("stores a file of many parts byte for byte, under its own name", async () => {
  await using harness = await createHarness();
  const path = await harness.makeFile("big.bin", 10 * PART + 17);
  const result = await uploaderFor(harness).upload(await fileSource(path));
  expect(result).toMatchObject({ status: "stored", sentBytes: 10 * PART + 17, resumedBytes: 0 });
  expect(result.isInstant).toBe(false);
  expect(await holds(harness, path)).toBe(true);
});

test("covers several parts with one request", async () => {
  await using harness = await createHarness();
  const path = await harness.makeFile("big.bin", 40 * PART);
  await uploaderFor(harness).upload(await fileSource(path));
  expect(requests(harness, "PUT").length).toBeLessThan(20);
});

test("claims the whole-file digest when it completes", async () => {
  await using harness = await createHarness();
  const path = await harness.makeFile("big.bin", 4 * PART);
  const damage = (): void => {
    const [upload] = harness.server.uploads.all;
    if (upload !== undefined) harness.server.uploads.damage(upload.id, PART + 5);
  };
  harness.server.faults.add({ on: "POST /uploads/", fault: { kind: "before", act: damage } });
  const result = await uploaderFor(harness).upload(await fileSource(path));
  expect(result.status).toBe("stored");
  expect(requests(harness, "DELETE /uploads")).toHaveLength(1);
  expect(await holds(harness, path)).toBe(true);
});

test("gives up with digest-mismatch when the bytes arrive damaged every time", async () => {
  await using harness = await createHarness();
  const path = await harness.makeFile("big.bin", 2 * PART);
  const damage = (): void => {
    const [upload] = harness.server.uploads.all;
    if (upload !== undefined) harness.server.uploads.damage(upload.id, 5);
  };
  const fault = { kind: "before" as const, act: damage };
  harness.server.faults.add({ on: "POST /uploads/", fault, times: 100 });
  const upload = uploaderFor(harness).upload(await fileSource(path));
  await expect(upload).rejects.toMatchObject({ code: "digest-mismatch" });
  expect(harness.server.files.all).toEqual([]);
});

test("sends a Content-Digest with every request when asked to", async () => {
  await using harness = await createHarness();
  const path = await harness.makeFile("big.bin", 3 * PART);
  const uploader = uploaderFor(harness, { withPartDigests: true });
  expect((await uploader.upload(await fileSource(path))).status).toBe("stored");
});

test("after a cut request sends again only what the server does not hold", async () => {
  await using harness = await createHarness();
  const path = await harness.makeFile("big.bin", 8 * PART);
  const fault = { kind: "cut-request" as const, afterBytes: 1000 };
  harness.server.faults.add({ on: "PUT /uploads", fault, times: 2, after: 1 });
  const result = await uploaderFor(harness).upload(await fileSource(path));
  expect(result).toMatchObject({ status: "stored", sentBytes: 8 * PART });
  expect(await holds(harness, path)).toBe(true);
});

test("a lost acknowledgement costs no second sending of the same bytes", async () => {
  await using harness = await createHarness();
  const path = await harness.makeFile("big.bin", 4 * PART);
  harness.server.faults.add({ on: "PUT /uploads", fault: { kind: "lose-answer" } });
  const result = await uploaderFor(harness).upload(await fileSource(path));
  expect(result.status).toBe("stored");
  const sent = requests(harness, "PUT").map((line) => Number(line.split(" ")[2]));
  expect(sent.reduce((sum, bytes) => sum + bytes, 0)).toBe(4 * PART);
});

test("a lost answer to create or complete leaves one upload and one file", async () => {
  await using harness = await createHarness();
  const path = await harness.makeFile("big.bin", 2 * PART);
  harness.server.faults.add({ on: "POST /uploads ", fault: { kind: "lose-answer" } });
  harness.server.faults.add({ on: "POST /uploads", fault: { kind: "lose-answer" }, times: 2 });
  const options = { onConflict: "keep-both" as const };
  await uploaderFor(harness).upload(await fileSource(path), options);
  expect(harness.server.uploads.all).toHaveLength(1);
  expect(harness.server.files.all.map((file) => file.name)).toEqual(["big.bin"]);
});

test("honours Retry-After and goes on after 503", async () => {
  await using harness = await createHarness();
  const path = await harness.makeFile("big.bin", 2 * PART);
  const fault = { kind: "refuse" as const, status: 503, code: "writes-stopped", retryAfter: 0 };
  harness.server.faults.add({ on: "PUT /uploads", fault, times: 3 });
  const result = await uploaderFor(harness).upload(await fileSource(path));
  expect(result.status).toBe("stored");
});

test("goes on when another request for the same bytes took over", async () => {
  await using harness = await createHarness();
  const path = await harness.makeFile("big.bin", 4 * PART);
  const fault = { kind: "refuse" as const, status: 409, code: "superseded" };
  harness.server.faults.add({ on: "PUT /uploads", fault, times: 2 });
  const result = await uploaderFor(harness).upload(await fileSource(path));
  expect(result.status).toBe("stored");
  expect(await holds(harness, path)).toBe(true);
});

test("does not retry what the server refuses for good", async () => {
  await using harness = await createHarness();
  const path = await harness.makeFile("big.bin", 2 * PART);
  const fault = { kind: "refuse" as const, status: 507, code: "quota-exceeded" };
  harness.server.faults.add({ on: "POST /uploads", fault });
  const upload = uploaderFor(harness).upload(await fileSource(path));
  await expect(upload).rejects.toMatchObject({ code: "quota-exceeded", status: 507 });
  expect(requests(harness, "POST /uploads")).toHaveLength(1);
});

test("sends single parts when a proxy refuses longer bodies", async () => {
  await using harness = await createHarness();
  const path = await harness.makeFile("big.bin", 16 * PART);
  const fault = { kind: "refuse" as const, status: 413, code: "body-too-long" };
  harness.server.faults.add({ on: "PUT /uploads", fault, times: 2 });
  const result = await uploaderFor(harness).upload(await fileSource(path));
  expect(result.status).toBe("stored");
});

test("appends instead when not even single parts get through whole", async () => {
  await using harness = await createHarness();
  const path = await harness.makeFile("big.bin", 3 * PART);
  const cutPart = { kind: "cut-request" as const, afterBytes: 2_000 };
  harness.server.faults.add({ on: "PUT /uploads", fault: cutPart, times: 1_000 });
  const cutAppend = { kind: "cut-request" as const, afterBytes: 20_000 };
  harness.server.faults.add({ on: "PATCH /uploads", fault: cutAppend, times: 4 });
  const result = await uploaderFor(harness).upload(await fileSource(path));
  expect(result.status).toBe("stored");
  expect(requests(harness, "PATCH").length).toBeGreaterThan(4);
  expect(await holds(harness, path)).toBe(true);
});

test("goes on when the server was away", async () => {
  await using harness = await createHarness();
  const path = await harness.makeFile("big.bin", 30 * PART);
  const { server } = harness;
  let isBack: Promise<void> | undefined;
  const act = (): void => {
    isBack = server
      .stop()
      .then(() => new Promise((resolve) => setTimeout(resolve, 50)))
      .then(server.start);
  };
  server.faults.add({ on: "PUT /uploads", fault: { kind: "before", act }, after: 2 });
  const result = await uploaderFor(harness).upload(await fileSource(path));
  await isBack;
  expect(result.status).toBe("stored");
  expect(await holds(harness, path)).toBe(true);
});

test("an abort keeps what the server holds, and the next call sends only the rest", async () => {
  await using harness = await createHarness();
  const path = await harness.makeFile("big.bin", 20 * PART);
  const controller = new AbortController();
  const reason = new Error("stopped by the user");
  const onProgress = ({ sentBytes }: UploadProgress): void => {
    if (sentBytes >= 5 * PART) controller.abort(reason);
  };
  const options = { signal: controller.signal, onProgress };
  const stopped = uploaderFor(harness).upload(await fileSource(path), options);
  await expect(stopped).rejects.toBe(reason);
  const heldBytes = harness.server.uploads.all[0]?.receivedBytes ?? 0;
  expect(heldBytes).toBeGreaterThanOrEqual(5 * PART);
  expect(heldBytes).toBeLessThan(20 * PART);

  const result = await uploaderFor(harness).upload(await fileSource(path));
  expect(result.resumedBytes).toBe(heldBytes);
  expect(result.sentBytes).toBe(20 * PART - heldBytes);
  expect(harness.server.uploads.all).toHaveLength(1);
  expect(await holds(harness, path)).toBe(true);
});

test("a source that changed since begins a new upload", async () => {
  await using harness = await createHarness();
  const path = await harness.makeFile("big.bin", 4 * PART);
  const before = await fileSource(path);
  await utimes(path, new Date(), new Date(0));
  const after = await fileSource(path);
  expect(after.resumeKey).not.toBe(before.resumeKey);
  await expect(uploaderFor(harness).upload(before)).rejects.toMatchObject({
    code: "source-changed",
  });
  expect(harness.server.files.all).toEqual([]);
});

test("a source that grows while it is sent is refused and nothing is published", async () => {
  await using harness = await createHarness();
  const path = await harness.makeFile("big.bin", 8 * PART);
  let appended: Promise<void> | undefined;
  const onProgress = ({ sentBytes }: UploadProgress): void => {
    if (sentBytes > 0) appended ??= appendFile(path, "more");
  };
  const upload = uploaderFor(harness).upload(await fileSource(path), { onProgress });
  await expect(upload).rejects.toMatchObject({ code: "source-changed" });
  await appended;
  expect(harness.server.files.all).toEqual([]);
});

test("equal bytes under the same name are already there, and nothing is sent", async () => {
  await using harness = await createHarness();
  const path = await harness.makeFile("big.bin", 4 * PART);
  await uploaderFor(harness).upload(await fileSource(path));
  const before = harness.server.log.length;
  const result = await uploaderFor(harness).upload(await fileSource(path));
  expect(result).toMatchObject({ status: "already-there", isInstant: true, sentBytes: 0 });
  expect(harness.server.log.slice(before).filter((line) => !line.startsWith("GET"))).toEqual([]);
});

test("other bytes under the same name are refused before anything is sent", async () => {
  await using harness = await createHarness();
  harness.server.files.put("big.bin", { bytes: makeBytes(4 * PART, 2) });
  const path = await harness.makeFile("big.bin", 4 * PART);
  const upload = uploaderFor(harness).upload(await fileSource(path));
  await expect(upload).rejects.toMatchObject({ code: "name-taken" });
  expect(requests(harness, "P")).toEqual([]);
});

test.each([
  ["replace", ["big.bin"]],
  ["keep-both", ["big.bin", "big.bin (1)"]],
] as const)("other bytes under the same name: %s", async (onConflict, names) => {
  await using harness = await createHarness();
  harness.server.files.put("big.bin", { bytes: makeBytes(4 * PART, 2) });
  const path = await harness.makeFile("big.bin", 4 * PART);
  const result = await uploaderFor(harness).upload(await fileSource(path), { onConflict });
  expect(harness.server.files.all.map((file) => file.name)).toEqual(names);
  expect(harness.server.files.get(result.file.id).bytes.equals(await readFile(path))).toBe(true);
});

test("a name taken meanwhile by the same bytes is already there, and the upload is freed", async () => {
  await using harness = await createHarness();
  const path = await harness.makeFile("big.bin", 2 * PART);
  const bytes = await readFile(path);
  const act = (): void => void harness.server.files.put("big.bin", { bytes });
  harness.server.faults.add({ on: "POST /uploads/", fault: { kind: "before", act } });
  const result = await uploaderFor(harness).upload(await fileSource(path));
  expect(result.status).toBe("already-there");
  expect(requests(harness, "DELETE /uploads")).toHaveLength(1);
});

test("resumes an upload that was paused meanwhile", async () => {
  await using harness = await createHarness();
  const path = await harness.makeFile("big.bin", 2 * PART);
  const source = await fileSource(path);
  const { name, size, resumeKey } = source;
  const input = { name, size, resumeKey: `${resumeKey}:fail` };
  const { upload } = await harness.client.createUpload(input);
  await harness.client.pauseUpload(upload.id);
  const result = await uploaderFor(harness).upload(source);
  expect(result).toMatchObject({ status: "stored" });
  expect(harness.server.uploads.all).toHaveLength(1);
});

test("another answer to a conflict is another upload", async () => {
  await using harness = await createHarness();
  const source = await fileSource(await harness.makeFile("big.bin", 2 * PART));
  const { name, size, resumeKey } = source;
  await harness.client.createUpload({ name, size, resumeKey: `${resumeKey}:fail` });
  harness.server.files.put("big.bin", { bytes: Buffer.from("other") });
  await uploaderFor(harness).upload(source, { onConflict: "replace" });
  expect(harness.server.files.find("big.bin")?.size).toBe(2 * PART);
});

test("begins anew when the server lost the upload", async () => {
  await using harness = await createHarness();
  const path = await harness.makeFile("big.bin", 2 * PART);
  const fault = { kind: "refuse" as const, status: 404, code: "upload-not-found" };
  harness.server.faults.add({ on: "PUT /uploads", fault });
  const result = await uploaderFor(harness).upload(await fileSource(path));
  expect(result.status).toBe("stored");
});

test("stops when somebody aborted the upload", async () => {
  await using harness = await createHarness();
  const path = await harness.makeFile("big.bin", 2 * PART);
  const act = (): void => {
    const [upload] = harness.server.uploads.all;
    if (upload !== undefined) harness.server.uploads.setState(upload.id, "aborted");
  };
  harness.server.faults.add({ on: "PUT /uploads", fault: { kind: "before", act } });
  const upload = uploaderFor(harness).upload(await fileSource(path));
  await expect(upload).rejects.toMatchObject({ code: "upload-aborted" });
});

test("small files travel together in one request", async () => {
  await using harness = await createHarness();
  const uploader = uploaderFor(harness);
  const paths = await Promise.all(
    Array.from({ length: 50 }, (_, index) => harness.makeFile(`small-${index}.txt`, index * 20)),
  );
  const results = await Promise.all(
    paths.map(async (path) => await uploader.upload(await fileSource(path))),
  );
  expect(results.every(({ status }) => status === "stored")).toBe(true);
  expect(requests(harness, "POST /files/batch").length).toBeLessThan(10);
  expect(requests(harness, "POST /uploads")).toEqual([]);
  for (const [index, path] of paths.entries()) {
    const stored = harness.server.files.find(`small-${index}.txt`);
    expect(stored?.bytes).toEqual(await readFile(path));
  }
});

test("a batch never exceeds the server's limits", async () => {
  await using harness = await createHarness({ maxBatchFiles: 3, maxBatchBytes: 20_000 });
  const uploader = uploaderFor(harness);
  const sources = await Promise.all(
    Array.from({ length: 20 }, async (_, index) =>
      fileSource(await harness.makeFile(`small-${index}`, 1_000)),
    ),
  );
  await Promise.all(sources.map((source) => uploader.upload(source)));
  const sizes = requests(harness, "POST /files/batch").map((line) => Number(line.split(" ")[2]));
  expect(Math.max(...sizes)).toBeLessThanOrEqual(20_000);
  expect(sizes.length).toBeGreaterThanOrEqual(7);
});

test("one refused small file does not refuse its companions", async () => {
  await using harness = await createHarness();
  harness.server.files.put("taken", { bytes: Buffer.from("other") });
  harness.server.files.put("equal", { bytes: makeBytes(10) });
  const uploader = uploaderFor(harness);
  const [taken, equal, fresh] = await Promise.allSettled(
    ["taken", "equal", "fresh"].map(async (name) =>
      uploader.upload(await fileSource(await harness.makeFile(name, 10))),
    ),
  );
  expect(taken).toMatchObject({ status: "rejected", reason: { code: "name-taken" } });
  expect(equal).toMatchObject({ value: { status: "already-there", isInstant: true } });
  expect(fresh).toMatchObject({ value: { status: "stored" } });
});

test.each(["fail", "replace"] as const)(
  "many equal small files are already there, found by listing (%s)",
  async (onConflict) => {
    await using harness = await createHarness();
    const paths = await Promise.all(
      Array.from({ length: 60 }, (_, index) => harness.makeFile(`small-${index}`, 10 + index)),
    );
    const uploader = uploaderFor(harness);
    const putAll = async (): Promise<string[]> => {
      const upload = async (path: string) =>
        await uploader.upload(await fileSource(path), { onConflict });
      return (await Promise.all(paths.map(upload))).map(({ status }) => status);
    };
    await putAll();
    await writeFile(paths[7] ?? "", "other");
    const before = harness.server.log.length;
    const again = await Promise.allSettled([putAll()]);
    expect(harness.server.log.slice(before).length).toBeLessThan(20);
    if (onConflict === "fail") {
      expect(again).toMatchObject([{ status: "rejected", reason: { code: "name-taken" } }]);
      return;
    }
    const statuses = paths.map((_, index) => (index === 7 ? "stored" : "already-there"));
    expect(again).toMatchObject([{ value: statuses }]);
    expect(harness.server.files.find("small-7")?.bytes.toString()).toBe("other");
  },
);

test("a batch whose answer was lost counts as stored, once", async () => {
  await using harness = await createHarness();
  harness.server.faults.add({ on: "POST /files/batch", fault: { kind: "lose-answer" } });
  const source = await fileSource(await harness.makeFile("small", 100));
  const result = await uploaderFor(harness).upload(source);
  expect(result).toMatchObject({ status: "stored", sentBytes: 100 });
  expect(harness.server.files.all).toHaveLength(1);
});

test("a small file to keep both of is stored exactly once even when the answer is lost", async () => {
  await using harness = await createHarness();
  harness.server.files.put("small", { bytes: Buffer.from("other") });
  harness.server.faults.add({ on: "POST ", fault: { kind: "lose-answer" }, times: 2 });
  const source = await fileSource(await harness.makeFile("small", 100));
  await uploaderFor(harness).upload(source, { onConflict: "keep-both" });
  expect(harness.server.files.all.map((file) => file.name)).toEqual(["small", "small (1)"]);
});

test("an empty file is stored", async () => {
  await using harness = await createHarness();
  const source = await fileSource(await harness.makeFile("empty", 0));
  for (const onConflict of ["fail", "keep-both"] as const) {
    await uploaderFor(harness).upload({ ...source, name: onConflict }, { onConflict });
  }
  expect(harness.server.files.all.map((file) => file.size)).toEqual([0, 0]);
});

test("stores a Blob as a browser would", async () => {
  await using harness = await createHarness();
  const bytes = new Uint8Array(makeBytes(5 * PART + 1));
  const file = new File([bytes], "blob.bin", { lastModified: 5, type: "image/png" });
  const result = await uploaderFor(harness).upload(blobSource(file));
  expect(result.file.mediaType).toBe("image/png");
  expect(harness.server.files.find("blob.bin")?.bytes.equals(bytes)).toBe(true);
});

test("progress only grows while nothing fails, and ends with every byte held", async () => {
  await using harness = await createHarness();
  const seen: UploadProgress[] = [];
  const source = await fileSource(await harness.makeFile("big.bin", 8 * PART));
  await uploaderFor(harness).upload(source, { onProgress: (progress) => seen.push(progress) });
  const moved = seen.map((progress) => progress.movedBytes);
  expect(moved).toEqual(moved.toSorted((a, b) => a - b));
  expect(seen.at(-1)).toMatchObject({ phase: "done", heldBytes: 8 * PART, hashedBytes: 8 * PART });
});

test("gives up when the server stays away longer than the retry budget", async () => {
  await using harness = await createHarness();
  const source = await fileSource(await harness.makeFile("big.bin", 2 * PART));
  await harness.server.stop();
  const retry = { ...FAST_RETRY, retryForMs: 20 };
  const upload = uploaderFor(harness, { retry }).upload(source);
  const error: unknown = await upload.catch((thrown: unknown) => thrown);
  expect(hasCode(error, "connection-lost")).toBe(true);
});

test("a file replaced by another of the same size and time is changed", async () => {
  await using harness = await createHarness();
  const path = await harness.makeFile("big.bin", 2 * PART);
  const time = new Date(1_000_000_000_000);
  await utimes(path, time, time);
  const source = await fileSource(path);
  await writeFile(`${path}.new`, makeBytes(2 * PART, 9));
  await utimes(`${path}.new`, time, time);
  await source.checkUnchanged?.();
  await rename(`${path}.new`, path);
  await expect(source.checkUnchanged?.()).rejects.toMatchObject({ code: "source-changed" });
});

test("a source that changes after its last byte was sent is not published", async () => {
  await using harness = await createHarness();
  const path = await harness.makeFile("big.bin", 2 * PART);
  const source = await fileSource(path);
  const isSent = Promise.withResolvers<void>();
  const sha256: typeof source.sha256 = async (hashing) => {
    const digest = await source.sha256?.(hashing);
    await isSent.promise;
    await appendFile(path, "more");
    return digest ?? "";
  };
  const onProgress = ({ phase }: UploadProgress): void => {
    if (phase === "verifying") isSent.resolve();
  };
  const upload = uploaderFor(harness).upload({ ...source, sha256 }, { onProgress });
  await expect(upload).rejects.toMatchObject({ code: "source-changed" });
  expect(requests(harness, "POST /uploads/")).toEqual([]);
});
