/* oxlint-disable jsx-a11y/prefer-tag-over-role, jsx-a11y/click-events-have-key-events -- see file-view.tsx, which has the keys */
import type { MouseEvent } from "react";
import { useText } from "../text/text.tsx";
import { IconButton } from "../ui/icon-button.tsx";
import { Icon, iconFor, type IconName } from "../ui/icon.tsx";
import type { EntryActions as Actions } from "./entry-actions.ts";
import { isFolder, type Item } from "./item.ts";
import { NameEditor } from "./name-editor.tsx";
import { Thumbnail } from "./thumbnail.tsx";

export interface EntryPlace {
  left: number;
  top: number;
  width: number;
}

export interface FileEntryProps {
  item: Item;
  index: number;
  at: EntryPlace;
  isGrid: boolean;
  /** The one that Tab leads to. */
  isActive: boolean;
  isSelected: boolean;
  isRenaming: boolean;
  isCut: boolean;
  /** In the trash nothing opens, and things go back. */
  isInTrash: boolean;
  actions: Actions;
  onFocus: (index: number) => void;
  onPick: (event: MouseEvent, index: number) => void;
  onToggle: (index: number) => void;
  onMenu: (event: MouseEvent, index: number) => void;
  onRenamed: (item: Item, name: string | null) => void;
}

export function FileEntry(props: FileEntryProps) {
  const { item, index, at, isGrid, isActive, isSelected, isCut, actions } = props;
  return (
    <div
      role="row"
      className={isGrid ? "tile" : "file"}
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      data-active={isActive}
      data-index={index}
      data-cut={isCut}
      tabIndex={isActive ? 0 : -1}
      style={{
        transform: `translate(${at.left}px, ${at.top}px)`,
        ...(isGrid ? { width: at.width } : {}),
      }}
      onFocus={() => props.onFocus(index)}
      onClick={(event) => {
        if (!isOnControl(event)) props.onPick(event, index);
      }}
      onContextMenu={(event) => {
        if (!isOnControl(event)) props.onMenu(event, index);
      }}
      onDoubleClick={(event) => {
        if (!isOnControl(event)) actions.open(item);
      }}
    >
      {isGrid ? <TileCells {...props} /> : <RowCells {...props} />}
    </div>
  );
}

function isOnControl({ target }: MouseEvent): boolean {
  return target instanceof Element && target.closest("button, input, label") !== null;
}

function Check({ item, index, isSelected, isActive, onToggle }: FileEntryProps) {
  const { t } = useText();
  return (
    <label className="file-check">
      <input
        type="checkbox"
        aria-label={t.files.select(item.name)}
        checked={isSelected}
        tabIndex={isActive ? 0 : -1}
        onChange={() => onToggle(index)}
      />
    </label>
  );
}

function Name({ item, isRenaming, onRenamed }: FileEntryProps) {
  const { t } = useText();
  if (isRenaming) return <NameEditor item={item} onDone={(name) => onRenamed(item, name)} />;
  return (
    <>
      <span className="file-label">{item.name}</span>
      {item.ownerName !== undefined && <span className="badge">{item.ownerName}</span>}
      {item.starred && (
        <span className="file-star" title={t.places.starred}>
          <Icon name="star" />
        </span>
      )}
    </>
  );
}

function RowCells(props: FileEntryProps) {
  const { t, format } = useText();
  const { item, isInTrash } = props;
  const changedAt = isInTrash ? (item.trashedAt ?? item.modifiedAt) : item.modifiedAt;
  return (
    <>
      <span role="gridcell" className="file-check-cell">
        <Check {...props} />
      </span>
      <span role="gridcell" className="file-name" title={item.name} data-kind={item.kind}>
        <Icon name={isFolder(item) ? "folder" : iconFor(item.mediaType ?? null)} />
        <Name {...props} />
      </span>
      <span role="gridcell" className="files-size">
        {item.size === undefined ? (
          <span className="visually-hidden">{t.files.folder}</span>
        ) : (
          format.bytes(item.size)
        )}
      </span>
      <span role="gridcell" className="files-date">
        <time dateTime={changedAt} title={format.dateTime(changedAt)}>
          {format.date(changedAt)}
        </time>
      </span>
      <span role="gridcell" className="file-actions">
        <EntryActions {...props} />
      </span>
    </>
  );
}

function TileCells(props: FileEntryProps) {
  const { item, actions } = props;
  return (
    <>
      <span role="gridcell" className="tile-picture">
        <Thumbnail item={item} address={actions.thumbnailUrl(item)} />
        <Check {...props} />
      </span>
      <span role="gridcell" className="tile-name" title={item.name}>
        <Name {...props} />
      </span>
    </>
  );
}

function EntryActions({ item, isActive, actions }: FileEntryProps) {
  const { t } = useText();
  const tabIndex = isActive ? 0 : -1;
  const { name } = item;
  const { download, trash, restore } = actions;
  const button = (
    icon: IconName,
    label: string,
    act: (items: readonly Item[]) => Promise<void>,
  ) => (
    <IconButton icon={icon} label={label} tabIndex={tabIndex} onClick={() => void act([item])} />
  );
  return (
    <>
      {restore !== undefined && button("restore", t.files.restore(name), restore)}
      {download !== undefined && button("download", t.files.download(name), download)}
      {trash !== undefined && button("trash", t.files.delete(name), trash)}
    </>
  );
}
