import { useEffect, useMemo, useRef, useState } from "react";
import type { LinkNode, VisitedLink } from "@sampan/sdk";
import { isFolder } from "../files/item.ts";
import { Preview } from "../preview/preview.tsx";
import { useStore } from "../state/use-store.ts";
import { useText } from "../text/text.tsx";
import { useWords } from "../text/words.ts";
import { Icon } from "../ui/icon.tsx";
import { NoticeList } from "../ui/notice-list.tsx";
import { createLinkDownloads } from "./downloads.ts";
import { createLinkPreviews, toVisitedItem } from "./link-source.ts";
import type { Save } from "./save.ts";
import { saveMark } from "./save-sign-in.tsx";
import { SharedFolder } from "./shared-folder.tsx";
import type { VisitorServices } from "./visitor-services.ts";
import { visitorWords } from "./words.ts";

type ReadableLink = Extract<VisitedLink, { kind: "link" }>;

interface SharedPageProps {
  services: VisitorServices;
  link: ReadableLink;
  save: Save;
}

/** What is shared, who shares it, and how to take it along. */
export function SharedPage({ services, link, save }: SharedPageProps) {
  const { visitor, notices } = services;
  const [download] = useState(() => createLinkDownloads(services));
  const { previewOnly } = link;
  const isCounted = link.downloadsLeft !== null;
  const previews = useMemo(
    () => createLinkPreviews(visitor, { previewOnly, isCounted }),
    [visitor, previewOnly, isCounted],
  );
  // The link is asked about anew after each download; what it leads to stays the same thing.
  const node = JSON.stringify(link.node);
  const item = useMemo(() => toVisitedItem(JSON.parse(node) as LinkNode, null), [node]);
  const isDir = isFolder(item);
  return (
    <main className="visitor-main">
      <div className="visitor-head">
        <div className="visitor-what">
          <h1 title={item.name}>{item.name}</h1>
          <LinkFacts link={link} />
        </div>
        {!previewOnly && (
          <Actions
            save={save}
            isFolderShared={isDir}
            onDownload={() => void download([item], { isAll: true })}
            onSave={() => save.save([item], { isAll: true })}
          />
        )}
      </div>
      <NoticeList notices={notices} />
      {isDir ? (
        <SharedFolder
          services={services}
          topName={item.name}
          previews={previews}
          onDownload={previewOnly ? null : (items) => download(items, { isAll: false })}
          onSave={previewOnly ? null : (items) => save.save(items, { isAll: false })}
        />
      ) : (
        <div className="preview">
          <div className="preview-body">
            <Preview item={item} source={previews} />
          </div>
        </div>
      )}
    </main>
  );
}

function LinkFacts({ link }: { link: ReadableLink }) {
  const { format } = useText();
  const words = useWords(visitorWords);
  const { ownerName, node, expiresAt, downloadsLeft, previewOnly } = link;
  const facts = [
    words.sharedBy(ownerName),
    node.size === undefined ? null : format.bytes(node.size),
    expiresAt === null ? null : words.until(format.date(expiresAt)),
    downloadsLeft === null || previewOnly ? null : words.downloadsLeft(downloadsLeft),
    previewOnly ? words.lookOnly : null,
  ];
  return <p className="visitor-facts">{facts.filter((fact) => fact !== null).join(" · ")}</p>;
}

interface ActionsProps {
  save: Save;
  isFolderShared: boolean;
  onDownload: () => void;
  onSave: () => void;
}

function Actions({ save, isFolderShared, onDownload, onSave }: ActionsProps) {
  const words = useWords(visitorWords);
  const isSaving = useStore(save).kind === "saving";
  const saveButton = useRef<HTMLButtonElement>(null);
  // Back from signing in elsewhere. It is not done by itself: an address must not fill somebody's drive.
  useEffect(() => {
    const address = new URL(location.href);
    if (!address.searchParams.has(saveMark)) return;
    address.searchParams.delete(saveMark);
    history.replaceState(history.state, "", address);
    saveButton.current?.focus();
  }, []);
  return (
    <div className="visitor-actions">
      <button type="button" className="button primary" onClick={onDownload}>
        <Icon name="download" />
        {isFolderShared ? words.downloadAll : words.download}
      </button>
      <button
        ref={saveButton}
        type="button"
        className="button"
        aria-busy={isSaving}
        onClick={onSave}
      >
        <Icon name="saveIn" />
        {words.save}
      </button>
    </div>
  );
}
