import { useCallback, useEffect, useRef, useState } from "react";
import type { Services } from "../services.ts";
import { useStore } from "../state/use-store.ts";
import { useText } from "../text/text.tsx";
import { Icon } from "../ui/icon.tsx";
import { NoticeList } from "../ui/notice-list.tsx";
import { useFileDrop, type Dropped } from "../ui/use-file-drop.ts";
import { EmptyDrive, NoMatch } from "./empty.tsx";
import { FileTable } from "./file-table.tsx";
import { Top } from "./top.tsx";
import { UsageMeter } from "./usage-meter.tsx";

/** Files may have come or gone elsewhere while the page was in the background for this long. */
const STALE_MS = 20_000;

export function Drive({ services }: { services: Services }) {
  const { files, notices, upload } = services;
  const { t, format } = useText();
  const state = useStore(files);
  const picker = useRef<HTMLInputElement>(null);
  const openPicker = useCallback(() => picker.current?.click(), []);
  const takeDrop = useCallback(
    (dropped: Dropped) => {
      if (dropped.folders > 0) notices.show((text) => text.t.files.noFolders);
      if (dropped.files.length > 0) upload(dropped.files);
    },
    [notices, upload],
  );
  const [deleted, setDeleted] = useState<string | null>(null);
  const isDropping = useFileDrop(takeDrop);
  useRefreshOnReturn(files.refresh);

  const { items, prefix, isLoaded, isLoading, failure } = state;
  return (
    <div className="drive">
      <Top services={services} onUpload={openPicker} />
      <input
        ref={picker}
        type="file"
        multiple
        hidden
        onChange={({ target }) => {
          upload([...(target.files ?? [])]);
          target.value = "";
        }}
      />
      <main className="drive-main">
        <div className="drive-head">
          <h1>{t.files.title}</h1>
          <UsageMeter usage={services.usage} />
        </div>
        <NoticeList notices={notices} />
        {failure !== null && (
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
        <output className="visually-hidden">{deleted !== null && t.files.deleted(deleted)}</output>
        {items.length > 0 && <FileTable services={services} state={state} onDeleted={setDeleted} />}
        {isLoaded && items.length === 0 && prefix !== "" && <NoMatch prefix={prefix} />}
        {isLoaded && items.length === 0 && prefix === "" && <EmptyDrive onChoose={openPicker} />}
      </main>
      {isDropping && (
        <div className="drop-cover">
          <div className="drop-card">
            <Icon name="upload" />
            {t.files.dropHere}
          </div>
        </div>
      )}
    </div>
  );
}

function useRefreshOnReturn(refresh: () => Promise<void>): void {
  useEffect(() => {
    let leftAtMs = performance.now();
    const note = (): void => {
      if (document.visibilityState === "hidden") leftAtMs = performance.now();
      else if (performance.now() - leftAtMs > STALE_MS) void refresh();
    };
    document.addEventListener("visibilitychange", note);
    return () => document.removeEventListener("visibilitychange", note);
  }, [refresh]);
}
