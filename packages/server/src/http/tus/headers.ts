/** The request headers of tus, parsed strictly: what is there is valid or the request is refused. */
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { CoreError } from "../../core/errors.ts";
import { parseBytes, single } from "../shared/headers.ts";
import { TusRefusal } from "./errors.ts";
import { bodyType, tusVersion } from "./protocol.ts";

export function assertVersion(headers: IncomingHttpHeaders): void {
  if (headers["tus-resumable"] === tusVersion) return;
  const message = `Tus-Resumable must be ${tusVersion}`;
  throw new TusRefusal(412, { code: "tus-version-unsupported", message });
}

/** The method that is meant: proxies and clients that cannot send PATCH or DELETE say so in a header. */
export function methodOf({ method, headers }: IncomingMessage): string {
  const override = single(headers["x-http-method-override"], "X-HTTP-Method-Override");
  return (override ?? method ?? "").toUpperCase();
}

/** Bytes, or null for a length that will follow. */
export function parseLengthOrDefer(headers: IncomingHttpHeaders): number | null {
  const length = parseLength(headers);
  const defer = single(headers["upload-defer-length"], "Upload-Defer-Length");
  if (defer !== undefined && defer !== "1") refuse("Upload-Defer-Length", "can only be 1");
  if (defer !== undefined && length !== undefined) {
    refuse("Upload-Defer-Length", "excludes Upload-Length");
  }
  if (defer === undefined && length === undefined) {
    refuse("Upload-Length", "missing, and Upload-Defer-Length too");
  }
  return length ?? null;
}

export function parseLength(headers: IncomingHttpHeaders): number | undefined {
  const text = single(headers["upload-length"], "Upload-Length");
  return text === undefined ? undefined : parseBytes(text, "Upload-Length");
}

export function parseOffset(headers: IncomingHttpHeaders): number {
  const text = single(headers["upload-offset"], "Upload-Offset");
  return text === undefined
    ? refuse("Upload-Offset", "missing")
    : parseBytes(text, "Upload-Offset");
}

export function assertBodyType(headers: IncomingHttpHeaders): void {
  const type = headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase();
  if (type === bodyType) return;
  throw new TusRefusal(415, {
    code: "content-type-unsupported",
    message: `Content-Type must be ${bodyType}`,
  });
}

/** Whether bytes follow the head; a chunked body may turn out to be empty. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

export type Concat =
  | { readonly kind: "none" }
  | { readonly kind: "partial" }
  | { readonly kind: "final"; readonly header: string; readonly partialIds: readonly string[] };

export function parseConcat(headers: IncomingHttpHeaders): Concat {
  const header = single(headers["upload-concat"], "Upload-Concat");
  if (header === undefined) return { kind: "none" };
  if (header === "partial") return { kind: "partial" };
  const list =
    /^final;(.*)$/.exec(header)?.[1] ?? refuse("Upload-Concat", "neither partial nor final");
  const partialIds = list
    .split(" ")
    .filter((url) => url !== "")
    .map(idOfUrl);
  if (partialIds.length === 0) refuse("Upload-Concat", "names no partial upload");
  return { kind: "final", header, partialIds };
}

/** Host and prefix are not looked at: behind a proxy, clients know this server by names it does not know itself. */
function idOfUrl(url: string): string {
  if (!URL.canParse(url, "http://localhost/files/")) refuse("Upload-Concat", "not a list of URLs");
  const { pathname } = new URL(url, "http://localhost/files/");
  const id = /\/files\/([^/]+)\/?$/.exec(pathname)?.[1];
  return id ?? refuse("Upload-Concat", "a URL is not one of an upload");
}

function refuse(field: string, reason: string): never {
  throw new CoreError("invalid-request", { field, reason });
}
