/* oxlint-disable jsx-a11y/prefer-tag-over-role -- only visible rows exist, each placed by itself; rows of a table cannot be */
import { useCallback, useEffect, useState, type KeyboardEvent } from "react";
import type { StoredFile } from "@sampan/sdk";
import type { Services } from "../services.ts";
import { useText } from "../text/text.tsx";
import { Icon } from "../ui/icon.tsx";
import { useIsPhone } from "../ui/use-media.ts";
import { useWindow } from "../ui/use-window.ts";
import type { FileListState } from "./file-list.ts";
import { FileRow } from "./file-row.tsx";
import { stepOf } from "./step-of.ts";
import { useActiveRow } from "./use-active-row.ts";
import { useFileActions } from "./use-file-actions.ts";
import { useFocusOnActive } from "./use-focus-on-active.ts";
import { useSteadyScroll } from "./use-steady-scroll.ts";

/** Rows before the end of what is loaded at which the next page is asked for. */
const AHEAD_ROWS = 120;

interface FileTableProps {
  services: Services;
  state: FileListState;
  onDeleted: (name: string) => void;
}

/** A grid for the keyboard: the arrows move between rows, Tab goes into the row's buttons. */
export function FileTable({ services, state, onDeleted }: FileTableProps) {
  const { files } = services;
  const { items, nextCursor } = state;
  const { t } = useText();
  const isPhone = useIsPhone();
  const rowHeight = isPhone ? 64 : 52;
  const { scrollerRef, first, end, scrollTo } = useWindow({ count: items.length, rowHeight });
  const { active, activate } = useActiveRow(items);
  useSteadyScroll({ scroller: scrollerRef, items, rowHeight });
  const [deletingId, setDeletingId] = useState<string | null>(null);
  const focusActive = useFocusOnActive(scrollerRef);
  const actions = useFileActions(services);

  useEffect(() => {
    if (nextCursor !== null && end > items.length - AHEAD_ROWS) void files.loadMore();
  }, [files, nextCursor, end, items.length]);

  const goTo = useCallback(
    (index: number) => {
      scrollTo(activate(index));
      focusActive();
    },
    [activate, scrollTo, focusActive],
  );

  function onKeyDown(event: KeyboardEvent): void {
    const file = items[active];
    const isOnRow = event.target instanceof HTMLElement && event.target.role === "row";
    if (event.key === "Escape" && deletingId !== null) {
      setDeletingId(null);
      focusActive();
    } else if (isOnRow && file !== undefined) {
      const step = stepOf(event.key, {
        active,
        end: items.length - 1,
        page: Math.max(1, end - first - 16),
      });
      if (step !== null) goTo(step);
      else if (event.key === "Enter") void actions.download(file);
      else if (event.key === "Delete") setDeletingId(file.id);
      else return;
    } else return;
    event.preventDefault();
  }

  async function confirmDelete(file: StoredFile): Promise<void> {
    setDeletingId(null);
    focusActive();
    if (!(await actions.remove(file))) return;
    onDeleted(file.name);
    focusActive();
  }

  // The focused row stays rendered wherever the list is scrolled to: its focus would be lost.
  const indexes = Array.from({ length: Math.max(0, end - first) }, (_, offset) => first + offset);
  if (active >= 0 && (active < first || active >= end)) indexes.push(active);

  return (
    <div
      className="files"
      role="grid"
      tabIndex={-1}
      aria-label={t.files.title}
      aria-rowcount={nextCursor === null ? items.length + 1 : -1}
      onKeyDown={onKeyDown}
    >
      <FileHead />
      <div className="files-scroll" role="rowgroup" ref={scrollerRef} tabIndex={-1}>
        <div
          className="files-space"
          role="presentation"
          style={{ height: items.length * rowHeight }}
        >
          {indexes.map((index) => {
            const file = items[index];
            if (file === undefined) return null;
            return (
              <FileRow
                key={file.id}
                file={file}
                index={index}
                top={index * rowHeight}
                isActive={index === active}
                isDeleting={file.id === deletingId}
                onFocus={activate}
                onDownload={actions.download}
                onDelete={() => {
                  activate(index);
                  setDeletingId(file.id);
                }}
                onConfirm={confirmDelete}
                onKeep={() => {
                  setDeletingId(null);
                  focusActive();
                }}
              />
            );
          })}
        </div>
      </div>
    </div>
  );
}

function FileHead() {
  const { t } = useText();
  return (
    <div className="files-head" role="row" aria-rowindex={1}>
      <span role="columnheader" aria-sort="ascending">
        {t.files.name} <Icon name="arrowUp" />
      </span>
      <span role="columnheader" className="files-size">
        {t.files.size}
      </span>
      <span role="columnheader" className="files-date">
        {t.files.modified}
      </span>
      <span role="columnheader">
        <span className="visually-hidden">{t.files.actions}</span>
      </span>
    </div>
  );
}
