/** `Upload-Metadata`: `key base64,key base64,…`. Refused whole when any of it is malformed: nothing is guessed. */
import { CoreError } from "../../core/errors.ts";
import type { ConflictPolicy } from "../../core/uploads/upload.ts";

const maxHeaderBytes = 16 * 1024;
const KEY = /^[\x21-\x2b\x2d-\x7e]+$/;
/** As the native API has it: RFC 9110 §8.3.1. */
const MEDIA_TYPE = /^[A-Za-z0-9!#$&^_.+-]+\/[A-Za-z0-9!#$&^_.+-]+(\s*;\s*[\x20-\x7e]*)?$/;
const policies: readonly ConflictPolicy[] = ["fail", "keep-both", "replace"];

export interface UploadMetadata {
  /** As the client called it; not yet known to be a fit name. Null when it did not. */
  readonly name: string | null;
  /** The folder that is to receive the file; undefined is the root. */
  readonly parentId: string | undefined;
  /** Folders below that one, made as needed; not yet known to have fit names. */
  readonly folders: readonly string[];
  readonly mediaType: string | null;
  readonly onConflict: ConflictPolicy;
}

export function readMetadata(header: string | undefined): UploadMetadata {
  const pairs = parseMetadata(header);
  const text = (key: string) => decode(key, pairs.get(key));
  const { folders, name } = splitPath(text("relativePath"));
  return {
    name: text("filename") ?? text("name") ?? name,
    parentId: text("parentId") ?? undefined,
    folders,
    mediaType: parseMediaType(text("filetype") ?? text("type")),
    onConflict: parsePolicy(text("onConflict")),
  };
}

/** As Uppy sends it: folders and the file's name between slashes. It writes "null" for a file that was dropped alone. */
function splitPath(path: string | null): { folders: string[]; name: string | null } {
  if (path === null || path === "null") return { folders: [], name: null };
  const folders = path.replace(/^\//, "").split("/");
  const name = folders.pop() ?? "";
  return { folders, name: name === "" ? null : name };
}

/** Values as bytes; the empty header has no pairs. */
export function parseMetadata(header: string | undefined): Map<string, Buffer> {
  const pairs = new Map<string, Buffer>();
  if (header === undefined || header.trim() === "") return pairs;
  if (Buffer.byteLength(header) > maxHeaderBytes) refuse(`longer than ${maxHeaderBytes} bytes`);
  // Blanks around a comma are what a proxy may add when it joins repeated headers (RFC 9110 §5.6.1).
  for (const pair of header.split(",")) {
    const [key = "", value = "", ...rest] = pair.replaceAll(/^[ \t]+|[ \t]+$/g, "").split(" ");
    if (!KEY.test(key) || rest.length > 0) refuse("a pair is not a key, a space and a value");
    if (pairs.has(key)) refuse("a key is given twice");
    const bytes = Buffer.from(value, "base64");
    // Decoding skips what it does not know; encoding again shows whether it did.
    if (bytes.toString("base64") !== value) refuse("a value is not base64 (RFC 4648 §4)");
    pairs.set(key, bytes);
  }
  return pairs;
}

function decode(key: string, bytes: Buffer | undefined): string | null {
  if (bytes === undefined || bytes.length === 0) return null;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return refuse(`the value of ${key} is not UTF-8`, error);
    throw error;
  }
}

/** A hint that clients fill with all sorts of things: what is no media type is no hint. */
function parseMediaType(text: string | null): string | null {
  return text !== null && text.length <= 255 && MEDIA_TYPE.test(text) ? text : null;
}

/** A tus client cannot ask its user what to do when, at the end, the name is taken: both are kept unless it says otherwise. */
function parsePolicy(text: string | null): ConflictPolicy {
  if (text === null) return "keep-both";
  return (
    policies.find((policy) => policy === text) ??
    refuse(`onConflict is one of ${policies.join(", ")}`)
  );
}

function refuse(reason: string, cause?: unknown): never {
  throw new CoreError("invalid-request", { field: "Upload-Metadata", reason }, { cause });
}
