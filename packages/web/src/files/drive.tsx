import { useCallback, useEffect, useRef } from "react";
import type { User } from "@sampan/sdk";
import type { Place } from "../places/place.ts";
import { Side } from "../places/side.tsx";
import type { Services } from "../services.ts";
import { useStore } from "../state/use-store.ts";
import { useText } from "../text/text.tsx";
import { Icon } from "../ui/icon.tsx";
import { lazyPart } from "../ui/lazy-part.tsx";
import { Picker } from "../ui/picker.tsx";
import { ToastCard } from "../ui/toast.tsx";
import { useFileDrop } from "../ui/use-file-drop.ts";
import { Browser } from "./browser.tsx";
import { Top } from "./top.tsx";

const Account = lazyPart(async () => (await import("../account/account.tsx")).Account);
const People = lazyPart(async () => (await import("../people/people.tsx")).People);
const Fetches = lazyPart(async () => (await import("../fetches/fetches.tsx")).Fetches);
const Shares = lazyPart(async () => (await import("../sharing/shares.tsx")).Shares);

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
      <Picker inputRef={fileInput} onChosen={services.upload} />
      <Picker inputRef={folderInput} onChosen={services.upload} isFolder />
      <div className="drive-body">
        <Side services={services} user={user} />
        <Shown services={services} user={user} place={place} onChoose={choose} />
      </div>
      <ToastCard toasts={toasts} />
      {isDropping && <DropCover services={services} />}
    </div>
  );
}

interface ShownProps {
  services: Services;
  user: User;
  place: Place;
  onChoose: () => void;
}

function Shown({ services, user, place, onChoose }: ShownProps) {
  switch (place.kind) {
    case "account":
      return <Account services={services} user={user} />;
    case "people":
      return <People services={services} user={user} />;
    case "fetches":
      return <Fetches services={services} />;
    case "shares":
      return <Shares services={services} />;
    case "folder":
    case "search":
    case "recent":
    case "starred":
    case "shared":
    case "trash":
      return <Browser services={services} onChoose={onChoose} />;
  }
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
