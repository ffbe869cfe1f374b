import { useEffect } from "react";
import type { Item } from "../files/item.ts";
import { neighboursOf } from "../preview/neighbours.ts";
import { PreviewPane } from "../preview/preview-pane.tsx";
import type { PreviewSource } from "../preview/preview-source.ts";
import { useStore } from "../state/use-store.ts";
import { useText } from "../text/text.tsx";
import { useWords } from "../text/words.ts";
import { IconButton } from "../ui/icon-button.tsx";
import type { VisitorServices } from "./visitor-services.ts";
import { visitorWords } from "./words.ts";

interface VisitedFileProps {
  services: VisitorServices;
  id: string;
  previews: PreviewSource;
  onDownload: ((items: readonly Item[]) => Promise<void>) | null;
  onSave: ((items: readonly Item[]) => void) | null;
}

/** A file of the shared folder. One whose address was opened is looked for in the list, page by page. */
export function VisitedFile({ services, id, previews, onDownload, onSave }: VisitedFileProps) {
  const { t } = useText();
  const words = useWords(visitorWords);
  const { files, navigation } = services;
  const { items, isLoaded, isLoading, nextCursor } = useStore(files);
  const item = items.find((one) => one.id === id);
  const mayCome = item === undefined && nextCursor !== null;
  useEffect(() => {
    if (mayCome && !isLoading) void files.loadMore();
  }, [files, mayCome, isLoading]);
  if (item === undefined) {
    if (!isLoaded || mayCome) return null;
    return (
      <div className="no-match" role="alert">
        <p>{t.preview.gone}</p>
        <button type="button" className="button" onClick={navigation.closeFile}>
          {t.preview.back}
        </button>
      </div>
    );
  }
  return (
    <PreviewPane
      item={item}
      source={previews}
      level={2}
      {...neighboursOf(items, id)}
      onShow={(next) => navigation.showFile(next.id)}
      onClose={navigation.closeFile}
    >
      {onDownload !== null && (
        <IconButton
          icon="download"
          label={t.files.download(item.name)}
          onClick={() => void onDownload([item])}
        />
      )}
      {onSave !== null && (
        <IconButton icon="saveIn" label={words.save} onClick={() => onSave([item])} />
      )}
    </PreviewPane>
  );
}
