import { useState } from "react";
import { Icon } from "../ui/icon.tsx";
import { NoPreview } from "./no-preview.tsx";
import type { PreviewProps } from "./preview-source.ts";

/* oxlint-disable jsx-a11y/media-has-caption -- the files are people's own, and bring no captions along */
/** By Range, from the server: it plays before it is there, and jumps. */
export function Player({ item, source }: PreviewProps) {
  const [hasFailed, setHasFailed] = useState(false);
  const address = source.contentUrl(item);
  if (address === null || hasFailed) return <NoPreview item={item} />;
  const shared = {
    src: address,
    controls: true,
    // Who was asked wants it now.
    autoPlay: source.isCounted,
    preload: "metadata",
    "aria-label": item.name,
    onError: () => setHasFailed(true),
  } as const;
  return item.mediaType?.startsWith("audio/") === true ? (
    <div className="preview-audio">
      <Icon name="audio" />
      <audio {...shared} />
    </div>
  ) : (
    <div className="preview-picture">
      <video {...shared} playsInline />
    </div>
  );
}
