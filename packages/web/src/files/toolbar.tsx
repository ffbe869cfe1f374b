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
import type { SelectionTool } from "./selection-tools.ts";
import type { Selection } from "./use-selection.ts";

interface ToolbarProps {
  services: Services;
  state: NodeListState;
  selection: Selection;
  isGrid: boolean;
  onToggleView: () => void;
  onNewFolder: () => void;
  /** For what is selected. */
  tools: readonly SelectionTool[];
  /** The one that waits for an answer. */
  askingId: string | null;
  onAsk: (id: string | null) => void;
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

function SelectionTools({ selection, tools, askingId, onAsk }: ToolbarProps) {
  const { t } = useText();
  const asking = tools.find(({ id, confirm }) => id === askingId && confirm !== undefined);
  if (asking?.confirm !== undefined) {
    return (
      <Confirm
        question={asking.confirm.question}
        yes={asking.confirm.yes}
        no={t.files.keep}
        onAnswer={(isYes) => {
          onAsk(null);
          if (isYes) asking.act();
        }}
      />
    );
  }
  return (
    <>
      <IconButton icon="close" label={t.files.clearSelection} onClick={selection.clear} />
      <output className="toolbar-count">{t.files.selected(selection.items.length)}</output>
      {tools.map(({ id, icon, label, confirm, act }) => (
        <Tool
          key={id}
          icon={icon}
          label={label}
          act={confirm === undefined ? act : () => onAsk(id)}
        />
      ))}
    </>
  );
}
