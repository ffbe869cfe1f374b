/** A whole small body in memory. */
import { CoreError } from "../../core/errors.ts";
import type { ByteSource } from "../../core/uploads/byte-source.ts";

/** Throws `body-too-long` past `limitBytes`, as soon as that is known. */
export async function collectBody(source: ByteSource, limitBytes: number): Promise<Buffer> {
  const { declaredLength } = source;
  if (declaredLength !== null && declaredLength > limitBytes)
    throw new CoreError("body-too-long", { limitBytes });
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const chunk of source.chunks({ position: 0, signal: never })) {
    length += chunk.bytes.length;
    // A slab goes back to the pool at once; ordinary memory is ours.
    pieces.push(
      chunk.bytes.buffer instanceof SharedArrayBuffer
        ? Buffer.from(chunk.bytes)
        : asBuffer(chunk.bytes),
    );
    chunk.release();
    if (length > limitBytes) throw new CoreError("body-too-long", { limitBytes });
  }
  return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces, length);
}

const never = new AbortController().signal;
const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
