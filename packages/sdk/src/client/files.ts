import { callEmpty, callJson, type Call, type CallOptions } from "../call.ts";
import { formatDigestHeader } from "../digest.ts";
import type { SampanError } from "../errors.ts";
import { errorFromProblem, isRecord } from "../errors.ts";
import type { RequestBody } from "../transport.ts";
import type { OnConflict, Page, StoredFile } from "../wire.ts";
import { rangeHeaders, readContentInfo, type ContentInfo, type GetContent } from "./content.ts";

export interface PutFile extends CallOptions {
  name: string;
  /** The folder; the root unless said. */
  parentId?: string | undefined;
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
  /** The folder of all of them; the root unless said. */
  parentId?: string | undefined;
  onConflict?: OnConflict | undefined;
  onBodySent?: ((bytes: number) => void) | undefined;
}

export type BatchResult = { file: StoredFile } | { error: SampanError };

export interface ListFiles extends CallOptions {
  /** The folder; the root unless said. */
  parentId?: string | undefined;
  limit?: number | undefined;
  cursor?: string | undefined;
  prefix?: string | undefined;
  name?: string | undefined;
}

export interface GetPreview extends CallOptions {
  /** The file's version: with the current one the answer may be kept for good. */
  version?: number | undefined;
}

export type FileCalls = ReturnType<typeof createFileCalls>;

export function createFileCalls(call: Call) {
  function listFiles({ parentId, limit, cursor, prefix, name, signal }: ListFiles = {}) {
    const query = { parentId, limit, cursor, prefix, name };
    return callJson<Page<StoredFile>>(call, { method: "GET", path: "/files", query, signal });
  }

  async function getPreview(
    path: string,
    { size, version, signal }: GetPreview & { size?: number },
  ): Promise<Response | null> {
    const query = { size, v: version };
    const response = await call({ method: "GET", path, query, signal });
    if (response.status !== 202) return response;
    await response.body?.cancel();
    return null;
  }

  return {
    listFiles,

    /** Every file of one folder by name, page after page. */
    async *eachFile(options: Omit<ListFiles, "cursor"> = {}): AsyncGenerator<StoredFile> {
      let cursor: string | undefined;
      do {
        const page = await listFiles({ ...options, cursor });
        yield* page.items;
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
    },

    async findFile(
      name: string,
      options: CallOptions & { parentId?: string | undefined } = {},
    ): Promise<StoredFile | null> {
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
      const { name, parentId, body, mediaType, sha256, onConflict, signal, onBodySent } = file;
      return callJson<StoredFile>(call, {
        method: "PUT",
        path: filePath(name),
        query: { onConflict, parentId },
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
      const { body, parentId, onConflict, signal, onBodySent } = batch;
      const answer = await callJson<{ results: unknown[] }>(call, {
        method: "POST",
        path: "/files/batch",
        query: { onConflict, parentId },
        headers: { "Content-Type": "application/vnd.sampan.batch" },
        body,
        signal,
        ...(onBodySent === undefined ? {} : { onBodySent }),
      });
      return answer.results.map(parseBatchResult);
    },

    async headContent(id: string, options: CallOptions = {}): Promise<ContentInfo> {
      const path = `${filePath(id)}/content`;
      return readContentInfo(await callEmpty(call, { ...options, method: "HEAD", path }));
    },

    /** WebP, as the raw answer; null while it is being made. Throws `no-preview` where there will be none. */
    getThumbnail(id: string, options: GetPreview & { size?: 256 | 1024 } = {}) {
      return getPreview(`${filePath(id)}/thumbnail`, options);
    },

    /** How a text begins, as the raw answer; null while it is being made. Throws `no-preview` where there will be none. */
    getExcerpt(id: string, options: GetPreview = {}) {
      return getPreview(`${filePath(id)}/excerpt`, options);
    },

    /** The raw answer: 206 for a range, 200 for the whole, its body not yet read. */
    getContent(id: string, options: GetContent = {}): Promise<Response> {
      const { signal, ...wanted } = options;
      const path = `${filePath(id)}/content`;
      return call({ method: "GET", path, headers: rangeHeaders(wanted), signal });
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
