/**
 * The event stream format (WHATWG HTML §9.2.6): lines end with CR, LF or CRLF, an empty line ends a frame, unknown fields and comments
 * are ignored. A frame without data is no event, but its id and `retry` count.
 */
import { SampanError } from "../errors.ts";

export interface Frame {
  readonly id: string | undefined;
  readonly event: string;
  /** Undefined when the frame is no event. */
  readonly data: string | undefined;
  readonly retryMs: number | undefined;
}

/** Far more than any event of ours; without a limit a broken sender could fill the memory. */
const maxFrameChars = 1024 * 1024;

/** Yields each frame as soon as it is whole; one that is cut by the end is dropped, as the standard asks. */
export async function* parseFrames(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Frame, void, undefined> {
  const decoder = new TextDecoder();
  let rest = "";
  let lines: string[] = [];
  let chars = 0;
  for await (const chunk of chunks) {
    rest += decoder.decode(chunk, { stream: true });
    // A CR at the end may be half of a CRLF.
    const isHalf = rest.endsWith("\r");
    const parts = (isHalf ? rest.slice(0, -1) : rest).split(/\r\n|\r|\n/);
    rest = (parts.pop() ?? "") + (isHalf ? "\r" : "");
    for (const line of parts) {
      chars += line.length;
      if (line !== "") lines.push(line);
      else if (lines.length > 0) {
        yield parseFrame(lines);
        lines = [];
        chars = 0;
      }
    }
    if (chars + rest.length > maxFrameChars) {
      throw new SampanError("An event is too long", { code: "unexpected-response" });
    }
  }
}

function parseFrame(lines: readonly string[]): Frame {
  let id: string | undefined;
  let event = "message";
  let retryMs: number | undefined;
  const data: string[] = [];
  for (const line of lines) {
    const colon = line.indexOf(":");
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") data.push(value);
    else if (field === "event" && value !== "") event = value;
    else if (field === "id" && !value.includes("\0")) id = value;
    else if (field === "retry" && /^\d{1,9}$/.test(value)) retryMs = Number(value);
  }
  return { id, event, data: data.length === 0 ? undefined : data.join("\n"), retryMs };
}
