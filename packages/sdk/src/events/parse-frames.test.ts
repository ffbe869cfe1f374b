import fc from "fast-check";
import { expect, test } from "vitest";
import { parseFrames, type Frame } from "./parse-frames.ts";

async function framesOf(...pieces: Uint8Array[]): Promise<Frame[]> {
  async function* chunks() {
    yield* pieces;
  }
  const frames: Frame[] = [];
  for await (const frame of parseFrames(chunks())) frames.push(frame);
  return frames;
}
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const frame = (fields: Partial<Frame>): Frame => ({
  id: undefined,
  event: "message",
  data: undefined,
  retryMs: undefined,
  ...fields,
});

test("reads fields, comments, several lines of data, and drops what is cut", async () => {
  const text =
    ": hello\n\nretry: 70\n\nid: 1\nevent: a\ndata: x\ndata:  y\nother: z\ndata\n\nid: 2\n\ndata: cut\n";
  expect(await framesOf(bytes(text))).toEqual([
    frame({}),
    frame({ retryMs: 70 }),
    frame({ id: "1", event: "a", data: "x\n y\n" }),
    frame({ id: "2" }),
  ]);
});

test("reads the same however lines end and wherever the bytes are cut", async () => {
  const lines = [
    "id: 1",
    "event: 三板",
    "data: é\u{1f600}",
    "",
    ": beat",
    "id: 2",
    "",
    "data: z",
    "",
  ];
  const expected = [
    frame({ id: "1", event: "三板", data: "é\u{1f600}" }),
    frame({ id: "2" }),
    frame({ data: "z" }),
  ];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom("\n", "\r", "\r\n"),
      fc.array(fc.nat({ max: 90 }), { maxLength: 12 }),
      async (end, cuts) => {
        // A last LF tells a CR that it was not half of a CRLF.
        const whole = bytes(`${lines.join(end)}${end}\n`);
        const at = [0, ...cuts.toSorted((a, b) => a - b), whole.length];
        const pieces = at.slice(1).map((cut, i) => whole.subarray(at[i], cut));
        expect(await framesOf(...pieces)).toEqual(expected);
      },
    ),
  );
});

test("refuses an event without end", async () => {
  const line = bytes(`data: ${"x".repeat(64 * 1024)}\n`);
  await expect(framesOf(...Array.from({ length: 20 }, () => line))).rejects.toMatchObject({
    code: "unexpected-response",
  });
});
