/* oxlint-disable jsx-a11y/prefer-tag-over-role -- only visible entries exist, each placed by itself; rows of a table cannot be */
import { useCallback, useEffect, useRef, type KeyboardEvent, type MouseEvent } from "react";
import { useStore } from "../state/use-store.ts";
import { useText } from "../text/text.tsx";
import { useWindow } from "../ui/use-window.ts";
import { FileEntry } from "./file-entry.tsx";
import { FileHead } from "./file-head.tsx";
import type { EntryActions } from "./entry-actions.ts";
import type { Item } from "./item.ts";
import type { NodeList, NodeListState } from "./node-list.ts";
import { stepOf } from "./step-of.ts";
import { useActiveRow } from "./use-active-row.ts";
import { useFocusOnActive } from "./use-focus-on-active.ts";
import { useLayout } from "./use-layout.ts";
import type { Selection } from "./use-selection.ts";
import { useSteadyScroll } from "./use-steady-scroll.ts";

/** Rows before the end of what is loaded at which the next page is asked for. */
const AHEAD_ROWS = 120;

interface FileViewProps {
  files: Pick<NodeList, "loadMore" | "orderBy">;
  actions: EntryActions;
  state: NodeListState;
  selection: Selection;
  isGrid: boolean;
  renamingId: string | null;
  onRename: (id: string | null) => void;
  /** Somebody came here by keyboard: the list takes the focus over. */
  takesFocus: boolean;
  /** Where the pointer asked for a menu of what is selected. Without it the browser shows its own. */
  onMenu?: (at: { x: number; y: number }) => void;
}

/** A grid for the keyboard: the arrows move between entries, Tab goes into an entry's buttons. */
export function FileView(props: FileViewProps) {
  const { files, actions, state, selection, isGrid, renamingId, onRename, takesFocus, onMenu } =
    props;
  const { items, nextCursor, place, by } = state;
  const { t } = useText();
  const clipboard = useStore(actions.clipboard);
  const scroller = useRef<HTMLDivElement>(null);
  const { columns, rowHeight, place: placeOf } = useLayout(scroller, { isGrid });
  const rows = Math.ceil(items.length / columns);
  const { first, end, scrollTo } = useWindow(scroller, { count: rows, rowHeight });
  const { active, activate } = useActiveRow(items);
  useSteadyScroll({ scroller, items, rowHeight, columns });
  const focusActive = useFocusOnActive(scroller);
  const isInTrash = place.kind === "trash";

  useEffect(() => {
    if (nextCursor !== null && end > rows - AHEAD_ROWS) void files.loadMore();
  }, [files, nextCursor, end, rows]);
  useEffect(() => {
    if (takesFocus) focusActive();
  }, [takesFocus, focusActive]);

  const reveal = useCallback(
    (index: number) => {
      const target = activate(index);
      scrollTo(Math.floor(target / columns));
      return target;
    },
    [activate, scrollTo, columns],
  );
  const renamingIndex = renamingId === null ? -1 : items.findIndex(({ id }) => id === renamingId);
  // A folder that was just made may lie anywhere.
  useEffect(() => {
    if (renamingIndex !== -1) reveal(renamingIndex);
  }, [renamingIndex, reveal]);

  function pick(event: MouseEvent, index: number): void {
    const isTouch = "pointerType" in event.nativeEvent && event.nativeEvent.pointerType === "touch";
    const item = items[index];
    if (event.shiftKey) selection.extendTo(index, { add: event.ctrlKey || event.metaKey });
    else if (event.ctrlKey || event.metaKey) selection.toggle(index);
    else if (!isTouch) selection.only(index);
    else if (selection.items.length > 0) selection.toggle(index);
    else if (item !== undefined) actions.open(item);
  }

  /** What is not selected is what it is about, then. */
  function openMenu(event: MouseEvent, index: number): void {
    const item = items[index];
    if (onMenu === undefined || item === undefined) return;
    event.preventDefault();
    activate(index);
    if (!selection.ids.has(item.id)) selection.only(index);
    onMenu({ x: event.clientX, y: event.clientY });
  }

  function move(event: KeyboardEvent, step: number): void {
    const target = reveal(step);
    focusActive();
    if (event.shiftKey) selection.extendTo(target);
    else if (!event.ctrlKey && !event.metaKey) selection.only(target);
  }
  function onKeyDown(event: KeyboardEvent): void {
    const item = items[active];
    const isOnEntry = event.target instanceof HTMLElement && event.target.role === "row";
    if (!isOnEntry || item === undefined || event.altKey) return;
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight) - 1);
    const step = stepOf(event.key, { active, end: items.length - 1, columns, page });
    if (step !== null) move(event, step);
    else if (event.key === "Enter") actions.open(item);
    else if (event.key === " ") selection.toggle(active);
    else return;
    event.preventDefault();
  }

  // The focused entry stays rendered wherever the list is scrolled to: its focus would be lost.
  const [from, to] = [first * columns, Math.min(end * columns, items.length)];
  const indexes = Array.from({ length: Math.max(0, to - from) }, (_, offset) => from + offset);
  for (const index of new Set([active, renamingIndex])) {
    if (index >= 0 && (index < from || index >= to)) indexes.push(index);
  }
  const cutIds = new Set(clipboard?.mode === "cut" ? clipboard.items.map(({ id }) => id) : []);
  const isAllSelected = selection.items.length > 0 && selection.items.length === items.length;

  return (
    <div
      className={isGrid ? "files files-grid" : "files"}
      role="grid"
      tabIndex={-1}
      aria-label={t.files.label}
      aria-multiselectable
      aria-rowcount={nextCursor === null ? items.length + 1 : -1}
      onKeyDown={onKeyDown}
    >
      <FileHead
        by={by}
        onSort={place.kind === "folder" ? (next) => void files.orderBy(next) : null}
        isInTrash={isInTrash}
        isAllSelected={isAllSelected}
        onToggleAll={isAllSelected ? selection.clear : selection.all}
      />
      <div className="files-scroll" role="rowgroup" ref={scroller} tabIndex={-1}>
        <div className="files-space" role="presentation" style={{ height: rows * rowHeight }}>
          {indexes.map((index) => {
            const item = items[index];
            if (item === undefined) return null;
            return (
              <FileEntry
                key={item.id}
                item={item}
                index={index}
                at={placeOf(index)}
                isGrid={isGrid}
                isActive={index === active}
                isSelected={selection.ids.has(item.id)}
                isRenaming={item.id === renamingId}
                isCut={cutIds.has(item.id)}
                isInTrash={isInTrash}
                actions={actions}
                onFocus={activate}
                onPick={pick}
                onToggle={selection.toggle}
                onMenu={openMenu}
                onRenamed={(renamed: Item, name) => {
                  onRename(null);
                  focusActive();
                  if (name !== null) void actions.rename?.(renamed, name);
                }}
              />
            );
          })}
        </div>
      </div>
    </div>
  );
}
