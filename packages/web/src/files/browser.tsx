import { useCallback, useMemo, useState } from "react";
import { Title } from "../places/title.tsx";
import { formatPlace } from "../places/place.ts";
import type { Services } from "../services.ts";
import { useStore } from "../state/use-store.ts";
import { useText } from "../text/text.tsx";
import type { Failure } from "../transfers/failure.ts";
import { Icon } from "../ui/icon.tsx";
import { NoticeList } from "../ui/notice-list.tsx";
import { Drawer } from "./drawer.tsx";
import { Empty } from "./empty.tsx";
import { entryActionsOf } from "./entry-actions.ts";
import { FileView } from "./file-view.tsx";
import { SelectionMenu } from "./selection-menu.tsx";
import { selectionTools } from "./selection-tools.ts";
import { ShownFile } from "./shown-file.tsx";
import { Toolbar } from "./toolbar.tsx";
import { useDrawer } from "./use-drawer.ts";
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
  const { files, notices, actions, device, navigation } = services;
  const { t, format } = useText();
  const state = useStore(files);
  const shownId = useStore(navigation.file);
  const { items, isLoaded, isLoading, failure } = state;
  const selection = useSelection(items);
  const [isGrid, setIsGrid] = useState(() => device.read(VIEW_KEY) === "grid");
  const [renamingId, setRenamingId] = useState<string | null>(null);
  const { drawer, setDrawer, share, describe, closeDrawer } = useDrawer(selection);

  const toggleView = useCallback(() => {
    device.write(VIEW_KEY, isGrid ? null : "grid");
    setIsGrid(!isGrid);
  }, [device, isGrid]);
  useShortcuts({
    services,
    selection,
    isOff: shownId !== null,
    onRename: setRenamingId,
    onToggleView: toggleView,
    onShare: share,
    onDetails: describe,
  });
  const [only] = selection.items;
  const [askingId, setAskingId] = useState<string | null>(null);
  const [menuAt, setMenuAt] = useState<{ x: number; y: number } | null>(null);
  const closeMenu = useCallback(() => setMenuAt(null), []);
  const tools = selectionTools({
    actions,
    state,
    items: selection.items,
    t,
    onRename: setRenamingId,
    onShare: share,
  });
  const entryActions = useMemo(() => entryActionsOf(services, state), [services, state]);

  async function makeFolder(): Promise<void> {
    const made = await actions.makeFolder(t.files.newFolder);
    if (made !== undefined) setRenamingId(made.id);
  }

  return (
    <div className="drive-place" data-drawer={drawer !== null}>
      <main className="drive-main">
        {shownId !== null && <NoticeList notices={notices} />}
        {shownId !== null && (
          <ShownFile
            services={services}
            state={state}
            id={shownId}
            onShare={share}
            onDetails={describe}
          />
        )}
        <div className="drive-list" hidden={shownId !== null}>
          <div className="drive-head">
            <Title services={services} state={state} />
          </div>
          <Toolbar
            services={services}
            state={state}
            selection={selection}
            isGrid={isGrid}
            onToggleView={toggleView}
            onNewFolder={() => void makeFolder()}
            tools={tools}
            askingId={askingId}
            onAsk={setAskingId}
            onDetails={describe}
          />
          {shownId === null && <NoticeList notices={notices} />}
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
              files={files}
              actions={entryActions}
              state={state}
              selection={selection}
              isGrid={isGrid}
              renamingId={renamingId}
              onRename={setRenamingId}
              takesFocus={takesFocus && shownId === null}
              onMenu={setMenuAt}
            />
          )}
          {isLoaded && items.length === 0 && (
            <Empty services={services} state={state} onChoose={onChoose} />
          )}
        </div>
      </main>
      {menuAt !== null && only !== undefined && (
        <SelectionMenu
          at={menuAt}
          only={selection.items.length === 1 ? only : null}
          tools={tools}
          actions={actions}
          onAsk={setAskingId}
          onDetails={describe}
          onClose={closeMenu}
        />
      )}
      {drawer !== null && (
        <Drawer
          services={services}
          state={state}
          content={drawer}
          onContent={setDrawer}
          onClose={closeDrawer}
        />
      )}
    </div>
  );
}

/** The empty list says that. */
function isGone({ code }: Failure): boolean {
  return code === "node-not-found" || code === "not-a-folder";
}
