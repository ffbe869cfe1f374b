/** Sends what was derived from a file: harmless, small, and kept by the client for as long as it is true. */
import type { FastifyReply, FastifyRequest } from "fastify";
import type { ReadContent } from "../../core/blobs/content.ts";
import type { FileEntry } from "../../core/drive/file-store.ts";
import { CoreError } from "../../core/errors.ts";
import type { PreviewKind } from "../../core/previews/previewer.ts";
import type { Previews } from "../../core/previews/previews.ts";
import { evaluatePreconditions } from "./conditionals.ts";

/** An image element shows what comes within this; whatever takes longer is asked for again. */
const waitMs = 2_000;
const retryAfterS = 1;
const yearS = 365 * 24 * 3600;

/**
 * 200 or 304 with the preview; 202 with `Retry-After` while it is being made; throws `no-preview` where there will be none. With the file's
 * current version in the URL, the answer never changes, and is kept for a year; without, it is kept and asked about.
 */
export async function sendPreview(
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  {
    file,
    kind,
    version,
    previews,
    readContent,
    shared = false,
  }: {
    file: FileEntry;
    kind: PreviewKind;
    version: number | undefined;
    previews: Previews;
    readContent: ReadContent;
    /** Something that may end at any time: the client asks again each time. */
    shared?: boolean;
  },
): Promise<FastifyReply> {
  const found = await previews.get({ blobId: file.blobId, kind }, { waitMs });
  if (!found) {
    reply.code(202).headers({ "retry-after": retryAfterS, "cache-control": "no-store" });
    return reply.send({ state: "pending" });
  }
  if (found.state === "impossible") throw new CoreError("no-preview", { reason: found.reason });
  // Neither of the content, which a visitor may not have, nor of what is stored, which others may have as well.
  const validators = { etag: `"${file.id}-${file.version}-${kind}"`, modifiedAt: file.modifiedAt };
  void reply.headers({
    etag: validators.etag,
    "cache-control":
      version === file.version && !shared
        ? `private, max-age=${yearS}, immutable`
        : "private, no-cache",
    "content-type": kind === "text" ? "text/plain; charset=utf-8" : "image/webp",
    "content-disposition": "inline",
    "content-security-policy": "sandbox; default-src 'none'",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
  });
  const ifNoneMatch = request.headers["if-none-match"];
  if (evaluatePreconditions({ ifNoneMatch }, validators) === 304)
    return reply.code(304).removeHeader("content-type").send();
  return reply.send(await readWhole(readContent, found));
}

/** At most two mebibytes: a preview that were larger would be none. */
async function readWhole(
  readContent: ReadContent,
  { blobId, size }: { blobId: string; size: number },
): Promise<Buffer> {
  const whole = Buffer.allocUnsafe(size);
  let length = 0;
  for await (const bytes of readContent(blobId, { start: 0, end: size })) {
    whole.set(bytes, length);
    length += bytes.length;
  }
  return whole;
}
