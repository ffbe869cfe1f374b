import { callEmpty, callJson, parseJson, type Call, type CallOptions } from "../call.ts";
import { formatDigestHeader } from "../digest.ts";
import { SampanError } from "../errors.ts";
import type { RequestBody } from "../transport.ts";
import type {
  Challenged,
  CreateUpload,
  Digests,
  Page,
  PartReceipt,
  Upload,
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

export interface ListUploads extends CallOptions {
  /** Without it: the open ones. */
  state?: UploadState | undefined;
  limit?: number | undefined;
  cursor?: string | undefined;
}

export interface UploadOffset {
  offset: number;
  size: number | null;
  isComplete: boolean;
}

export type UploadCalls = ReturnType<typeof createUploadCalls>;

export function createUploadCalls(call: Call) {
  return {
    /** `isResumed` tells that the resumeKey named an open upload, which is the one returned. */
    async createUpload(input: CreateUpload, options: CallOptions = {}) {
      const response = await call({ ...options, method: "POST", path: "/uploads", json: input });
      const upload = (await parseJson(response, options.signal)) as Upload;
      return { upload, isResumed: response.status === 200 };
    },

    listUploads({ state, limit, cursor, signal }: ListUploads = {}) {
      const query = { state, limit, cursor };
      return callJson<Page<Upload>>(call, { method: "GET", path: "/uploads", query, signal });
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

    /** Ends the upload and frees its bytes. */
    async abortUpload(id: string, options: CallOptions = {}): Promise<void> {
      await callEmpty(call, { ...options, method: "DELETE", path: uploadPath(id) });
    },
  };
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
