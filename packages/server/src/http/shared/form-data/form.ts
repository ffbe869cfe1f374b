/**
 * A form with at most one file, in the order in which its parts arrive. Small fields are gathered; the file is a stream, and may come before
 * the fields that say where it belongs. What is not as it must be throws a `FormRefusal`, whenever it shows.
 */
import type { IncomingMessage } from "node:http";
import { slabAlignment } from "../../../core/blobs/slab-pool.ts";
import { CoreError } from "../../../core/errors.ts";
import type { ByteSource, Chunk } from "../../../core/uploads/byte-source.ts";
import { openBody, type BodyOptions } from "../body-source.ts";
import { parseBoundary } from "./boundary.ts";
import { createFormParser, type FormLimits } from "./form-parser.ts";
import type { PartHead } from "./part-head.ts";
import { FormRefusal } from "./refusal.ts";

export interface Form extends Disposable {
  /** The fields seen so far. */
  readonly fields: ReadonlyMap<string, string>;
  /** Reads fields up to the file; undefined when the form ends without one. */
  findFile(): Promise<PartHead | undefined>;
  /**
   * The file's bytes, once. At their end the rest of the form is read, so that a body is never taken for whole whose end is missing;
   * `onEnd` may refuse it then. Throws from within `chunks`.
   */
  fileSource(options?: { onEnd?: (length: number) => void }): ByteSource;
}

/** Values are bounded one by one and together. */
const maxFieldBytes = 64 * 1024;
const maxAllFieldsBytes = 256 * 1024;
const formLimits: FormLimits = {
  maxParts: 64,
  maxHeadBytes: 16 * 1024,
  maxPaddingBytes: 64 * 1024,
};

const utf8 = new TextDecoder("utf-8", { fatal: true });

export function openForm(
  request: IncomingMessage,
  { body: options, isFile }: { body: BodyOptions; isFile: (part: PartHead) => boolean },
): Form {
  const boundary = parseBoundary(request.headers["content-type"]);
  let alignment: number | undefined;
  const body = openBody(request, { ...options, position: () => alignment });
  const parser = createFormParser(body.queue, { boundary, limits: formLimits });
  const fields = new Map<string, string>();
  let fieldBytes = 0;
  let hasFile = false;

  const readField = async ({ name }: PartHead): Promise<void> => {
    if (fields.has(name)) throw new FormRefusal(400, `the field ${brief(name)} is there twice`);
    const pieces: Uint8Array[] = [];
    let length = 0;
    for (let chunk = await parser.read(); chunk; chunk = await parser.read()) {
      length += chunk.bytes.length;
      fieldBytes += chunk.bytes.length;
      pieces.push(Uint8Array.from(chunk.bytes));
      chunk.release();
      if (length > maxFieldBytes || fieldBytes > maxAllFieldsBytes) {
        throw new FormRefusal(413, `the field ${brief(name)} is too long`);
      }
    }
    fields.set(name, decode(Buffer.concat(pieces), name));
  };

  const findFile = async (): Promise<PartHead | undefined> => {
    for (let part = await parser.nextPart(); part; part = await parser.nextPart()) {
      if (isFile(part)) {
        if (hasFile) throw new FormRefusal(400, "the form has two files");
        hasFile = true;
        return part;
      }
      if (part.filename !== undefined) {
        throw new FormRefusal(400, `no file is expected in the field ${brief(part.name)}`);
      }
      await readField(part);
    }
    return undefined;
  };

  return {
    fields,
    findFile,
    fileSource: ({ onEnd } = {}) => ({
      declaredLength: null,
      async *chunks({ position, signal }) {
        // From here on the socket fills memory that is aligned like the file.
        alignment = modulo(position - parser.position, slabAlignment);
        let length = 0;
        const onAbort = () => body.queue.dispose();
        signal.addEventListener("abort", onAbort, { once: true });
        const next = async (): Promise<Chunk | undefined> => {
          try {
            return await parser.read();
          } catch (error) {
            if (signal.aborted) return undefined;
            throw error;
          }
        };
        try {
          if (signal.aborted) return;
          for (let chunk = await next(); chunk; chunk = await next()) {
            length += chunk.bytes.length;
            yield chunk;
          }
          if (signal.aborted) return;
          await findFile();
          onEnd?.(length);
        } catch (error) {
          if (!signal.aborted) throw error;
        } finally {
          signal.removeEventListener("abort", onAbort);
        }
      },
    }),
    [Symbol.dispose]() {
      parser.close();
      body.stop();
    },
  };
}

/** All fields of a form without files. */
export async function readForm(
  request: IncomingMessage,
  options: BodyOptions,
): Promise<ReadonlyMap<string, string>> {
  using form = openForm(request, { body: options, isFile: () => false });
  await form.findFile();
  return form.fields;
}

function decode(bytes: Uint8Array, name: string): string {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const reason = "not UTF-8";
    throw new CoreError("invalid-request", { field: brief(name), reason }, { cause: error });
  }
}

const brief = (name: string): string => JSON.stringify(name.slice(0, 60));
const modulo = (value: number, divisor: number): number => ((value % divisor) + divisor) % divisor;
