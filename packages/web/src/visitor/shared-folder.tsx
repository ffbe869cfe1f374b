import { useCallback, useEffect, useMemo, useState } from "react";
import type { Clipboard } from "../files/actions/clipboard.ts";
import type { EntryActions } from "../files/entry-actions.ts";
import { FileView } from "../files/file-view.tsx";
import { isFolder, type Item } from "../files/item.ts";
import { Tool } from "../files/tool.tsx";
import { useSelection, type Selection } from "../files/use-selection.ts";
import type { PreviewSource } from "../preview/preview-source.ts";
import { useStore } from "../state/use-store.ts";
import { createStore } from "../state/store.ts";
import { useText } from "../text/text.tsx";
import { useWords } from "../text/words.ts";
import { IconButton } from "../ui/icon-button.tsx";
import { isTyping } from "../ui/is-typing.ts";
import { VisitedFile } from "./visited-file.tsx";
import { VisitorCrumbs } from "./visitor-crumbs.tsx";
import type { VisitorServices } from "./visitor-services.ts";
import { visitorWords } from "./words.ts";

const VIEW_KEY = "sampan.link-view";
/** There is nothing to cut or paste. */
const noClipboard = createStore<Clipboard | null>(null);

interface SharedFolderProps {
  services: VisitorServices;
  topName: string;
  previews: PreviewSource;
  /** Null where the link is only for looking. */
  onDownload: ((items: readonly Item[]) => Promise<void>) | null;
  onSave: ((items: readonly Item[]) => void) | null;
}

export function SharedFolder(props: SharedFolderProps) {
  const { services, topName, previews, onDownload, onSave } = props;
  const { files, navigation, device } = services;
  const { t } = useText();
  const words = useWords(visitorWords);
  const state = useStore(files);
  const shownId = useStore(navigation.file);
  const selection = useSelection(state.items);
  const [chosenView, setChosenView] = useState(() => device.read(VIEW_KEY));
  // Who shares pictures wants them to be seen.
  const isGrid = chosenView === null ? isMostlyPictures(state.items) : chosenView === "grid";
  const toggleView = useCallback(() => {
    const next = isGrid ? "list" : "grid";
    device.write(VIEW_KEY, next);
    setChosenView(next);
  }, [device, isGrid]);
  useKeys({ selection, isOff: shownId !== null, onToggleView: toggleView });
  const actions = useMemo(
    (): EntryActions => ({
      clipboard: noClipboard,
      open(item) {
        if (isFolder(item)) navigation.go({ kind: "folder", id: item.id });
        else navigation.showFile(item.id);
      },
      download: onDownload ?? undefined,
      thumbnailUrl: (item) => previews.thumbnailUrl(item, 256),
    }),
    [navigation, previews, onDownload],
  );
  const chosen = selection.items;
  return (
    <>
      {shownId !== null && (
        <VisitedFile
          services={services}
          id={shownId}
          previews={previews}
          onDownload={onDownload}
          onSave={onSave}
        />
      )}
      <div className="drive-list" hidden={shownId !== null}>
        <div className="toolbar" role="toolbar" aria-label={t.files.actions}>
          <VisitorCrumbs navigation={navigation} state={state} topName={topName} />
          {chosen.length > 0 && (
            <>
              <IconButton icon="close" label={t.files.clearSelection} onClick={selection.clear} />
              <output className="toolbar-count">{t.files.selected(chosen.length)}</output>
              {onDownload !== null && (
                <Tool
                  icon="download"
                  label={t.files.downloadAll}
                  act={() => void onDownload(chosen)}
                />
              )}
              {onSave !== null && (
                <Tool icon="saveIn" label={words.save} act={() => onSave(chosen)} />
              )}
            </>
          )}
          <span className="toolbar-gap" />
          <IconButton
            icon={isGrid ? "list" : "grid"}
            label={isGrid ? t.files.list : t.files.grid}
            onClick={toggleView}
          />
        </div>
        <output className="loading-line" data-on={state.isLoading}>
          {state.isLoading && <span className="visually-hidden">{t.files.loading}</span>}
        </output>
        {state.items.length > 0 && (
          <FileView
            files={files}
            actions={actions}
            state={state}
            selection={selection}
            isGrid={isGrid}
            renamingId={null}
            onRename={() => undefined}
            takesFocus={false}
          />
        )}
        {state.isLoaded && state.items.length === 0 && (
          <p className="no-match">{state.failure === null ? words.emptyFolder : t.files.gone}</p>
        )}
      </div>
    </>
  );
}

/** By the first page, so that nothing changes while somebody scrolls. */
function isMostlyPictures(items: readonly Item[]): boolean {
  const first = items.slice(0, 100);
  const pictures = first.filter(({ mediaType }) => mediaType?.startsWith("image/") === true);
  return pictures.length * 2 > first.length;
}

function useKeys({
  selection,
  isOff,
  onToggleView,
}: {
  selection: Selection;
  isOff: boolean;
  onToggleView: () => void;
}): void {
  useEffect(() => {
    if (isOff) return;
    function onKeyDown(event: KeyboardEvent): void {
      if (event.defaultPrevented || isTyping(event.target) || event.altKey) return;
      const withControl = event.ctrlKey || event.metaKey;
      const key = event.key.toLowerCase();
      if (withControl && key === "a") selection.all();
      else if (!withControl && key === "escape") selection.clear();
      else if (!withControl && key === "v") onToggleView();
      else return;
      event.preventDefault();
    }
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, [selection, isOff, onToggleView]);
}
