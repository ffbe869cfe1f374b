import { useText } from "../text/text.tsx";
import { useTriedPicture } from "../ui/use-tried-picture.ts";
import { AskFirst } from "./ask-first.tsx";
import { canShowPdf, PdfPage } from "./pdf-page.tsx";
import { Player } from "./player.tsx";
import { NoPreview } from "./no-preview.tsx";
import { previewKindOf, type PreviewProps } from "./preview-source.ts";
import { TextExcerpt } from "./text-excerpt.tsx";
import "../styles/preview.css";

/** What a file looks like. It is never run: pictures and excerpts are made by the server, and media is only played. */
export function Preview({ item, source }: PreviewProps) {
  const { t } = useText();
  const isAsked = source.isCounted && source.contentUrl(item) !== null;
  switch (previewKindOf(item, canPlay)) {
    case "picture":
      return <Picture item={item} source={source} />;
    case "video":
    case "audio":
      return (
        <AskFirst icon="play" label={t.preview.play} isCounted={isAsked}>
          <Player item={item} source={source} />
        </AskFirst>
      );
    case "pdf":
      if (!canShowPdf(item)) return <NoPreview item={item} />;
      return (
        <AskFirst icon="eye" label={t.preview.show} isCounted={isAsked}>
          <PdfPage item={item} source={source} />
        </AskFirst>
      );
    case "text":
      return <TextExcerpt item={item} source={source} />;
    case "none":
      return <NoPreview item={item} />;
  }
}

function canPlay(mediaType: string): boolean {
  const element = document.createElement(mediaType.startsWith("audio/") ? "audio" : "video");
  return element.canPlayType(mediaType) !== "";
}

function Picture({ item, source }: PreviewProps) {
  const { isWaiting, hasGivenUp, onError } = useTriedPicture();
  if (hasGivenUp) return <NoPreview item={item} />;
  return (
    <div className="preview-picture">
      {!isWaiting && (
        <img src={source.thumbnailUrl(item, 1024)} alt={item.name} onError={onError} />
      )}
    </div>
  );
}
