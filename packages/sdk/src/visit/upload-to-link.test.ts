import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { createLink } from "../link.ts";
import { createNodeHasher } from "../node/hasher.ts";
import { blobSource, sourceChanged, type UploadSource } from "../source.ts";
import { FAST_RETRY, makeBytes } from "../testing/harness.ts";
import type { TransportRequest } from "../transport.ts";
import { toBlob } from "../transport.ts";
import { uploadToLink } from "./upload-to-link.ts";
import { createVisitor, type VisitorKeys } from "./visitor.ts";

const MIB = 1024 ** 2;

interface Sent {
  name: string;
  size: number;
  digests?: { sha256?: string };
  parts: Map<number, Uint8Array>;
  state: string;
}

/** As much of a server as takes files through a link; a test may answer in its place. */
function createInbox({ partSize = MIB }: { partSize?: number } = {}) {
  const uploads = new Map<string, Sent>();
  const whole: { name: string; bytes: Uint8Array }[] = [];
  const log: string[] = [];
  let answer: ((line: string) => Response | Error | undefined) | undefined;

  const show = (id: string) => {
    const upload = uploads.get(id);
    if (upload === undefined) return Response.json({ code: "upload-not-found" }, { status: 404 });
    const { name, size, state, parts } = upload;
    const numbers = Array.from({ length: Math.ceil(size / partSize) }, (_, number) => number);
    const missing = numbers.filter((number) => !parts.has(number));
    const receivedBytes = [...parts.values()].reduce((sum, part) => sum + part.length, 0);
    return Response.json({ id, name, size, state, partSize, missing, receivedBytes });
  };
  const put = (id: string, number: number, bytes: Uint8Array): Response => {
    for (let at = 0; at < bytes.length; at += partSize)
      uploads.get(id)?.parts.set(number + at / partSize, bytes.subarray(at, at + partSize));
    return Response.json({ start: number * partSize, length: bytes.length });
  };
  const complete = (id: string): Response => {
    const upload = uploads.get(id)!;
    const parts = [...upload.parts].toSorted(([a], [b]) => a - b).map(([, part]) => part);
    const sha256 = createHash("sha256").update(Buffer.concat(parts)).digest("hex");
    if (sha256 !== upload.digests?.sha256)
      return Response.json({ code: "digest-mismatch" }, { status: 422 });
    upload.state = "complete";
    return show(id);
  };
  const transport = async ({ method, url, body }: TransportRequest): Promise<Response> => {
    const [, kind = "", id = "", , number = "0"] = new URL(url).pathname
      .replace("/api/v1/s/token", "")
      .split("/");
    const line = `${method} ${kind}${number === "0" ? "" : ` ${number}`}`;
    log.push(line);
    const bytes =
      body === undefined
        ? new Uint8Array()
        : new Uint8Array(await (await toBlob(body)).arrayBuffer());
    const instead = answer?.(line);
    if (instead instanceof Error) throw instead;
    if (instead !== undefined) return instead;
    if (kind === "files") {
      whole.push({ name: decodeURIComponent(id), bytes });
      return Response.json({ name: id, size: bytes.length }, { status: 201 });
    }
    if (method === "POST" && id === "") {
      const made = `upload-${uploads.size}`;
      const asked = JSON.parse(new TextDecoder().decode(bytes)) as Omit<Sent, "parts" | "state">;
      uploads.set(made, { ...asked, parts: new Map(), state: "receiving" });
      return show(made);
    }
    if (method === "PUT") return put(id, Number(number), bytes);
    if (method === "POST") return complete(id);
    if (method === "DELETE") uploads.delete(id);
    return method === "DELETE" ? new Response(null, { status: 204 }) : show(id);
  };
  const visit = (keys: VisitorKeys = {}) =>
    createVisitor({ url: "http://fake", shareToken: "token", transport, keys });
  return {
    uploads,
    whole,
    log,
    visit,
    answerWith(other: typeof answer) {
      answer = other;
    },
  };
}

const common = { retry: FAST_RETRY, createHasher: createNodeHasher };
const sourceOf = (size: number, more: Partial<UploadSource> = {}): UploadSource => ({
  ...blobSource(new Blob([new Uint8Array(makeBytes(size))]), { name: "mine.bin" }),
  resumeKey: `key ${size}`,
  ...more,
});
const lost = () => Object.assign(new Error("cut"), { name: "AbortError" });

