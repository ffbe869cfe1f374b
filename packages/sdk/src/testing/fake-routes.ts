import type { IncomingMessage } from "node:http";
import { formatDigestHeader } from "../digest.ts";
import { isRecord } from "../errors.ts";
import type {
  Check,
  CreateFetch,
  CreateUpload,
  Digests,
  InstantScope,
  OnConflict,
  ServerLimits,
  UploadAction,
} from "../wire.ts";
import type { FakeFetches } from "./fake-fetches.ts";
import type { FakeFile, FakeFiles } from "./fake-files.ts";
import { FakeProblem } from "./fake-problem.ts";
import type { FakeUploads } from "./fake-uploads.ts";

export interface Asked {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage["headers"];
  body: Buffer;
}

export interface Answer {
  status: number;
  headers?: Record<string, string | number>;
  body?: Buffer | object;
}

export interface FakeState {
  files: FakeFiles;
  uploads: FakeUploads;
  fetches: FakeFetches;
  limits: ServerLimits;
  instant: InstantScope;
  /** What every check finds; each asks twice before it is done. */
  problems: Check["problems"];
  checksAsked: number;
  token: string;
}

interface Target extends Asked {
  /** The path's second and fourth segments. */
  id: string;
  number: number;
}

const ROUTES: Record<string, (target: Target, state: FakeState) => Answer> = {
  "GET server": (_target, { limits, instant }) => {
    const account = { quotaBytes: null, usedBytes: 0, reservedBytes: 0 };
    return {
      status: 200,
      body: { version: "fake", limits, durability: "relaxed", instant, account },
    };
  },
  "POST uploads": (target, { uploads }) => {
    const { upload, isResumed } = uploads.create(parseBody(target) as unknown as CreateUpload);
    return { status: isResumed ? 200 : 201, body: upload };
  },
  "GET uploads": ({ query }, { uploads }) => {
    return { status: 200, body: { items: uploads.find(query), nextCursor: null } };
  },
  "POST uploads/*": (target, { uploads }) => {
    if (target.id === "cleanup")
      return { status: 200, body: { removed: uploads.cleanUp(), hasMore: false } };
    const { action, ids } = parseBody(target) as { action: UploadAction; ids: string[] };
    return { status: 200, body: { results: ids.map((id) => uploads.change(id, action)) } };
  },
  "GET uploads/*": ({ id }, { uploads }) => ({ status: 200, body: uploads.show(id) }),
  "PUT uploads/*/parts/*": ({ id, number, body }, { uploads }) => {
    return { status: 200, body: uploads.putPart(id, { number, bytes: body }) };
  },
  "PATCH uploads/*": ({ id, headers, body }, { uploads }) => {
    const offset = uploads.append(id, { offset: Number(headers["upload-offset"]), bytes: body });
    return { status: 204, headers: { "Upload-Offset": offset } };
  },
  "POST uploads/*/complete": (target, { uploads }) => {
    const digests = parseBody(target)["digests"] as Digests | undefined;
    return { status: 200, body: uploads.complete(target.id, digests) };
  },
  "POST uploads/*/challenge": (target, { uploads }) => {
    const { sha256 } = parseBody(target) as { sha256: string };
    return { status: 200, body: uploads.challenge(target.id, sha256) };
  },
  "POST uploads/*/proof": (target, { uploads }) => {
    const answer = parseBody(target) as { nonce: string; proof: string };
    return { status: 200, body: uploads.prove(target.id, answer) };
  },
  "POST uploads/*/pause": ({ id }, { uploads }) => {
    return { status: 200, body: uploads.setState(id, "paused") };
  },
  "POST uploads/*/resume": ({ id }, { uploads }) => {
    return { status: 200, body: uploads.setState(id, "receiving") };
  },
  "DELETE uploads/*/parts": ({ id }, { uploads }) => {
    return { status: 200, body: uploads.forgetParts(id) };
  },
  "DELETE uploads/*": ({ id }, { uploads }) => {
    uploads.setState(id, "aborted");
    return { status: 204 };
  },
  "POST files/*": (target, { files }) => {
    return { status: 200, body: { results: storeBatch(target, files) } };
  },
  "GET files": (target, { files }) => ({ status: 200, body: listFiles(target, files) }),
  "GET files/*": ({ id }, { files }) => ({ status: 200, body: showFile(files.get(id)) }),
  "DELETE files/*": ({ id }, { files }) => {
    files.remove(id);
    return { status: 204 };
  },
  // Its only folder is the root.
  "GET nodes/*/children": (target, { files }) => {
    const { items, nextCursor } = listFiles(target, files);
    return { status: 200, body: { items: items.map(showNode), nextCursor } };
  },
  "GET nodes": ({ query }, { files }) => {
    const path = query.get("path") ?? "";
    const file = files.all.find(({ name }) => name === path.replace(/^\//, ""));
    if (file === undefined) throw new FakeProblem(404, "node-not-found", { id: path });
    return { status: 200, body: { ...showNode(file), path: [], trashedAt: null } };
  },
  "POST nodes/*": (target, { files }) => {
    for (const id of parseBody(target)["ids"] as string[]) files.remove(id);
    return { status: 204 };
  },
  "POST fetches": (target, { fetches }) => {
    return { status: 201, body: fetches.create(parseBody(target) as unknown as CreateFetch) };
  },
  "GET fetches": (_target, { fetches }) => {
    return { status: 200, body: { items: fetches.all, nextCursor: null } };
  },
  "GET fetches/*": ({ id }, { fetches }) => ({ status: 200, body: fetches.show(id) }),
  "POST fetches/*/cancel": ({ id }, { fetches }) => ({ status: 200, body: fetches.cancel(id) }),
  "POST fetches/*/retry": ({ id }, { fetches }) => {
    return { status: 200, body: fetches.change(id, { state: "queued" }) };
  },
  "DELETE fetches/*": ({ id }, { fetches }) => {
    fetches.remove(id);
    return { status: 204 };
  },
  "POST checks": (_target, state) => {
    state.checksAsked = 0;
    return { status: 202, body: showCheck(state) };
  },
  "GET checks/*": (_target, state) => {
    state.checksAsked += 1;
    return { status: 200, body: showCheck(state) };
  },
  "POST admin/*": (_target, state) => {
    state.token = `${state.token}-replaced`;
    return { status: 200, body: { token: state.token } };
  },
  "GET files/*/content": (target, { files }) => content(target, files.get(target.id)),
  "HEAD files/*/content": (target, { files }) => content(target, files.get(target.id)),
};

export function route(asked: Asked, state: FakeState): Answer {
  const [, kind, id = "", action, number = ""] = asked.path.split("/");
  const shape = [kind, id && "*", action, number && "*"].filter(Boolean).join("/");
  const answer = ROUTES[`${asked.method} ${shape}`];
  if (answer === undefined) throw new FakeProblem(404, "not-found", { shape });
  return answer({ ...asked, id, number: Number(number) }, state);
}

function parseBody({ body }: Asked): Record<string, unknown> {
  const value: unknown = JSON.parse(body.length === 0 ? "{}" : body.toString());
  if (isRecord(value)) return value;
  throw new FakeProblem(400, "invalid-request");
}

function showCheck({ files, checksAsked, problems }: FakeState): Check {
  const totalBlobs = files.all.length;
  const isDone = checksAsked > 1;
  return {
    id: "check",
    state: isDone ? "done" : "running",
    checkedBlobs: isDone ? totalBlobs : 0,
    checkedBytes: 0,
    totalBlobs,
    problems: isDone ? problems : [],
  };
}

function storeBatch({ body, query }: Asked, files: FakeFiles): object[] {
  const onConflict = (query.get("onConflict") ?? "fail") as OnConflict;
  const results: object[] = [];
  for (let at = 0; at < body.length;) {
    const lineEnd = body.indexOf("\n", at);
    const header = JSON.parse(body.toString("utf8", at, lineEnd)) as { name: string; size: number };
    const bytes = body.subarray(lineEnd + 1, lineEnd + 1 + header.size);
    at = lineEnd + 1 + header.size;
    try {
      const file = files.put(header.name, { bytes, onConflict });
      results.push({ status: 201, file: showFile(file) });
    } catch (error) {
      if (!(error instanceof FakeProblem)) throw error;
      results.push({ status: error.status, problem: { code: error.code, title: error.code } });
    }
  }
  return results;
}

function listFiles({ query }: Asked, files: FakeFiles) {
  const name = query.get("name");
  const prefix = query.get("prefix") ?? "";
  const wanted = files.all.filter((file) =>
    name === null ? file.name.startsWith(prefix) : file.name === name,
  );
  const from = Number(query.get("cursor") ?? 0);
  const limit = Number(query.get("limit") ?? 100);
  const isLast = from + limit >= wanted.length;
  const items = wanted.slice(from, from + limit).map(showFile);
  return { items, nextCursor: isLast ? null : String(from + limit) };
}

function showFile({ bytes: _bytes, ...file }: FakeFile): object {
  return file;
}

function showNode(file: object): object {
  return { ...file, kind: "file", starred: false, tags: [] };
}

function content({ headers }: Asked, file: FakeFile): Answer {
  const etag = `"${file.digests.sha256}"`;
  const common = {
    ETag: etag,
    "Accept-Ranges": "bytes",
    "Repr-Digest": formatDigestHeader(file.digests.sha256 ?? ""),
  };
  const range = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? "");
  const isCurrent = headers["if-range"] === undefined || headers["if-range"] === etag;
  if (range === null || !isCurrent) return { status: 200, headers: common, body: file.bytes };
  const first = Number(range[1]);
  const last = Math.min(Number(range[2]), file.size - 1);
  const contentRange = `bytes ${first}-${last}/${file.size}`;
  const bytes = file.bytes.subarray(first, last + 1);
  return { status: 206, headers: { ...common, "Content-Range": contentRange }, body: bytes };
}
