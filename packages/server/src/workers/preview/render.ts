/** Pictures and excerpts, inside the preview process. Only the decoders named here are there at all. */
import { fileTypeFromBuffer } from "file-type";
import sharp from "sharp";
import { PreviewImpossible, type PreviewKind } from "../../core/previews/previewer.ts";
import { decodeText } from "./decode-text.ts";
import { previewLimits } from "./limits.ts";

/**
 * By content, never by name. SVG is not among them: it is a program of sorts (entities, filters, fonts, references), and a picture is not
 * worth running it. HEIC is, but the decoder that comes along has no HEVC: it is refused like any other that cannot be decoded.
 */
const imageTypes = new Set([
  "image/jpeg",
  "image/png",
  "image/apng",
  "image/webp",
  "image/gif",
  "image/avif",
  "image/heic",
  "image/heif",
]);

/** Text that has a signature, as some XML has. Everything else with one is binary. */
const textTypes = /^(text\/|application\/(.*\+)?(xml|json)$)/;

export function prepareDecoders(): void {
  sharp.cache(false);
  sharp.concurrency(1);
  sharp.block({ operation: ["VipsForeignLoad"] });
  sharp.unblock({
    operation: ["Jpeg", "Png", "Webp", "Nsgif", "Heif"].map(
      (name) => `VipsForeignLoad${name}Buffer`,
    ),
  });
}

/** Throws unless content that begins so may have a preview of this kind. */
export async function assertWelcome(head: Uint8Array, kind: PreviewKind): Promise<void> {
  // The mark of UTF-16 looks like the first frame of an MPEG audio stream; whether text follows is seen when it is decoded.
  const isMarked = kind === "text" && head[0] === 0xff && head[1] === 0xfe;
  const type = isMarked ? undefined : (await fileTypeFromBuffer(head))?.mime;
  const isWelcome =
    kind === "text"
      ? type === undefined || textTypes.test(type)
      : type !== undefined && imageTypes.has(type);
  if (!isWelcome) throw new PreviewImpossible("unsupported");
}

export async function render(
  bytes: Buffer,
  { kind, isCut }: { kind: PreviewKind; isCut: boolean },
): Promise<Buffer> {
  const made = kind === "text" ? renderText(bytes, isCut) : await renderImage(bytes, kind);
  if (made.length > previewLimits.maxOutputBytes) throw new PreviewImpossible("too-large");
  return made;
}

function renderText(bytes: Buffer, isCut: boolean): Buffer {
  const text = decodeText(bytes, { isCut });
  if (text === undefined) throw new PreviewImpossible("unsupported");
  return Buffer.from(text);
}

async function renderImage(bytes: Buffer, kind: "image-256" | "image-1024"): Promise<Buffer> {
  const side = kind === "image-256" ? 256 : 1024;
  try {
    return await sharp(bytes, {
      limitInputPixels: previewLimits.maxPixels,
      // What was cut shows as far as it goes.
      failOn: "none",
      sequentialRead: true,
    })
      .timeout({ seconds: previewLimits.workMs / 1000 })
      .autoOrient()
      .resize({ width: side, height: side, fit: "inside", withoutEnlargement: true })
      .webp({ quality: side === 256 ? 75 : 80, effort: 3 })
      .toBuffer();
  } catch (error) {
    // Every word of the decoder is about the content; what it says of limits is told apart.
    const message = error instanceof Error ? error.message : "";
    if (/pixel limit|dimensions|too large/i.test(message))
      throw new PreviewImpossible("too-many-pixels", { cause: error });
    if (/timeout/i.test(message)) throw new PreviewImpossible("too-slow", { cause: error });
    throw new PreviewImpossible("damaged", { cause: error });
  }
}