test("a small file goes in one request, a large one in parts", async () => {
  const inbox = createInbox();
  const visitor = inbox.visit();
  await uploadToLink(sourceOf(10), { visitor, ...common });
  expect(inbox.log).toEqual(["PUT files"]);
  const result = await uploadToLink(sourceOf(5 * MIB), { visitor, ...common });
  expect(result).toEqual({ name: "mine.bin", size: 5 * MIB, sentBytes: 5 * MIB, resumedBytes: 0 });
  expect(inbox.uploads.get("upload-0")?.state).toBe("complete");
  expect(visitor.keys.uploads).toEqual({});
});

test("whoever has the keys goes on with what is held", async () => {
  const inbox = createInbox();
  const visitor = inbox.visit();
  const stop = new AbortController();
  inbox.answerWith((line) => {
    if (line !== "PUT uploads 3") return undefined;
    stop.abort(new Error("enough"));
    return lost();
  });
  const { signal } = stop;
  const link = { initialRequestBytes: MIB, maxRequestBytes: MIB, maxConcurrency: 1 };
  const stopped = uploadToLink(sourceOf(5 * MIB), {
    ...common,
    visitor,
    signal,
    link: createLink({ ...link, initialConcurrency: 1 }),
  });
  await expect(stopped).rejects.toThrow("enough");
  inbox.answerWith(undefined);
  const keys = JSON.parse(JSON.stringify(visitor.keys)) as VisitorKeys;
  const next = inbox.visit(keys);
  const result = await uploadToLink(sourceOf(5 * MIB), { visitor: next, ...common });
  expect(result).toMatchObject({ resumedBytes: 3 * MIB, sentBytes: 2 * MIB });
  expect(inbox.uploads.size).toBe(1);
});

test("an upload that is gone by then is begun anew", async () => {
  const inbox = createInbox();
  const visitor = inbox.visit({ uploads: { [`key ${2 * MIB}`]: "upload-of-yesterday" } });
  await uploadToLink(sourceOf(2 * MIB), { visitor, ...common });
  expect(inbox.uploads.get("upload-0")?.state).toBe("complete");
});

test("bytes that arrived damaged are given up and sent again", async () => {
  const inbox = createInbox();
  let isDamaged = false;
  inbox.answerWith((line) => {
    if (line !== "POST uploads" || inbox.uploads.size === 0 || isDamaged) return undefined;
    isDamaged = true;
    return Response.json({ code: "digest-mismatch" }, { status: 422 });
  });
  await uploadToLink(sourceOf(2 * MIB), { visitor: inbox.visit(), ...common });
  expect(inbox.log.filter((line) => line === "DELETE uploads")).toHaveLength(1);
  expect([...inbox.uploads.values()].map(({ state }) => state)).toEqual(["complete"]);
});

test("a file that changes while it is sent is said to have, and its bytes are given up", async () => {
  const inbox = createInbox();
  const checkUnchanged = async () => {
    throw sourceChanged("mine.bin");
  };
  const visitor = inbox.visit();
  const sending = uploadToLink(sourceOf(2 * MIB, { checkUnchanged }), { visitor, ...common });
  await expect(sending).rejects.toMatchObject({ code: "source-changed" });
  expect([...inbox.uploads.values()].filter(({ state }) => state === "complete")).toEqual([]);
});

test("a small file whose answer was lost is not sent a second time", async () => {
  const inbox = createInbox();
  inbox.answerWith(() => Response.json({}, { status: 502 }));
  const sending = uploadToLink(sourceOf(10), { visitor: inbox.visit(), ...common });
  await expect(sending).rejects.toMatchObject({ code: "arrival-unknown", status: 502 });
  expect(inbox.log).toEqual(["PUT files"]);
});

test("a small file that the server had no time for is sent again", async () => {
  const inbox = createInbox();
  inbox.answerWith(() => (inbox.log.length === 1 ? Response.json({}, { status: 503 }) : undefined));
  await uploadToLink(sourceOf(10), { visitor: inbox.visit(), ...common });
  expect(inbox.log).toEqual(["PUT files", "PUT files"]);
  expect(inbox.whole).toHaveLength(1);
});
