import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  PreviewImpossible,
  type PreviewKind,
  type PreviewSource,
} from "../../core/previews/previewer.ts";
import { animation, coloursOf, hugePng, picture } from "../testing/pictures.ts";
import { createProcessPreviewer, type ProcessPreviewer } from "./process-previewer.ts";

const never = new AbortController().signal;

function sourceOf(bytes: Buffer, pieceBytes = 100_000): PreviewSource {
  return {
    size: bytes.length,
    async *read({ start, end }) {
      // As the engine's own: the buffer is used again.
      const buffer = Buffer.alloc(pieceBytes);
      for (let at = start; at < end; at += pieceBytes) {
        const count = bytes.copy(buffer, 0, at, Math.min(end, at + pieceBytes));
        yield buffer.subarray(0, count);
        buffer.fill(0xdb);
      }
    },
  };
}

describe("previews, in a process of their own", () => {
  let previewer: ProcessPreviewer;
  beforeAll(() => {
    previewer = createProcessPreviewer();
  });
  afterAll(() => previewer[Symbol.asyncDispose]());

  const make = async (bytes: Buffer, kind: PreviewKind = "image-256"): Promise<Uint8Array> =>
    await previewer.make({ kind, source: sourceOf(bytes) }, never);
  const refusal = async (bytes: Buffer, kind: PreviewKind = "image-256"): Promise<unknown> =>
    await make(bytes, kind).then(
      () => "made",
      (error: unknown) => (error instanceof PreviewImpossible ? error.reason : error),
    );

  it.each(["jpeg", "png", "webp", "gif", "avif"] as const)(
    "makes a small one of %s",
    async (format) => {
      const made = await make(await picture(format));
      expect(await sharp(made).metadata()).toMatchObject({
        format: "webp",
        width: 256,
        height: 171,
      });
      expect(await coloursOf(made)).toMatchObject({ left: "red", right: "blue" });
    },
  );

  it("makes one of 1024 pixels, and enlarges nothing", async () => {
    const large = await picture("jpeg", { width: 3000, height: 4000 });
    expect(await coloursOf(await make(large, "image-1024"))).toMatchObject({
      width: 768,
      height: 1024,
    });
    const small = await picture("png", { width: 40, height: 20 });
    expect(await coloursOf(await make(small, "image-1024"))).toMatchObject({
      width: 40,
      height: 20,
    });
  });

  // As the camera held it: where the left (red) and the right (blue) side of the stored picture are to be seen.
  it.each([
    [1, { left: "red", right: "blue" }],
    [2, { left: "blue", right: "red" }],
    [3, { left: "blue", right: "red" }],
    [4, { left: "red", right: "blue" }],
    [5, { top: "red", bottom: "blue" }],
    [6, { top: "red", bottom: "blue" }],
    [7, { top: "blue", bottom: "red" }],
    [8, { top: "blue", bottom: "red" }],
  ])("stands upright by EXIF orientation %i", async (orientation, sides) => {
    const made = await make(await picture("jpeg", { orientation }));
    const [width, height] = orientation < 5 ? [256, 171] : [171, 256];
    expect(await coloursOf(made)).toMatchObject({ width, height, ...sides });
  });

  it("tells nothing of what the picture says about its maker", async () => {
    const original = await picture("jpeg");
    expect(original.includes("a secret")).toBe(true);
    const { exif, icc, xmp } = await sharp(await make(original)).metadata();
    expect({ exif, icc, xmp }).toEqual({ exif: undefined, icc: undefined, xmp: undefined });
  });

  it("shows the first picture of an animation", async () => {
    const made = await make(await animation());
    expect((await sharp(made).metadata()).pages ?? 1).toBe(1);
    expect(await coloursOf(made)).toMatchObject({ left: "red", right: "red", height: 64 });
  });

  it("goes by the content, whatever it is called", async () => {
    expect(await refusal(Buffer.from("%PDF-1.7 …"))).toBe("unsupported");
    expect(await refusal(Buffer.from("JPEG, it says"))).toBe("unsupported");
    expect(await refusal(Buffer.alloc(0))).toBe("unsupported");
    expect(await refusal(await picture("tiff"))).toBe("unsupported");
  });

  it("runs no SVG, small or large", async () => {
    const open = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">';
    const image = '<image href="file:///etc/passwd"/>';
    expect(await refusal(Buffer.from(`${open}${image}</svg>`))).toBe("unsupported");
    const declared = `<?xml version="1.0"?>${open}${"<g>".repeat(1_000_000)}`;
    expect(await refusal(Buffer.from(declared))).toBe("unsupported");
  });

  it("refuses a picture of too many pixels by its head", async () => {
    const began = performance.now();
    expect(await refusal(hugePng(60_000, 60_000))).toBe("too-many-pixels");
    expect(await refusal(hugePng(2_000_000_000, 2_000_000_000, 0))).toMatch(
      /too-many-pixels|damaged/,
    );
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  it("shows of a cut picture what there is, and refuses what is none", async () => {
    const jpeg = await picture("jpeg", { width: 2000, height: 1000 });
    const cut = await make(jpeg.subarray(0, Math.floor(jpeg.length / 2)));
    expect(await coloursOf(cut)).toMatchObject({ width: 256, height: 128 });
    const noise = Buffer.alloc(20_000, "noise");
    expect(await refusal(Buffer.concat([jpeg.subarray(0, 20), noise]))).toBe("damaged");
    const png = await picture("png");
    expect(await refusal(Buffer.concat([png.subarray(0, 16), noise]))).toBe("damaged");
    expect(await refusal(jpeg.subarray(0, 3))).toBe("damaged");
  });

  it("survives random damage to every format", { timeout: 60_000 }, async () => {
    for (const format of ["jpeg", "png", "webp", "gif", "avif"] as const) {
      const good = await picture(format, { width: 100, height: 100 });
      for (let seed = 1; seed <= 12; seed++) {
        const bad = Buffer.from(good);
        for (let i = 0; i < 8; i++)
          bad[20 + ((seed * 7919 + i * 104_729) % (bad.length - 20))]! ^= 1 << (i % 8);
        expect(["made", "damaged", "too-many-pixels", "unsupported", "crashed"]).toContain(
          await refusal(bad),
        );
      }
    }
    expect(await refusal(await picture("jpeg"))).toBe("made");
  });

  it("reads text in the encodings that people have", async () => {
    const text = "三板 is a boat, naïvely";
    const excerpt = async (bytes: Buffer) => Buffer.from(await make(bytes, "text")).toString();
    expect(await excerpt(Buffer.from(text))).toBe(text);
    expect(await excerpt(Buffer.from(`\ufeff${text}`))).toBe(text);
    expect(await excerpt(Buffer.from(`\ufeff${text}`, "utf16le"))).toBe(text);
    expect(await excerpt(Buffer.from(`\ufeff${text}`, "utf16le").swap16())).toBe(text);
    expect(await excerpt(Buffer.from("plain, no mark", "utf16le"))).toBe("plain, no mark");
    expect(await excerpt(Buffer.from("c8fdb0e5cac7b4ac", "hex"))).toBe("三板是船");
    expect(await excerpt(Buffer.from("caf\u00e9 au lait", "latin1"))).toBe("caf\u00e9 au lait");
    expect(await excerpt(Buffer.alloc(0))).toBe("");
    expect(await excerpt(Buffer.from('<?xml version="1.0"?><a/>'))).toContain("<a/>");
  });

  it("cuts a long text between characters", async () => {
    const long = Buffer.from("板".repeat(30_000));
    const made = Buffer.from(await make(long, "text")).toString();
    expect(made).toBe("板".repeat(Math.floor((64 * 1024) / 3)));
  });

  it("takes no binary for text", async () => {
    expect(await refusal(await picture("png"), "text")).toBe("unsupported");
    expect(await refusal(Buffer.from([1, 2, 3, 0, 200, 7]), "text")).toBe("unsupported");
  });

  it("begins anew when its process is killed between two contents", async () => {
    const bytes = await picture("jpeg");
    await make(bytes);
    const before = previewer.pid!;
    process.kill(before, "SIGKILL");
    await expect.poll(() => previewer.pid).toBeUndefined();
    expect((await make(bytes)).length).toBeGreaterThan(0);
    expect(previewer.pid).not.toBe(before);
  });

  it("tries once more when its process is killed in the middle, and then gives the content up", async () => {
    const bytes = await picture("jpeg");
    const killing = (times: number): PreviewSource => {
      const good = sourceOf(bytes, 1_000);
      return {
        size: good.size,
        async *read(range) {
          if (range.end === bytes.length && times-- > 0) process.kill(previewer.pid!, "SIGKILL");
          yield* good.read(range);
        },
      };
    };
    const kind = "image-256";
    expect((await previewer.make({ kind, source: killing(1) }, never)).length).toBeGreaterThan(0);
    await expect(previewer.make({ kind, source: killing(2) }, never)).rejects.toMatchObject({
      reason: "crashed",
    });
    expect((await make(bytes)).length).toBeGreaterThan(0);
  });

  it("blames no content for bytes that cannot be read, or for being stopped", async () => {
    const bytes = await picture("jpeg");
    const missing: PreviewSource = {
      size: bytes.length,
      read: () => {
        throw new Error("no such bytes");
      },
    };
    await expect(previewer.make({ kind: "text", source: missing }, never)).rejects.toThrow(
      "no such bytes",
    );
    const stop = new AbortController();
    const source: PreviewSource = {
      size: bytes.length,
      async *read(range) {
        stop.abort();
        yield* sourceOf(bytes).read(range);
      },
    };
    const stopped = previewer.make({ kind: "image-256", source }, stop.signal);
    await expect(stopped).rejects.not.toHaveProperty("reason", "crashed");
    expect((await make(bytes)).length).toBeGreaterThan(0);
  });

  it("blames no content where the process cannot be started", async () => {
    const { startChild } = await import("./child.ts");
    await using broken = createProcessPreviewer({ start: () => startChild("/nowhere/node") });
    const source = sourceOf(await picture("jpeg"));
    const made = broken.make({ kind: "image-256", source }, never);
    await expect(made).rejects.toMatchObject({ name: "ChildUnavailable" });
  });

  it("lets an idle process go", async () => {
    await using short = createProcessPreviewer({ idleMs: 50 });
    await short.make({ kind: "text", source: sourceOf(Buffer.from("x")) }, never);
    await expect.poll(() => short.pid).toBeUndefined();
  });
});
