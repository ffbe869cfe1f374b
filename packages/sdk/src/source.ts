import type { CreateHasher } from "./digest.ts";
import { hashChunks } from "./digest.ts";
import { SampanError } from "./errors.ts";
import { readChunks, type BodyChunks } from "./transport.ts";

/** Half-open: `start` is included, `end` is not. */
export interface ByteRange {
  start: number;
  end: number;
}

/** Something with a name and a known size that can be read from any position, again and again. */
export interface UploadSource {
  readonly name: string;
  readonly size: number;
  readonly mediaType?: string | undefined;
  /**
   * Names these very bytes (where they are, how many, when they changed last), ≤ 180 characters.
   * An open upload made with the same key is continued; a changed source has another key.
   */
  readonly resumeKey?: string | undefined;
  open(range: ByteRange, signal?: AbortSignal): Blob | BodyChunks;
  /** A faster way to the whole digest (hex) than reading through `open`. */
  sha256?(options: HashSourceOptions): Promise<string>;
  /** Throws `source-changed` when the bytes are no longer those that `resumeKey` names. */
  checkUnchanged?(): Promise<void>;
  close?(): Promise<void>;
}

export interface HashSourceOptions {
  signal?: AbortSignal | undefined;
  onProgress?: ((hashedBytes: number) => void) | undefined;
}

/**
 * A browser's File, or any Blob with a name. `path` tells apart files of one name from different
 * folders. A plain Blob without `lastModified` cannot be found again after a reload.
 */
export function blobSource(blob: Blob, options: BlobSourceOptions = {}): UploadSource {
  const file: FileLike = blob;
  const name = options.name ?? file.name;
  if (name === undefined) throw new TypeError("A Blob needs a name");
  const path = options.path ?? (file.webkitRelativePath || name);
  return {
    name,
    size: blob.size,
    mediaType: blob.type === "" ? undefined : blob.type,
    resumeKey:
      file.lastModified === undefined
        ? undefined
        : `b1:${blob.size}:${file.lastModified}:${encodeURIComponent(path).slice(-140)}`,
    open: (range) => blob.slice(range.start, range.end),
    /** A browser refuses to read a File whose file changed on disk since it was chosen. */
    async checkUnchanged() {
      try {
        await blob.slice(0, 1).arrayBuffer();
      } catch (cause) {
        throw sourceChanged(name, cause);
      }
    },
  };
}

/** What a File has and a Blob has not; `webkitRelativePath` exists in browsers only. */
interface FileLike extends Blob {
  name?: string;
  lastModified?: number;
  webkitRelativePath?: string;
}

export interface BlobSourceOptions {
  name?: string;
  path?: string;
}

/** The digest of one stretch, or of the whole, or null when nobody can compute it. */
export async function hashSource(
  source: UploadSource,
  options: HashSourceOptions & { createHasher?: CreateHasher | undefined; range?: ByteRange },
): Promise<string | null> {
  const { createHasher, range, signal, onProgress } = options;
  if (range === undefined && source.sha256 !== undefined) {
    return await source.sha256({ signal, onProgress });
  }
  if (createHasher === undefined) return null;
  const content = source.open(range ?? { start: 0, end: source.size }, signal);
  return await hashChunks(toChunks(content, signal), { createHasher, signal, onProgress });
}

export function toChunks(content: Blob | BodyChunks, signal?: AbortSignal): BodyChunks {
  return content instanceof Blob ? readChunks(new Response(content), signal) : content;
}

export function sourceChanged(name: string, cause?: unknown): SampanError {
  return new SampanError(`${name} changed while it was being sent`, {
    code: "source-changed",
    cause,
  });
}
