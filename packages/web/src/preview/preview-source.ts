import type { Item } from "../files/item.ts";

/** Where what a preview shows comes from: one's own drive, or a link. */
export interface PreviewSource {
  thumbnailUrl(item: Item, size: 256 | 1024): string;
  /** To be played from; null where the content itself is not given out. */
  contentUrl(item: Item): string | null;
  /** Null while it is being made. Throws `no-preview`. */
  getExcerpt(item: Item, options: { signal: AbortSignal }): Promise<Response | null>;
  /** Playing counts as one of a limited number of downloads: it waits to be asked for. */
  readonly isCounted: boolean;
}

export interface PreviewProps {
  item: Item;
  source: PreviewSource;
}

export type PreviewKind = "picture" | "video" | "audio" | "pdf" | "text" | "none";

const PICTURE = /^image\/(jpeg|png|webp|gif|avif)$/;
/** What is certainly no text: the server need not be asked. */
const BINARY =
  /^(image|video|audio|font)\/|zip|compressed|x-tar|x-rar|x-7z|msword|officedocument|ms-excel|ms-powerpoint|opendocument|x-iso|diskimage|x-msdownload|wasm/;

/** By the type that was said; what it truly is, the server finds out from the content. */
export function previewKindOf(
  { kind, mediaType }: Pick<Item, "kind" | "mediaType">,
  canPlay: (mediaType: string) => boolean,
): PreviewKind {
  if (kind === "folder") return "none";
  const type = mediaType ?? "";
  if (PICTURE.test(type)) return "picture";
  if (type.startsWith("video/") && canPlay(type)) return "video";
  if (type.startsWith("audio/") && canPlay(type)) return "audio";
  if (type === "application/pdf") return "pdf";
  return BINARY.test(type) ? "none" : "text";
}
