/** Sends a file's content. */
import type { FastifyReply, FastifyRequest } from "fastify";
import type { ReadContent } from "../../core/blobs/content.ts";
import type { FileEntry } from "../../core/drive/file-store.ts";
import { formatDigestHeader } from "./headers.ts";
import { sendRepresentation } from "./representation.ts";

/** Shown inline where asked for; everything else, and all that can carry script, is only ever an attachment. */
const inlineTypes =
  /^(image\/(png|jpeg|gif|webp|avif|bmp)|video\/[^;]+|audio\/[^;]+|text\/plain|application\/pdf)[ \t]*(;|$)/;

export function sendContent(
  exchange: { request: FastifyRequest; reply: FastifyReply },
  {
    file,
    readContent,
    inline,
    begin,
    isPostRead = false,
    path,
  }: {
    file: FileEntry;
    readContent: ReadContent;
    inline: boolean;
    begin?: (() => Promise<void>) | undefined;
    isPostRead?: boolean;
    path?: string;
  },
): Promise<FastifyReply | void> {
  const mediaType = file.mediaType ?? "application/octet-stream";
  return sendRepresentation(exchange, {
    id: file.id,
    name: file.name,
    mediaType,
    size: file.size,
    validators: { etag: contentTag(file), modifiedAt: file.modifiedAt },
    disposition: inline && inlineTypes.test(mediaType) ? "inline" : "attachment",
    digest: formatDigestHeader(file.digests),
    begin,
    isPostRead,
    path,
    read: (range) => readContent(file.blobId, range),
  });
}

/** Of the content alone: the id of what is stored would tell its reader that, and since when, others have the same. */
function contentTag({ digests, blobId }: FileEntry): string {
  return `"${digests.sha256 ?? blobId}"`;
}
