/** Reads a response's head: what it is part of, how long, by which name, and whether it can be gone on with later. */
import { parse as parseDisposition } from "content-disposition";
import { RemoteFailure } from "../../core/fetches/remote.ts";

export type Headers = Readonly<Record<string, string | string[] | undefined>>;

export function headerOf(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** Digits and nothing else; a length that is not one is as good as none. */
export function parseLength(text: string | undefined): number | null {
  if (text === undefined || !/^[0-9]{1,16}$/.test(text)) return null;
  const length = Number(text);
  return Number.isSafeInteger(length) ? length : null;
}

/** RFC 9110 §14.4 `bytes start-end/size`, of one range. */
export function parseContentRange(
  text: string | undefined,
): { start: number; end: number; size: number | null } | undefined {
  const match = /^bytes ([0-9]{1,16})-([0-9]{1,16})\/([0-9]{1,16}|\*)$/i.exec(text ?? "");
  if (!match) return undefined;
  const [start, last] = [Number(match[1]), Number(match[2])];
  const size = match[3] === "*" ? null : Number(match[3]);
  if (last < start || (size !== null && last >= size) || !Number.isSafeInteger(last + 1))
    return undefined;
  return { start, end: last + 1, size };
}

/** What `If-Range` may carry: a strong ETag, or a Last-Modified that is strong by RFC 9110 §8.8.2.2. */
export function strongValidator(headers: Headers): string | null {
  const etag = headerOf(headers, "etag");
  if (etag !== undefined && /^"[\x21\x23-\x7e\x80-\xff]{0,500}"$/.test(etag)) return etag;
  const modified = headerOf(headers, "last-modified");
  const modifiedAt = Date.parse(modified ?? "");
  const sentAt = Date.parse(headerOf(headers, "date") ?? "");
  return modified !== undefined && sentAt - modifiedAt >= 1_000 ? modified : null;
}

const suffixes = new Map([
  ["gzip", ".gz"],
  ["x-gzip", ".gz"],
  ["br", ".br"],
  ["zstd", ".zst"],
  ["deflate", ".zz"],
  ["compress", ".Z"],
]);

/**
 * We ask for bytes as they are. A server that sends them coded all the same is taken at its word: they are stored as sent, never decoded
 * (so nothing can swell), under a name that says so. Returns that suffix.
 */
function codingSuffix(headers: Headers): string {
  const coding = headerOf(headers, "content-encoding")?.trim().toLowerCase() ?? "identity";
  if (coding === "" || coding === "identity") return "";
  const suffix = suffixes.get(coding);
  if (suffix === undefined)
    throw new RemoteFailure("unknown-coding", { detail: `sent in coding ${coding.slice(0, 40)}` });
  return suffix;
}

/** What the remote calls it, best first. Whoever uses these makes them safe. */
export function suggestNames(headers: Headers, url: URL): string[] {
  const suffix = codingSuffix(headers);
  const add = (name: string): string =>
    suffix === "" || name.toLowerCase().endsWith(suffix.toLowerCase()) || /\.tgz$/i.test(name)
      ? name
      : name + suffix;
  const disposition = headerOf(headers, "content-disposition");
  const named = disposition === undefined ? undefined : fileNameOf(disposition);
  const last = url.pathname.split("/").findLast((part) => part !== "");
  return [named, last === undefined ? undefined : decode(last), url.hostname]
    .filter((name) => name !== undefined && name !== "")
    .map((name) => add(name!));
}

/** RFC 6266 and 5987. Servers send the most curious things here; what cannot be read is no name. */
function fileNameOf(disposition: string): string | undefined {
  // Node reads header bytes as Latin-1; many servers send UTF-8.
  const bytes = Buffer.from(disposition, "latin1");
  const text = isUtf8(bytes) ? bytes.toString() : disposition;
  try {
    return parseDisposition(text).parameters["filename"];
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

function isUtf8(bytes: Buffer): boolean {
  return !bytes.toString().includes("\ufffd");
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (error) {
    if (error instanceof URIError) return part;
    throw error;
  }
}

/** Seconds or a date; at most an hour is believed. */
export function retryAfterMs(headers: Headers, now: number): number | undefined {
  const text = headerOf(headers, "retry-after");
  if (text === undefined) return undefined;
  const wait = /^[0-9]{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 0), 3_600_000);
}
