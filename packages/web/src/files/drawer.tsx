import { useCallback, useEffect, useRef } from "react";
import type { Services } from "../services.ts";
import { useText } from "../text/text.tsx";
import { IconButton } from "../ui/icon-button.tsx";
import { Icon, iconFor } from "../ui/icon.tsx";
import { NoticeList } from "../ui/notice-list.tsx";
import { lazyPart } from "../ui/lazy-part.tsx";
import { useEscape } from "../ui/use-escape.ts";
import { isFolder, type Item } from "./item.ts";
import type { NodeListState } from "./node-list.ts";
import { rightsOf } from "./rights.ts";

export interface DrawerContent {
  readonly kind: "share" | "details";
  readonly item: Item;
}

interface DrawerProps {
  services: Services;
  state: NodeListState;
  content: DrawerContent;
  onContent: (content: DrawerContent) => void;
  onClose: () => void;
}

const SharePanel = lazyPart(async () => (await import("../sharing/share-panel.tsx")).SharePanel);
const Details = lazyPart(async () => (await import("../details/details.tsx")).Details);
const tabs = ["details", "share"] as const;

/** About one thing, at the right; on a phone, over everything. The list stays usable beside it. */
export function Drawer({ services, state, content, onContent, onClose }: DrawerProps) {
  const { t } = useText();
  const { kind } = content;
  // As the list has it: it may have been renamed meanwhile.
  const item = state.items.find(({ id }) => id === content.item.id) ?? content.item;
  const { isOwn } = rightsOf(state);
  const drawer = useRef<HTMLElement>(null);
  const close = useReturningFocus(drawer, onClose);
  useEscape(drawer, close);
  return (
    <aside ref={drawer} className="drawer" aria-label={item.name} tabIndex={-1}>
      <div className="drawer-head">
        <span className="file-name" data-kind={item.kind}>
          <Icon name={isFolder(item) ? "folder" : iconFor(item.mediaType ?? null)} />
          <h2 className="file-label" title={item.name}>
            {item.name}
          </h2>
        </span>
        <IconButton icon="close" label={t.ui.close} onClick={close} />
      </div>
      {isOwn && (
        <div className="tabs">
          {tabs.map((tab) => (
            <button
              key={tab}
              type="button"
              className="tab"
              aria-current={kind === tab}
              onClick={() => onContent({ kind: tab, item })}
            >
              {tab === "share" ? t.files.shareOne : t.files.detailsOne}
            </button>
          ))}
        </div>
      )}
      <div className="drawer-notices">
        <NoticeList notices={services.notices} />
      </div>
      <div className="drawer-body">
        {kind === "share" && isOwn ? (
          <SharePanel key={item.id} services={services} item={item} />
        ) : (
          <Details key={item.id} services={services} item={item} isOwn={isOwn} />
        )}
      </div>
    </aside>
  );
}

/** Whoever opens it is in it, and afterwards where they were. */
function useReturningFocus(
  drawer: React.RefObject<HTMLElement | null>,
  onClose: () => void,
): () => void {
  const before = useRef<Element | null>(null);
  useEffect(() => {
    before.current = document.activeElement;
    drawer.current?.focus({ preventScroll: true });
  }, [drawer]);
  return useCallback(() => {
    onClose();
    if (before.current instanceof HTMLElement && before.current.isConnected) before.current.focus();
  }, [onClose]);
}
