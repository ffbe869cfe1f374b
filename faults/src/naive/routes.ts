import { createHash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { HttpError } from "./http-error.ts";
import { missingParts, offsetOf, type NaiveFile, type NaiveUpload } from "./state.ts";
import type { Store } from "./store.ts";

/** Just enough of the native API for the harness to speak to. */
export interface NaiveRequest {
  method: string;
  segments: string[];
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: Buffer;
  /** What the client said it would send; more than `body` when the connection was cut. */
  countedLength: number;
  isWhole: boolean;
}

export type NaiveAnswer =
  | { status: number; json: unknown; headers?: Record<string, string> }
  | { status: number; bytes: Buffer };

export function route(store: Store, request: NaiveRequest): NaiveAnswer {
  const [area, id] = request.segments;
  if (area === "health") return { status: 200, json: { status: "ok", checks: {} } };
  if (area === "checks") return { status: id === undefined ? 202 : 200, json: scrub(store) };
  if (area === "uploads" && id === undefined) return uploadCollection(store, request);
  if (area === "uploads" && id !== undefined) return oneUpload(store, { request, id });
  if (area === "files") return files(store, request);
  throw new HttpError(404, "not-found");
}

function uploadCollection(store: Store, request: NaiveRequest): NaiveAnswer {
  if (request.method === "GET") {
    const open = [...store.state.uploads.values()].filter(isOpen);
    return { status: 200, json: { items: open.map((one) => show(store, one)), nextCursor: null } };
  }
  requireWhole(request);
  const wish = JSON.parse(request.body.toString("utf8")) as {
    name: string;
    size?: number;
    partSize?: number;
  };
  const { name, size = null, partSize = 65_536 } = wish;
  return { status: 201, json: show(store, store.create({ name, size, partSize })) };
}

function oneUpload(
  store: Store,
  { request, id }: { request: NaiveRequest; id: string },
): NaiveAnswer {
  const upload = store.state.uploads.get(id);
  if (upload === undefined) throw new HttpError(404, "not-found");
  if (upload.state === "aborted") throw new HttpError(410, "upload-aborted");
  const action = `${request.method} ${request.segments[2] ?? ""}`.trim();
  if (action === "GET") return { status: 200, json: show(store, upload) };
  if (action === "POST complete" && upload.state === "complete") {
    return { status: 200, json: show(store, upload) };
  }
  if (!isOpen(upload)) throw new HttpError(409, "upload-complete");
  switch (action) {
    case "DELETE":
      store.setState(upload, "aborted");
      return { status: 204, json: null };
    case "POST pause":
      store.setState(upload, "paused");
      return { status: 200, json: show(store, upload) };
    case "POST resume":
      store.setState(upload, "receiving");
      return { status: 200, json: show(store, upload) };
    case "PUT parts":
      return putParts(store, { request, upload });
    case "PATCH":
      return append(store, { request, upload });
    case "POST complete":
      return { status: 200, json: show(store, store.complete(upload)) };
    default:
      throw new HttpError(405, "method-not-allowed");
  }
}

interface UploadRequest {
  request: NaiveRequest;
  upload: NaiveUpload;
}

function putParts(store: Store, { request, upload }: UploadRequest): NaiveAnswer {
  requireWhole(request);
  requireReceiving(upload);
  const start = Number(request.segments[3]) * upload.partSize;
  if (start + request.body.length > (upload.size ?? 0)) throw new HttpError(413, "too-long");
  store.receive(upload, { start, bytes: request.body, size: null });
  return { status: 200, json: { start, length: request.body.length, offset: offsetOf(upload) } };
}

/** A cut connection keeps what arrived, so this is the one route that takes a body in pieces. */
function append(store: Store, { request, upload }: UploadRequest): NaiveAnswer {
  requireReceiving(upload);
  const start = Number(request.headers["upload-offset"]);
  const expected = offsetOf(upload);
  if (start !== expected) throw new HttpError(409, "offset-mismatch", { facts: { expected } });
  const isEnd = request.headers["upload-complete"] === "?1" && request.isWhole;
  const size = isEnd ? start + request.body.length : null;
  const { body: bytes, countedLength } = request;
  store.receive(upload, { start, bytes, size, countedLength });
  const headers = { "upload-offset": String(offsetOf(upload)) };
  return { status: 204, json: null, headers };
}

function files(store: Store, request: NaiveRequest): NaiveAnswer {
  const [, key, part] = request.segments;
  const action = `${request.method} ${part ?? ""}`.trim();
  if (key === undefined) {
    const all = [...store.state.files.values()];
    return { status: 200, json: { items: all.map(showFile), nextCursor: null } };
  }
  if (action === "PUT") {
    requireWhole(request);
    const [file] = publish(store, [{ name: decodeURIComponent(key), bytes: request.body }]);
    return { status: 201, json: file };
  }
  if (action === "POST" && key === "batch") {
    requireWhole(request);
    const stored = publish(store, decodeBatch(request.body));
    return { status: 200, json: { results: stored.map((file) => ({ status: 201, file })) } };
  }
  const file = store.state.files.get(key);
  if (file === undefined) throw new HttpError(404, "not-found");
  if (action === "GET content") return { status: 200, bytes: store.read(file) };
  if (action === "GET") return { status: 200, json: showFile(file) };
  if (action !== "DELETE") throw new HttpError(405, "method-not-allowed");
  store.deleteFile(file);
  return { status: 204, json: null };
}

function publish(store: Store, wishes: { name: string; bytes: Buffer }[]): unknown[] {
  const taken = wishes.some(({ name }) => store.state.names.has(name));
  if (taken) throw new HttpError(409, "name-taken");
  return store.putFiles(wishes).map(showFile);
}

function decodeBatch(body: Buffer): { name: string; bytes: Buffer }[] {
  const wishes: { name: string; bytes: Buffer }[] = [];
  for (let at = 0; at < body.length;) {
    const lineEnd = body.indexOf("\n", at);
    const { name, size } = JSON.parse(body.toString("utf8", at, lineEnd)) as {
      name: string;
      size: number;
    };
    at = lineEnd + 1 + size;
    wishes.push({ name, bytes: body.subarray(lineEnd + 1, at) });
  }
  return wishes;
}

function scrub(store: Store): unknown {
  const blobs = [...store.state.files.values()];
  const problems = blobs
    .filter((file) => createHash("sha256").update(store.read(file)).digest("hex") !== file.sha256)
    .map(({ id }) => ({ blob: id, problem: "digest mismatch" }));
  const checkedBytes = blobs.reduce((sum, { size }) => sum + size, 0);
  return { id: "1", state: "done", checkedBlobs: blobs.length, checkedBytes, problems };
}

function show(store: Store, upload: NaiveUpload): unknown {
  const { id, name, size, partSize, state, ranges } = upload;
  const file = upload.fileId === null ? undefined : store.state.files.get(upload.fileId);
  return {
    id,
    name,
    size,
    partSize,
    state,
    offset: offsetOf(upload),
    receivedBytes: ranges.reduce((sum, [start, end]) => sum + end - start, 0),
    missing: missingParts(upload),
    file: file === undefined ? undefined : showFile(file),
  };
}

function showFile(file: NaiveFile): unknown {
  const { id, name, size, sha256, createdAt } = file;
  return { id, name, size, digests: { sha256 }, createdAt };
}

function isOpen(upload: NaiveUpload): boolean {
  return upload.state === "receiving" || upload.state === "paused";
}

function requireReceiving(upload: NaiveUpload): void {
  if (upload.state === "paused") throw new HttpError(409, "upload-paused");
}

function requireWhole(request: NaiveRequest): void {
  if (!request.isWhole) throw new HttpError(400, "body-cut");
}
