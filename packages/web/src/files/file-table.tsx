import { useCallback, useEffect, useState, type KeyboardEvent } from "react";
import type { StoredFile } from "@sampan/sdk";
import type { Services } from "../services.ts";
import { useText } from "../text/text.tsx";
import { toFailure } from "../transfers/failure.ts";
import { Icon } from "../ui/icon.tsx";
import { useIsPhone } from "../ui/use-media.ts";
import { useWindow } from "../ui/use-window.ts";
import type { FileListState } from "./file-list.ts";
import { FileRow } from "./file-row.tsx";

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
  const [activeIndex, setActiveIndex] = useState(0);
  const [deletingId, setDeletingId] = useState<string | null>(null);
  const active = Math.min(activeIndex, items.length - 1);
  const focusActive = useFocusOnActive(scrollerRef);
  const actions = useFileActions(services);

  useEffect(() => {
    if (nextCursor !== null && end > items.length - AHEAD_ROWS) void files.loadMore();
  }, [files, nextCursor, end, items.length]);

  const goTo = useCallback(
    (index: number) => {
      const target = Math.max(0, Math.min(index, items.length - 1));
      setActiveIndex(target);
      scrollTo(target);
      focusActive();
    },
    [items.length, scrollTo, focusActive],
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
      aria-label={t.files.title}
      aria-rowcount={nextCursor === null ? items.length + 1 : -1}
      onKeyDown={onKeyDown}
    >
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
                onFocus={setActiveIndex}
                onDownload={actions.download}
                onDelete={setDeletingId}
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

function stepOf(
  key: string,
  { active, end, page }: { active: number; end: number; page: number },
): number | null {
  switch (key) {
    case "ArrowDown":
      return active + 1;
    case "ArrowUp":
      return active - 1;
    case "PageDown":
      return active + page;
    case "PageUp":
      return active - page;
    case "Home":
      return 0;
    case "End":
      return end;
    default:
      return null;
  }
}

/** Gives the focus to the active row once that is rendered; what was focused may be gone by then. */
function useFocusOnActive(scroller: React.RefObject<HTMLDivElement | null>): () => void {
  const [asked, setAsked] = useState(0);
  useEffect(() => {
    if (asked === 0) return;
    const { activeElement } = document;
    const isElsewhere = activeElement !== null && activeElement !== document.body;
    if (isElsewhere && !scroller.current?.contains(activeElement)) return;
    const row = scroller.current?.querySelector<HTMLElement>("[data-active=true]");
    row?.focus({ preventScroll: true });
  }, [asked, scroller]);
  return useCallback(() => setAsked((count) => count + 1), []);
}

function useFileActions({ files, usage, notices, download }: Services) {
  return {
    async download(file: StoredFile): Promise<void> {
      try {
        await download(file);
      } catch (error) {
        const failure = toFailure(error);
        notices.show(({ t, format }) =>
          t.files.downloadFailed(file.name, t.explain(failure, format)),
        );
      }
    },
    async remove(file: StoredFile): Promise<boolean> {
      try {
        await files.remove(file.id);
        usage.refresh();
        return true;
      } catch (error) {
        const failure = toFailure(error);
        notices.show(({ t, format }) =>
          t.files.deleteFailed(file.name, t.explain(failure, format)),
        );
        return false;
      }
    },
  };
}
