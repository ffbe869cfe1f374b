import { useState } from "react";
import type { Services } from "../services.ts";
import { useStore } from "../state/use-store.ts";
import { useText } from "../text/text.tsx";
import { Confirm } from "../ui/confirm.tsx";
import { IconButton } from "../ui/icon-button.tsx";
import type { NodeListState } from "./node-list.ts";
import type { Item } from "./item.ts";
import { rightsOf } from "./rights.ts";
import { Tool } from "./tool.tsx";
import type { Selection } from "./use-selection.ts";

interface ToolbarProps {
  services: Services;
  state: NodeListState;
  selection: Selection;
  isGrid: boolean;
  onToggleView: () => void;
  onRename: (id: string) => void;
  onNewFolder: () => void;
  onShare: (item: Item) => void;
  onDetails: (item: Item) => void;
}

/** What can be done here; with something selected, what can be done to that. */
export function Toolbar(props: ToolbarProps) {
  const { t } = useText();
  const { state, selection, isGrid, onToggleView, onDetails } = props;
  const count = selection.items.length;
  const [only] = selection.items;
  return (
    <div className="toolbar" role="toolbar" aria-label={t.files.actions}>
      {count > 0 ? <SelectionTools {...props} /> : <PlaceTools {...props} />}
      <span className="toolbar-gap" />
      {count === 1 && only !== undefined && state.place.kind !== "trash" && (
        <IconButton icon="info" label={t.files.detailsOne} onClick={() => onDetails(only)} />
      )}
      <IconButton
        icon={isGrid ? "list" : "grid"}
        label={isGrid ? t.files.list : t.files.grid}
        onClick={onToggleView}
      />
    </div>
  );
}

function PlaceTools({ services, state, onNewFolder }: ToolbarProps) {
  const { t } = useText();
  const { actions } = services;
  const clipboard = useStore(actions.clipboard);
  const [isAsking, setIsAsking] = useState(false);
  const { place, items } = state;
  if (place.kind === "trash") {
    if (items.length === 0) return null;
    if (!isAsking) {
      return <Tool icon="trash" label={t.files.emptyTrash} act={() => setIsAsking(true)} />;
    }
    return (
      <Confirm
        question={t.files.confirmEmpty}
        yes={t.files.emptyTrash}
        no={t.files.keep}
        onAnswer={(isYes) => {
          setIsAsking(false);
          if (isYes) void actions.emptyTrash();
        }}
      />
    );
  }
  // Until it is known which folder this is, nothing is made in another one.
  if (!rightsOf(state).canAdd || !state.isLoaded) return null;
  return (
    <>
      <Tool icon="folderPlus" label={t.files.newFolder} act={onNewFolder} />
      {clipboard !== null && (
        <Tool
          icon="paste"
          label={t.files.paste(clipboard.items.length)}
          act={() => void actions.paste()}
        />
      )}
    </>
  );
}

function SelectionTools({ services, state, selection, onRename, onShare }: ToolbarProps) {
  const { t } = useText();
  const { actions } = services;
  const [isAsking, setIsAsking] = useState(false);
  const { items } = selection;
  const [only] = items;
  const isInTrash = state.place.kind === "trash";
  const { canChange, isOwn } = rightsOf(state);
  const isAllStarred = items.every(({ starred }) => starred);
  if (isInTrash && isAsking) {
    return (
      <Confirm
        question={t.files.confirmDelete(items.length)}
        yes={t.files.deleteForGood}
        no={t.files.keep}
        onAnswer={(isYes) => {
          setIsAsking(false);
          if (isYes) void actions.deleteForGood(items);
        }}
      />
    );
  }
  return (
    <>
      <IconButton icon="close" label={t.files.clearSelection} onClick={selection.clear} />
      <output className="toolbar-count">{t.files.selected(items.length)}</output>
      {isInTrash ? (
        <>
          <Tool icon="restore" label={t.files.restoreAll} act={() => void actions.restore(items)} />
          <Tool icon="trash" label={t.files.deleteForGood} act={() => setIsAsking(true)} />
        </>
      ) : (
        <>
          <Tool
            icon="download"
            label={t.files.downloadAll}
            act={() => void actions.download(items)}
          />
          {items.length === 1 && only !== undefined && isOwn && (
            <Tool icon="share" label={t.files.shareOne} act={() => onShare(only)} />
          )}
          {items.length === 1 && only !== undefined && canChange && (
            <Tool icon="pencil" label={t.files.rename} act={() => onRename(only.id)} />
          )}
          {items.length === 1 && only !== undefined && isOwn && state.place.kind !== "folder" && (
            <Tool
              icon="folder"
              label={t.files.showInFolder(only.name)}
              act={() => actions.openFolderOf(only)}
            />
          )}
          {canChange && (
            <Tool icon="cut" label={t.files.cut} act={() => actions.take("cut", items)} />
          )}
          <Tool icon="copy" label={t.files.copy} act={() => actions.take("copy", items)} />
          {isOwn && (
            <Tool
              icon="star"
              label={isAllStarred ? t.files.unstar : t.files.star}
              act={() => void actions.star(items, !isAllStarred)}
            />
          )}
          {canChange && (
            <Tool icon="trash" label={t.files.trashAll} act={() => void actions.trash(items)} />
          )}
        </>
      )}
    </>
  );
}
