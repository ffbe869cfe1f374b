/** An upload as headers. */
import type { FastifyReply } from "fastify";
import { isOpen, type Upload } from "../../core/uploads/upload.ts";
import { basePath } from "./protocol.ts";

/** What tus must repeat as the client gave it; kept in `Upload.metadata`, which the core does not read. */
export interface Echo {
  readonly "Upload-Metadata"?: string;
  readonly "Upload-Concat"?: string;
}

export function formatEcho(echo: Echo): string | null {
  return Object.keys(echo).length === 0 ? null : JSON.stringify(echo);
}

function echoOf({ dialect, metadata }: Upload): Echo {
  // Another dialect's metadata is not ours to understand.
  return dialect === "tus" && metadata !== null ? (JSON.parse(metadata) as Echo) : {};
}

/** Joined of partials: it was complete when it was created, and takes no bytes. */
export function isFinal(upload: Upload): boolean {
  return echoOf(upload)["Upload-Concat"]?.startsWith("final;") ?? false;
}

/** An absolute path: whatever scheme and host the client knows this server by stay as they are. */
export function locationOf({ id }: Upload): string {
  return `${basePath}/${id}`;
}

export function setProgress(reply: FastifyReply, upload: Upload): void {
  reply.header("upload-offset", upload.offset);
  if (isOpen(upload)) reply.header("upload-expires", new Date(upload.expiresAt).toUTCString());
}

/** Everything that a client asks for when it wants to go on. */
export function setStatus(reply: FastifyReply, upload: Upload): void {
  setProgress(reply, upload);
  if (upload.size === null) reply.header("upload-defer-length", "1");
  else reply.header("upload-length", upload.size);
  if (upload.purpose === "partial") reply.header("upload-concat", "partial");
  reply.headers({ ...echoOf(upload) });
  reply.header("cache-control", "no-store");
}
