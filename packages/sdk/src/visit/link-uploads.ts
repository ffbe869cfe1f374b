/** What a visitor brings to a link that asks for files: small ones whole, others in parts. What becomes of them they are not told. */
import { callEmpty, callJson, type Call, type CallOptions } from "../call.ts";
import { formatDigestHeader } from "../digest.ts";
import type { PutPart } from "../client/uploads.ts";
import type { RequestBody } from "../transport.ts";
import type { Digests, LinkUpload, PartReceipt } from "../wire.ts";

export interface BringFile extends CallOptions {
  name: string;
  body: RequestBody;
  mediaType?: string | undefined;
  /** Hex; checked by the server before it keeps the file. */
  sha256?: string | undefined;
  onBodySent?: ((bytes: number) => void) | undefined;
}

export interface CreateLinkUpload {
  name: string;
  size: number;
  /** Checked by the server before it keeps the file. */
  digests?: Digests | undefined;
  mediaType?: string | undefined;
  partSize?: number | undefined;
}

export function createLinkUploads(
  call: Call,
  { base, key }: { base: string; key: () => Readonly<Record<string, string | undefined>> },
) {
  const uploadPath = (id: string): string => `${base}/uploads/${encodeURIComponent(id)}`;

  return {
    /**
     * A file in one request, without resume. A name that is taken gets a number, which is not told: sent again after a lost answer it may be
     * there twice. Throws `request-full`.
     */
    bringFile(file: BringFile): Promise<{ name: string; size: number }> {
      const { name, body, mediaType, sha256, signal, onBodySent } = file;
      return callJson(call, {
        method: "PUT",
        path: `${base}/files/${encodeURIComponent(name)}`,
        headers: {
          ...key(),
          "Content-Type": mediaType ?? "application/octet-stream",
          "Repr-Digest": sha256 === undefined ? undefined : formatDigestHeader(sha256),
        },
        body,
        signal,
        ...(onBodySent === undefined ? {} : { onBodySent }),
      });
    },

    /** A file in parts; its id is all that finds it again. Throws `request-full`, `too-many-uploads`. */
    createUpload(upload: CreateLinkUpload, { signal }: CallOptions = {}) {
      const request = { method: "POST", path: `${base}/uploads`, json: upload, signal };
      return callJson<LinkUpload>(call, { ...request, headers: key() });
    },

    /** Throws `upload-not-found` for what was not begun through this link. */
    getUpload: (id: string, { signal }: CallOptions = {}) =>
      callJson<LinkUpload>(call, { method: "GET", path: uploadPath(id), headers: key(), signal }),

    /** The same bytes again are accepted; other bytes are `part-conflict`. */
    putPart(part: PutPart): Promise<PartReceipt> {
      const { uploadId, number, body, sha256, signal, onBodySent } = part;
      return callJson(call, {
        method: "PUT",
        path: `${uploadPath(uploadId)}/parts/${number}`,
        headers: {
          ...key(),
          "Content-Type": "application/octet-stream",
          "Content-Digest": sha256 === undefined ? undefined : formatDigestHeader(sha256),
        },
        body,
        signal,
        ...(onBodySent === undefined ? {} : { onBodySent }),
      });
    },

    /** Idempotent. Throws `upload-incomplete` with `missing`, `digest-mismatch`. */
    completeUpload(id: string, { signal }: CallOptions = {}) {
      const request = { method: "POST", path: `${uploadPath(id)}/complete`, signal };
      return callJson<LinkUpload>(call, { ...request, headers: key() });
    },

    /** Gives it up, and its room back. */
    async abortUpload(id: string, { signal }: CallOptions = {}): Promise<void> {
      await callEmpty(call, { method: "DELETE", path: uploadPath(id), headers: key(), signal });
    },
  };
}
