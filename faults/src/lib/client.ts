import { digestHeader, sha256Hex } from "./content.ts";
import type { Http, Reply } from "./http.ts";
import { field, outcomeOf, textField, type Outcome } from "./outcome.ts";

/** The parts of the native API's answers that the harness relies on. */
export interface UploadView {
  id: string;
  name: string;
  size: number | null;
  partSize: number;
  state: string;
  offset: number;
  receivedBytes: number;
  missing: number[] | null;
  file: FileView | null;
}

export interface FileView {
  id: string;
  name: string;
  size: number;
  sha256: string | null;
}

export interface NamedBytes {
  name: string;
  bytes: Buffer;
}

export type BatchResult = { status: number; file: FileView | null; code: string };

export type Client = ReturnType<typeof createClient>;

const TUS = { "tus-resumable": "1.0.0" };

export function createClient(http: Http) {
  const json = (method: string, path: string, body?: unknown): Promise<Reply> =>
    http.send({
      method,
      path: `/api/v1${path}`,
      ...(body === undefined
        ? {}
        : {
            headers: { "content-type": "application/json" },
            body: Buffer.from(JSON.stringify(body)),
          }),
    });
  const upload = (reply: Promise<Reply>): Promise<Outcome<UploadView>> =>
    outcomeOf(reply, (answer) => readUpload(parse(answer)));

  return {
    http,
    create: (wish: { name: string; size: number | null; partSize?: number }) =>
      upload(json("POST", "/uploads", wish.size === null ? { ...wish, size: undefined } : wish)),
    getUpload: (id: string) => upload(json("GET", `/uploads/${id}`)),
    complete: (id: string, claim: { size?: number; digests?: { sha256: string } }) =>
      upload(json("POST", `/uploads/${id}/complete`, claim)),
    pause: (id: string) => upload(json("POST", `/uploads/${id}/pause`)),
    resume: (id: string) => upload(json("POST", `/uploads/${id}/resume`)),
    abort: (id: string) => outcomeOf(json("DELETE", `/uploads/${id}`), () => null),
    deleteFile: (id: string) => outcomeOf(json("DELETE", `/files/${id}?permanent=1`), () => null),
    getFile: (id: string) =>
      outcomeOf(json("GET", `/files/${id}`), (reply) => readFile(parse(reply))),

    putParts: (id: string, parts: { first: number; bytes: Buffer; withDigest: boolean }) =>
      outcomeOf(
        http.send({
          method: "PUT",
          path: `/api/v1/uploads/${id}/parts/${parts.first}`,
          headers: {
            "content-type": "application/octet-stream",
            ...(parts.withDigest ? { "content-digest": digestHeader(parts.bytes) } : {}),
          },
          body: parts.bytes,
        }),
        () => null,
      ),
    append: (id: string, tail: { offset: number; bytes: Buffer; isLast: boolean }) =>
      outcomeOf(
        http.send({
          method: "PATCH",
          path: `/api/v1/uploads/${id}`,
          headers: {
            "content-type": "application/octet-stream",
            "upload-offset": String(tail.offset),
            ...(tail.isLast ? { "upload-complete": "?1" } : {}),
          },
          body: tail.bytes,
        }),
        (reply) => Number(reply.headers["upload-offset"]),
      ),
    putFile: (file: NamedBytes & { withDigest: boolean }) =>
      outcomeOf(
        http.send({
          method: "PUT",
          path: `/api/v1/files/${encodeURIComponent(file.name)}`,
          headers: {
            "content-type": "application/octet-stream",
            ...(file.withDigest ? { "content-digest": digestHeader(file.bytes) } : {}),
          },
          body: file.bytes,
        }),
        (reply) => readFile(parse(reply)),
      ),
    putBatch: (files: NamedBytes[]) =>
      outcomeOf(
        http.send({
          method: "POST",
          path: "/api/v1/files/batch",
          headers: { "content-type": "application/vnd.sampan.batch" },
          body: encodeBatch(files),
        }),
        (reply) => readList(parse(reply), "results").map(readBatchResult),
      ),
    download: (id: string) => outcomeOf(json("GET", `/files/${id}/content`), (reply) => reply.body),

    /** tus: the answer has no body; the id is the end of the Location. */
    tusCreate: (wish: { name: string; size: number }) =>
      outcomeOf(
        http.send({
          method: "POST",
          path: "/files/",
          headers: {
            ...TUS,
            "upload-length": String(wish.size),
            "upload-metadata": `filename ${Buffer.from(wish.name).toString("base64")}`,
          },
        }),
        (reply) => (reply.headers.location ?? "").split("/").at(-1) ?? "",
      ),
    tusAppend: (id: string, tail: { offset: number; bytes: Buffer }) =>
      outcomeOf(
        http.send({
          method: "PATCH",
          path: `/files/${id}`,
          headers: {
            ...TUS,
            "content-type": "application/offset+octet-stream",
            "upload-offset": String(tail.offset),
          },
          body: tail.bytes,
        }),
        (reply) => Number(reply.headers["upload-offset"]),
      ),

    listFiles: () => listAll(json, { path: "/files", read: readFile }),
    listUploads: () => listAll(json, { path: "/uploads", read: readUpload }),
    health: () => outcomeOf(json("GET", "/health"), (reply) => reply.body.toString("utf8")),
    startCheck: () => outcomeOf(json("POST", "/checks"), (reply) => parse(reply)),
    getCheck: (id: string) => outcomeOf(json("GET", `/checks/${id}`), (reply) => parse(reply)),
  };
}

