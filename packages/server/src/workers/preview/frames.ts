/**
 * What passes between the server and its preview process, on the latter's standard input and output: frames, each four bytes of length
 * (little-endian), so many bytes of JSON, and as many bytes of content as the JSON's `length` says.
 */
import type { PreviewKind, PreviewRefusal } from "../../core/previews/previewer.ts";

/** First the head, to tell the type by; then, where that is welcome, the whole. */
export type PreviewCommand =
  | { readonly op: "detect"; readonly kind: PreviewKind; readonly length: number }
  | {
      readonly op: "make";
      readonly kind: PreviewKind;
      readonly length: number;
      /** The content goes on past these bytes (text). */
      readonly isCut: boolean;
    };

export type PreviewReply =
  | { readonly is: "ready" | "welcome"; readonly length: 0 }
  | { readonly is: "made"; readonly length: number }
  | { readonly is: "refused"; readonly reason: PreviewRefusal; readonly length: 0 };

export interface Frame<T> {
  readonly head: T;
  readonly bytes: Buffer;
}

const maxHeadBytes = 64 * 1024;

export function formatHead(head: PreviewCommand | PreviewReply): Buffer {
  const json = Buffer.from(JSON.stringify(head));
  const frame = Buffer.allocUnsafe(4 + json.length);
  frame.writeUInt32LE(json.length);
  json.copy(frame, 4);
  return frame;
}

/** Collects bytes into frames. Throws when a frame is longer than anything we send. */
export function createFrameReader<T extends { length: number }>({
  maxBytes,
  onFrame,
}: {
  maxBytes: number;
  onFrame: (frame: Frame<T>) => void;
}): (piece: Buffer) => void {
  let pieces: Buffer[] = [];
  let held = 0;
  let head: T | undefined;

  const take = (count: number): Buffer => {
    const all = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
    pieces = all.length > count ? [all.subarray(count)] : [];
    held -= count;
    return all.subarray(0, count);
  };
  const peekLength = (): number => {
    if (pieces[0]!.length < 4) pieces = [Buffer.concat(pieces)];
    return pieces[0]!.readUInt32LE();
  };
  const readHead = (): T | undefined => {
    if (held < 4) return undefined;
    const length = peekLength();
    if (length > maxHeadBytes) throw new Error(`a frame's head of ${length} bytes`);
    if (held < 4 + length) return undefined;
    const parsed = JSON.parse(take(4 + length).toString("utf8", 4)) as T;
    if (!(parsed.length >= 0 && parsed.length <= maxBytes))
      throw new Error(`a frame of ${parsed.length} bytes`);
    return parsed;
  };

  return (piece) => {
    pieces.push(piece);
    held += piece.length;
    for (;;) {
      head ??= readHead();
      if (head === undefined || held < head.length) return;
      const frame = { head, bytes: head.length === 0 ? Buffer.alloc(0) : take(head.length) };
      head = undefined;
      onFrame(frame);
    }
  };
}
