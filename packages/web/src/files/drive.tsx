import { useCallback, useEffect, useRef } from "react";
import type { User } from "@sampan/sdk";
import { Account } from "../account/account.tsx";
import { Side } from "../places/side.tsx";
import type { Services } from "../services.ts";
import { useStore } from "../state/use-store.ts";
import { useText } from "../text/text.tsx";
import { Icon } from "../ui/icon.tsx";
import { ToastCard } from "../ui/toast.tsx";
import { useFileDrop } from "../ui/use-file-drop.ts";
import { Browser } from "./browser.tsx";
import { Top } from "./top.tsx";

/** Things may have come or gone elsewhere while the page was in the background for this long. */
const STALE_MS = 20_000;

export function Drive({ services, user }: { services: Services; user: User }) {
  const { files, toasts, navigation, uploadDropped } = services;
  const place = useStore(navigation);
  const [fileInput, folderInput] = [useRef<HTMLInputElement>(null), useRef<HTMLInputElement>(null)];
  const choose = useCallback(() => fileInput.current?.click(), [fileInput]);
  const isDropping = useFileDrop(uploadDropped);
  useRefreshOnReturn(files.refresh);

  return (
    <div className="drive">
      <Top
        services={services}
        user={user}
        onUpload={choose}
        onUploadFolder={() => folderInput.current?.click()}
      />
      <Picker inputRef={fileInput} services={services} />
      <Picker inputRef={folderInput} services={services} isFolder />
      <div className="drive-body">
        <Side services={services} />
        {place.kind === "account" ? (
          <Account services={services} user={user} />
        ) : (
          <Browser services={services} onChoose={choose} />
        )}
      </div>
      <ToastCard toasts={toasts} />
      {isDropping && <DropCover services={services} />}
    </div>
  );
}

interface PickerProps {
  inputRef: React.RefObject<HTMLInputElement | null>;
  services: Services;
  isFolder?: boolean;
}

function Picker({ inputRef, services, isFolder = false }: PickerProps) {
  return (
    <input
      ref={inputRef}
      type="file"
      multiple
      hidden
      {...(isFolder ? { webkitdirectory: "" } : {})}
      onChange={({ target }) => {
        services.upload([...(target.files ?? [])]);
        target.value = "";
      }}
    />
  );
}

function DropCover({ services }: { services: Services }) {
  const { t } = useText();
  const { folder } = useStore(services.files);
  const isRoot = folder === null || folder.path.length === 0;
  return (
    <div className="drop-cover">
      <div className="drop-card">
        <Icon name="upload" />
        {isRoot ? t.files.dropHere : t.files.dropInto(folder.name)}
      </div>
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
