import { callEmpty, callJson, type Call, type CallOptions } from "../call.ts";
import { formatDigestHeader, parseDigestHeader } from "../digest.ts";
import type { SampanError } from "../errors.ts";
import { errorFromProblem, isRecord } from "../errors.ts";
import type { RequestBody } from "../transport.ts";
import type { OnConflict, Page, StoredFile } from "../wire.ts";
import { parseBytes } from "./uploads.ts";

export interface PutFile extends CallOptions {
  name: string;
  body: RequestBody;
  mediaType?: string | undefined;
  /** Hex; checked by the server before it publishes. */
  sha256?: string | undefined;
  onConflict?: OnConflict | undefined;
  onBodySent?: ((bytes: number) => void) | undefined;
}

export interface PutBatch extends CallOptions {
  /** What `encodeBatch` made. */
  body: RequestBody;
  onConflict?: OnConflict | undefined;
  onBodySent?: ((bytes: number) => void) | undefined;
}

export type BatchResult = { file: StoredFile } | { error: SampanError };

export interface ListFiles extends CallOptions {
  limit?: number | undefined;
  cursor?: string | undefined;
  prefix?: string | undefined;
  name?: string | undefined;
}

export interface GetContent extends CallOptions {
  /** First and last byte, both included, as HTTP counts. */
  range?: { first: number; last: number } | undefined;
  /** A strong ETag: other content is then answered whole, with 200. */
  ifRange?: string | undefined;
  ifNoneMatch?: string | undefined;
}

export interface ContentInfo {
  size: number;
  etag: string | null;
  /** Hex, from `Repr-Digest`. */
  sha256: string | null;
  mediaType: string | null;
}

export type FileCalls = ReturnType<typeof createFileCalls>;

export function createFileCalls(call: Call) {
  function listFiles({ limit, cursor, prefix, name, signal }: ListFiles = {}) {
    const query = { limit, cursor, prefix, name };
    return callJson<Page<StoredFile>>(call, { method: "GET", path: "/files", query, signal });
  }

  return {
    listFiles,

    /** Every file by name, page after page. */
    async *eachFile(options: Omit<ListFiles, "cursor"> = {}): AsyncGenerator<StoredFile> {
      let cursor: string | undefined;
      do {
        const page = await listFiles({ ...options, cursor });
        yield* page.items;
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
    },

    async findFile(name: string, options: CallOptions = {}): Promise<StoredFile | null> {
      const page = await listFiles({ ...options, name });
      return page.items[0] ?? null;
    },

    getFile(id: string, options: CallOptions = {}) {
      return callJson<StoredFile>(call, { ...options, method: "GET", path: filePath(id) });
    },

    /** To the trash, unless it is to be gone for good. */
    async deleteFile(
      id: string,
      { permanent = false, ...options }: CallOptions & { permanent?: boolean } = {},
    ): Promise<void> {
      const query = permanent ? { permanent: 1 } : {};
      await callEmpty(call, { ...options, method: "DELETE", path: filePath(id), query });
    },

    /** A whole file in one request: no resume, so for what is cheap to send again. */
    putFile(file: PutFile) {
      const { name, body, mediaType, sha256, onConflict, signal, onBodySent } = file;
      return callJson<StoredFile>(call, {
        method: "PUT",
        path: filePath(name),
        query: { onConflict },
        headers: {
          "Content-Type": mediaType ?? "application/octet-stream",
          "Repr-Digest": sha256 === undefined ? undefined : formatDigestHeader(sha256),
        },
        body,
        signal,
        ...(onBodySent === undefined ? {} : { onBodySent }),
      });
    },

    /** Results come in the order of the entries; one refused file does not refuse the others. */
    async putBatch(batch: PutBatch): Promise<BatchResult[]> {
      const { body, onConflict, signal, onBodySent } = batch;
      const answer = await callJson<{ results: unknown[] }>(call, {
        method: "POST",
        path: "/files/batch",
        query: { onConflict },
        headers: { "Content-Type": "application/vnd.sampan.batch" },
        body,
        signal,
        ...(onBodySent === undefined ? {} : { onBodySent }),
      });
      return answer.results.map(parseBatchResult);
    },

    async headContent(id: string, options: CallOptions = {}): Promise<ContentInfo> {
      const path = `${filePath(id)}/content`;
      const { headers } = await callEmpty(call, { ...options, method: "HEAD", path });
      return {
        size: parseBytes(headers.get("content-length")),
        etag: headers.get("etag"),
        sha256: parseDigestHeader(headers.get("repr-digest")),
        mediaType: headers.get("content-type"),
      };
    },

    /** The raw answer: 206 for a range, 200 for the whole, its body not yet read. */
    getContent(id: string, options: GetContent = {}): Promise<Response> {
      const { range, ifRange, ifNoneMatch, signal } = options;
      return call({
        method: "GET",
        path: `${filePath(id)}/content`,
        headers: {
          Range: range === undefined ? undefined : `bytes=${range.first}-${range.last}`,
          "If-Range": ifRange,
          "If-None-Match": ifNoneMatch,
        },
        signal,
      });
    },
  };
}

function parseBatchResult(result: unknown): BatchResult {
  if (isRecord(result) && isRecord(result["file"])) {
    return { file: result["file"] as unknown as StoredFile };
  }
  const status = isRecord(result) && typeof result["status"] === "number" ? result["status"] : 500;
  return { error: errorFromProblem(isRecord(result) ? result["problem"] : null, { status }) };
}

function filePath(idOrName: string): string {
  return `/files/${encodeURIComponent(idOrName)}`;
}