export function encodeBatch(files: NamedBytes[]): Buffer {
  return Buffer.concat(
    files.flatMap(({ name, bytes }) => [
      Buffer.from(`${JSON.stringify({ name, size: bytes.length, sha256: sha256Hex(bytes) })}\n`),
      bytes,
    ]),
  );
}

type Json = (method: string, path: string) => Promise<Reply>;

async function listAll<T>(
  json: Json,
  source: { path: string; read: (value: unknown) => T },
): Promise<Outcome<T[]>> {
  const all: T[] = [];
  let cursor = "";
  for (;;) {
    const page = await outcomeOf(json("GET", `${source.path}?limit=200${cursor}`), parse);
    if (page.kind !== "ok") return page;
    all.push(...readList(page.value, "items").map(source.read));
    const next = field(page.value, "nextCursor");
    if (typeof next !== "string") return { kind: "ok", value: all };
    cursor = `&cursor=${encodeURIComponent(next)}`;
  }
}

function parse(reply: Reply): unknown {
  return JSON.parse(reply.body.toString("utf8")) as unknown;
}

function readList(value: unknown, name: string): unknown[] {
  const list = field(value, name);
  if (!Array.isArray(list)) throw new TypeError(`the answer has no list "${name}"`);
  return list as unknown[];
}

function readBatchResult(value: unknown): BatchResult {
  const file = field(value, "file");
  return {
    status: Number(field(value, "status")),
    file: file === undefined || file === null ? null : readFile(file),
    code: textField(field(value, "problem"), "code"),
  };
}

function readFile(value: unknown): FileView {
  const sha256 = field(field(value, "digests"), "sha256");
  return {
    id: textField(value, "id"),
    name: textField(value, "name"),
    size: Number(field(value, "size")),
    sha256: typeof sha256 === "string" ? sha256 : null,
  };
}

function readUpload(value: unknown): UploadView {
  const size = field(value, "size");
  const missing = field(value, "missing");
  const file = field(value, "file");
  return {
    id: textField(value, "id"),
    name: textField(value, "name"),
    size: typeof size === "number" ? size : null,
    partSize: Number(field(value, "partSize")),
    state: textField(value, "state"),
    offset: Number(field(value, "offset")),
    receivedBytes: Number(field(value, "receivedBytes")),
    missing: Array.isArray(missing) ? missing.map(Number) : null,
    file: file === undefined || file === null ? null : readFile(file),
  };
}
