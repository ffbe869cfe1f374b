import { useCallback, useRef, useState } from "react";
import type { VisitedLink } from "@sampan/sdk";
import { useStore } from "../state/use-store.ts";
import { useText } from "../text/text.tsx";
import { useWords } from "../text/words.ts";
import { Icon } from "../ui/icon.tsx";
import { NoticeList } from "../ui/notice-list.tsx";
import { Picker } from "../ui/picker.tsx";
import { useFileDrop, type Dropped } from "../ui/use-file-drop.ts";
import { createSendFiles } from "./send-files.ts";
import type { VisitorServices } from "./visitor-services.ts";
import { visitorWords } from "./words.ts";

interface RequestPageProps {
  services: VisitorServices;
  link: Extract<VisitedLink, { kind: "request" }>;
}

/** Somebody asks for files: they go in here, and nothing comes out. */
export function RequestPage({ services, link }: RequestPageProps) {
  const { format } = useText();
  const words = useWords(visitorWords);
  const { notices, transfers } = services;
  const { ownerName, folderName, bytesLeft } = link;
  const [fileInput, folderInput] = [useRef<HTMLInputElement>(null), useRef<HTMLInputElement>(null)];
  const [sendFiles] = useState(() => createSendFiles(services));
  const drop = useCallback((dropped: Dropped) => void sendFiles.dropped(dropped), [sendFiles]);
  const isDropping = useFileDrop(drop);
  const view = useStore(transfers);
  const sent = view.transfers.filter(({ state }) => state.kind === "done").length;
  const isFull = bytesLeft === 0;
  const isThanked = sent > 0 && view.summary.active === 0;
  return (
    <main className="visitor-card-place">
      <div className="visitor-card request-card">
        <span className="visitor-sign">
          <Icon name="inbox" />
        </span>
        <h1>{words.request.title(ownerName)}</h1>
        <p>{words.request.into(folderName)}</p>
        <NoticeList notices={notices} />
        <div className="request-drop" data-over={isDropping}>
          <strong>{isDropping ? words.request.dropNow : words.request.drop}</strong>
          <div className="button-row">
            <button
              type="button"
              className="button primary"
              disabled={isFull}
              onClick={() => fileInput.current?.click()}
            >
              <Icon name="upload" />
              {words.request.choose}
            </button>
            <button
              type="button"
              className="button"
              disabled={isFull}
              onClick={() => folderInput.current?.click()}
            >
              {words.request.chooseFolder}
            </button>
          </div>
          {bytesLeft !== null && (
            <p className="visitor-facts">
              {isFull ? words.request.full : words.request.room(format.bytes(bytesLeft))}
            </p>
          )}
        </div>
        <output className="request-thanks">
          {isThanked && (
            <>
              <Icon name="check" />
              <span>
                <strong>{words.request.sent(sent)}</strong> {words.request.more}
              </span>
            </>
          )}
        </output>
        <p className="visitor-facts">{words.request.privacy(ownerName)}</p>
        <Picker inputRef={fileInput} onChosen={sendFiles.chosen} />
        <Picker inputRef={folderInput} onChosen={sendFiles.chosen} isFolder />
      </div>
    </main>
  );
}
