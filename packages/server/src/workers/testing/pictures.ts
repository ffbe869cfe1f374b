/** Pictures for tests, good and bad. */
import { crc32, deflateSync } from "node:zlib";
import sharp from "sharp";

/** Red left of blue, so that its direction shows. */
export async function picture(
  format: "jpeg" | "png" | "webp" | "gif" | "avif" | "tiff",
  {
    width = 600,
    height = 400,
    orientation = 1,
  }: Partial<Record<"width" | "height" | "orientation", number>> = {},
): Promise<Buffer> {
  const half = { width: Math.floor(width / 2), height, channels: 3 as const, background: "blue" };
  const blue = await sharp({ create: half }).png().toBuffer();
  return await sharp({ create: { width, height, channels: 3, background: "red" } })
    .composite([{ input: blue, left: width - half.width, top: 0 }])
    .withExif({ IFD0: { Copyright: "a secret" } })
    .withMetadata({ orientation })
    .toFormat(format)
    .toBuffer();
}

export async function animation(): Promise<Buffer> {
  const frame = (background: string) =>
    sharp({ create: { width: 64, height: 64, channels: 3, background } })
      .png()
      .toBuffer();
  const frames = await Promise.all(["red", "blue", "lime"].map(frame));
  return await sharp(frames, { join: { animated: true } })
    .gif()
    .toBuffer();
}

/** A PNG whose head promises so much, and whose body is `rows` rows of zeros. */
export function hugePng(width: number, height: number, rows = 1): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const data = deflateSync(Buffer.alloc((1 + width * 3) * rows));
  const signature = Buffer.from("89504e470d0a1a0a", "hex");
  return Buffer.concat([
    signature,
    chunk("IHDR", head),
    chunk("IDAT", data),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** Where the colours of a small picture lie. */
export async function coloursOf(webp: Uint8Array) {
  const { data, info } = await sharp(webp).raw().toBuffer({ resolveWithObject: true });
  const at = (x: number, y: number): string => {
    const i =
      (Math.floor(y * (info.height - 1)) * info.width + Math.floor(x * (info.width - 1))) *
      info.channels;
    const [red = 0, , blue = 0] = data.subarray(i, i + 3);
    return red > 128 && blue < 128 ? "red" : blue > 128 && red < 128 ? "blue" : "other";
  };
  return {
    width: info.width,
    height: info.height,
    left: at(0.1, 0.5),
    right: at(0.9, 0.5),
    top: at(0.5, 0.1),
    bottom: at(0.5, 0.9),
  };
}
