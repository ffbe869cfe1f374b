import { callEmpty, callJson, parseJson, type Call, type CallOptions } from "../call.ts";
import { formatDigestHeader } from "../digest.ts";
import { errorFromProblem, SampanError } from "../errors.ts";
import type { RequestBody } from "../transport.ts";
import type {
  Challenged,
  CleanedUp,
  CleanUpUploads,
  CreateUpload,
  Digests,
  Page,
  PartReceipt,
  Upload,
  UploadAction,
  UploadState,
} from "../wire.ts";

export interface PutPart extends CallOptions {
  uploadId: string;
  /** 0-based; the body may go on over the parts that follow, whole parts only. */
  number: number;
  body: RequestBody;
  /** Hex; checked by the server before it acknowledges. */
  sha256?: string | undefined;
  onBodySent?: ((bytes: number) => void) | undefined;
}

export interface AppendUpload extends CallOptions {
  uploadId: string;
  /** Must be the upload's offset, else `offset-mismatch` with `expected`. */
  offset: number;
  body: RequestBody;
  /** Declares the end of an upload of unknown size. */
  isLast?: boolean;
  onBodySent?: ((bytes: number) => void) | undefined;
}

/** One state, or those that are not over, those that are, any. */
export type UploadStates = UploadState | "open" | "ended" | "all";

export interface ListUploads extends CallOptions {
  /** Without it: the open ones. */
  state?: UploadStates | readonly UploadStates[] | undefined;
  dialect?: string | undefined;
  /** Another account's id, or `all`: for administrators. Without it: one's own. */
  owner?: string | undefined;
  /** A part of the name, in any case. */
  name?: string | undefined;
  /** Begun then or later; RFC 3339. */
  from?: string | undefined;
  /** Begun before; RFC 3339. */
  to?: string | undefined;
  limit?: number | undefined;
  cursor?: string | undefined;
}

/** Of one upload of several. */
export type UploadOutcome = { id: string; upload: Upload } | { id: string; error: SampanError };

export interface UploadOffset {
  offset: number;
  size: number | null;
  isComplete: boolean;
}

export type UploadCalls = ReturnType<typeof createUploadCalls>;

