import { useCallback, useState } from "react";
import { Title } from "../places/title.tsx";
import { formatPlace } from "../places/place.ts";
import type { Services } from "../services.ts";
import { useStore } from "../state/use-store.ts";
import { useText } from "../text/text.tsx";
import type { Failure } from "../transfers/failure.ts";
import { Icon } from "../ui/icon.tsx";
import { NoticeList } from "../ui/notice-list.tsx";
import { Empty } from "./empty.tsx";
import { FileView } from "./file-view.tsx";
import { Toolbar } from "./toolbar.tsx";
import { useSelection } from "./use-selection.ts";
import { useShortcuts } from "./use-shortcuts.ts";

const VIEW_KEY = "sampan.view";

interface BrowserProps {
  services: Services;
  onChoose: () => void;
}

/** Each place begins anew, with nothing selected. After the first one, whoever opens one wants to be in it. */
export function Browser({ services, onChoose }: BrowserProps) {
  const { place, isLoaded } = useStore(services.files);
  const address = formatPlace(place);
  const [firstAddress] = useState(() => formatPlace(services.navigation.get()));
  const takesFocus = isLoaded && address !== firstAddress;
  return <PlaceView key={address} {...{ services, onChoose, takesFocus }} />;
}

/** What a place shows, and what can be done to it. */
function PlaceView({ services, onChoose, takesFocus }: BrowserProps & { takesFocus: boolean }) {
  const { files, notices, actions, device } = services;
  const { t, format } = useText();
  const state = useStore(files);
  const { items, isLoaded, isLoading, failure } = state;
  const selection = useSelection(items);
  const [isGrid, setIsGrid] = useState(() => device.read(VIEW_KEY) === "grid");
  const [renamingId, setRenamingId] = useState<string | null>(null);

  const toggleView = useCallback(() => {
    device.write(VIEW_KEY, isGrid ? null : "grid");
    setIsGrid(!isGrid);
  }, [device, isGrid]);
  useShortcuts({ services, selection, onRename: setRenamingId, onToggleView: toggleView });

  async function makeFolder(): Promise<void> {
    const made = await actions.makeFolder(t.files.newFolder);
    if (made !== undefined) setRenamingId(made.id);
  }

  return (
    <main className="drive-main">
      <div className="drive-head">
        <Title services={services} state={state} />
      </div>
      <Toolbar
        services={services}
        state={state}
        selection={selection}
        isGrid={isGrid}
        onToggleView={toggleView}
        onRename={setRenamingId}
        onNewFolder={() => void makeFolder()}
      />
      <NoticeList notices={notices} />
      {failure !== null && !isGone(failure) && (
        <p className="notice" role="alert">
          <Icon name="alert" />
          <span>{t.files.listFailed(t.explain(failure, format))}</span>
          <button type="button" className="button small" onClick={() => void files.refresh()}>
            {t.files.tryAgain}
          </button>
        </p>
      )}
      <output className="loading-line" data-on={isLoading}>
        {isLoading && <span className="visually-hidden">{t.files.loading}</span>}
      </output>
      {items.length > 0 && (
        <FileView
          services={services}
          state={state}
          selection={selection}
          isGrid={isGrid}
          renamingId={renamingId}
          onRename={setRenamingId}
          takesFocus={takesFocus}
        />
      )}
      {isLoaded && items.length === 0 && (
        <Empty services={services} state={state} onChoose={onChoose} />
      )}
    </main>
  );
}

/** The empty list says that. */
function isGone({ code }: Failure): boolean {
  return code === "node-not-found" || code === "not-a-folder";
}
