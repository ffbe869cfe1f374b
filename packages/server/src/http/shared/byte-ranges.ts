/** The body of an answer with bytes: all of them, one range, or several as `multipart/byteranges` (RFC 9110 §14.6). */
import type { ByteRange } from "./ranges.ts";

export interface BodyPlan {
  readonly status: 200 | 206;
  readonly headers: Record<string, string | number>;
  readonly pieces: readonly { text?: string; range?: ByteRange }[];
}

export function planBody(
  ranges: readonly ByteRange[] | undefined,
  { size, mediaType }: { size: number; mediaType: string },
): BodyPlan {
  if (!ranges) {
    return {
      status: 200,
      headers: { "content-length": size },
      pieces: [{ range: { start: 0, end: size } }],
    };
  }
  const [first] = ranges;
  if (ranges.length === 1 && first) {
    const headers = {
      "content-length": first.end - first.start,
      "content-range": formatRange(first, size),
    };
    return { status: 206, headers, pieces: [{ range: first }] };
  }
  const boundary = `sampan-${crypto.randomUUID()}`;
  const parts = ranges.map((range, i) => {
    const lead = `${i === 0 ? "" : "\r\n"}--${boundary}\r\ncontent-type: ${mediaType}\r\n`;
    return { text: `${lead}content-range: ${formatRange(range, size)}\r\n\r\n`, range };
  });
  const tail = `\r\n--${boundary}--\r\n`;
  const length = parts.reduce(
    (sum, { text, range }) => sum + Buffer.byteLength(text) + range.end - range.start,
    0,
  );
  return {
    status: 206,
    headers: {
      "content-type": `multipart/byteranges; boundary=${boundary}`,
      "content-length": length + tail.length,
    },
    pieces: [...parts, { text: tail }],
  };
}

const formatRange = ({ start, end }: ByteRange, size: number): string =>
  `bytes ${start}-${end - 1}/${size}`;