export function createUploadCalls(call: Call) {
  const listUploads = ({ state, signal, ...filters }: ListUploads = {}) => {
    const states = typeof state === "object" ? state.join(",") : state;
    const query = { ...filters, state: states };
    return callJson<Page<Upload>>(call, { method: "GET", path: "/uploads", query, signal });
  };
  return {
    /** `isResumed` tells that the resumeKey named an open upload, which is the one returned. */
    async createUpload(input: CreateUpload, options: CallOptions = {}) {
      const response = await call({ ...options, method: "POST", path: "/uploads", json: input });
      const upload = (await parseJson(response, options.signal)) as Upload;
      return { upload, isResumed: response.status === 200 };
    },

    /** Newest first, of every protocol. By dialect or name a page may hold fewer than the limit before the end. */
    listUploads,

    /** Every page of the list. */
    async *eachUpload(options: Omit<ListUploads, "cursor"> = {}): AsyncGenerator<Upload> {
      let cursor: string | undefined;
      do {
        const page = await listUploads({ ...options, cursor });
        yield* page.items;
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
    },

    /** With `missing`, unless the size is unknown. */
    getUpload(id: string, options: CallOptions = {}) {
      return callJson<Upload>(call, { ...options, method: "GET", path: uploadPath(id) });
    },

    async headUpload(id: string, options: CallOptions = {}): Promise<UploadOffset> {
      const { headers } = await callEmpty(call, {
        ...options,
        method: "HEAD",
        path: uploadPath(id),
      });
      const size = headers.get("upload-length");
      return {
        offset: parseBytes(headers.get("upload-offset")),
        size: size === null ? null : parseBytes(size),
        isComplete: headers.get("upload-complete") === "?1",
      };
    },

    /** The same bytes again are accepted; other bytes are `part-conflict`. */
    putPart(part: PutPart) {
      const { uploadId, number, body, sha256, signal, onBodySent } = part;
      return callJson<PartReceipt>(call, {
        method: "PUT",
        path: `${uploadPath(uploadId)}/parts/${number}`,
        headers: {
          "Content-Type": "application/octet-stream",
          "Content-Digest": sha256 === undefined ? undefined : formatDigestHeader(sha256),
        },
        body,
        signal,
        ...(onBodySent === undefined ? {} : { onBodySent }),
      });
    },

    /** Resolves to the new offset. What arrived before a cut connection is kept. */
    async appendUpload(append: AppendUpload): Promise<number> {
      const { uploadId, offset, body, isLast, signal, onBodySent } = append;
      const response = await callEmpty(call, {
        method: "PATCH",
        path: uploadPath(uploadId),
        headers: {
          "Content-Type": "application/octet-stream",
          "Upload-Offset": String(offset),
          "Upload-Complete": isLast === true ? "?1" : undefined,
        },
        body,
        signal,
        ...(onBodySent === undefined ? {} : { onBodySent }),
      });
      return parseBytes(response.headers.get("upload-offset"));
    },

    /** Idempotent. `upload-incomplete` carries `missing`; `digest-mismatch` leaves it repairable. */
    completeUpload(id: string, options: { digests?: Digests; size?: number } & CallOptions = {}) {
      const { signal, ...json } = options;
      const path = `${uploadPath(id)}/complete`;
      return callJson<Upload>(call, { method: "POST", path, json, signal });
    },

    /** Names the content, to complete without its bytes. Says nothing of what the server has. */
    challengeUpload(id: string, options: { sha256: string } & CallOptions) {
      const { signal, ...json } = options;
      const path = `${uploadPath(id)}/challenge`;
      return callJson<Challenged>(call, { method: "POST", path, json, signal });
    },

    /** Complete, or receiving as before: the bytes are needed. A challenge is answered once. */
    proveUpload(id: string, options: { nonce: string; proof: string } & CallOptions) {
      const { signal, ...json } = options;
      const path = `${uploadPath(id)}/proof`;
      return callJson<Upload>(call, { method: "POST", path, json, signal });
    },

    /** Forgets every part, after a whole-file mismatch. */
    forgetParts(id: string, options: CallOptions = {}) {
      const path = `${uploadPath(id)}/parts`;
      return callJson<Upload>(call, { ...options, method: "DELETE", path });
    },

    /** A paused upload refuses bytes until it is resumed. Idempotent. */
    pauseUpload(id: string, options: CallOptions = {}) {
      const path = `${uploadPath(id)}/pause`;
      return callJson<Upload>(call, { ...options, method: "POST", path });
    },

    resumeUpload(id: string, options: CallOptions = {}) {
      const path = `${uploadPath(id)}/resume`;
      return callJson<Upload>(call, { ...options, method: "POST", path });
    },

    /** Up to 1,000 at once; each has an outcome of its own. */
    async changeUploads(
      ids: readonly string[],
      options: { action: UploadAction } & CallOptions,
    ): Promise<UploadOutcome[]> {
      const { action, signal } = options;
      const request = { method: "POST", path: "/uploads/batch", json: { action, ids }, signal };
      const { results } = await callJson<{ results: OutcomeOnWire[] }>(call, request);
      return results.map(({ id, status, upload, problem }) =>
        upload ? { id, upload } : { id, error: errorFromProblem(problem, { status }) },
      );
    },

    /** Clears away records of uploads that have ended, up to 1,000 at once. */
    cleanUpUploads({ signal, ...json }: CleanUpUploads & CallOptions = {}) {
      const path = "/uploads/cleanup";
      return callJson<CleanedUp>(call, { method: "POST", path, json, signal });
    },

    /** Ends the upload and frees its bytes. */
    async abortUpload(id: string, options: CallOptions = {}): Promise<void> {
      await callEmpty(call, { ...options, method: "DELETE", path: uploadPath(id) });
    },
  };
}

interface OutcomeOnWire {
  readonly id: string;
  readonly status: number;
  readonly upload?: Upload;
  readonly problem?: unknown;
}

function uploadPath(id: string): string {
  return `/uploads/${encodeURIComponent(id)}`;
}

export function parseBytes(header: string | null): number {
  if (header !== null && /^\d{1,16}$/.test(header)) return Number(header);
  throw new SampanError(`The server sent "${header ?? "nothing"}" where a byte count belongs`, {
    code: "unexpected-response",
  });
}
