import { describe, expect, it } from "vitest";
import { createReadContent } from "./content.ts";
import type { Manifest } from "./manifest.ts";

const mebibyte = 1024 * 1024;

/** Each stored file holds its own digit, in blocks that tell where they are. */
function store(manifest: Manifest) {
  const byteAt = (stored: string, position: number) => Number(stored) * 16 + (position >> 20);
  let open = 0;
  const readContent = createReadContent({
    index: { manifest: () => Promise.resolve(manifest) } as never,
    blobs: {
      open: ({ stored }: { stored: string }) => {
        open++;
        return Promise.resolve({
          length: 16 * mebibyte,
          read(target: Uint8Array, position: number) {
            for (let i = 0; i < target.length; i++) target[i] = byteAt(stored, position + i);
            return Promise.resolve(target.length);
          },
          [Symbol.asyncDispose]: () => Promise.resolve(void open--),
        });
      },
    } as never,
  });
  const expected = Buffer.concat(
    manifest.map(({ stored, offset, length }) =>
      Buffer.from(Uint8Array.from({ length }, (_, i) => byteAt(stored, offset + i))),
    ),
  );
  return { readContent, expected, openReaders: () => open };
}

const segment = (stored: number, length: number, offset = 0) =>
  ({ stored: String(stored), kind: "blob", offset, length }) as const;

describe("readContent", () => {
  it.each([
    ["one segment", [segment(1, 5 * mebibyte + 7)]],
    ["segments of one read", [segment(1, 10), segment(2, 20), segment(3, 30), segment(4, 40)]],
    // Found by a joined upload: the fourth read of one segment and the first of the next shared a buffer.
    ["segments of four reads", [segment(1, 4 * mebibyte), segment(2, 4 * mebibyte)]],
    ["segments of any length", [1, 2, 3, 4, 5, 6].map((n) => segment(n, n * mebibyte - n, n))],
  ])(
    "keeps what was yielded as it was until the next but one is asked for: %s",
    async (_case, manifest) => {
      const { readContent, expected, openReaders } = store(manifest);
      const pieces: Buffer[] = [];
      let lent: Uint8Array | undefined;
      for await (const bytes of readContent("blob", { start: 0, end: expected.length })) {
        // The consumer is only now done with the last ones.
        if (lent) pieces.push(Buffer.from(lent));
        lent = bytes;
      }
      if (lent) pieces.push(Buffer.from(lent));
      expect(Buffer.concat(pieces).equals(expected)).toBe(true);
      expect(openReaders()).toBe(0);
    },
  );

  it("closes what it opened when the consumer stops half way", async () => {
    const { readContent, openReaders } = store([segment(1, 4 * mebibyte), segment(2, 10)]);
    for await (const bytes of readContent("blob", { start: 5, end: 4 * mebibyte + 3 })) {
      expect(bytes[0]).toBe(16);
      break;
    }
    expect(openReaders()).toBe(0);
  });
});
