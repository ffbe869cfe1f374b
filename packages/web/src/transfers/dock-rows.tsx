import { useRef } from "react";
import type { DockServices } from "./dock-services.ts";
import { useWindow } from "../ui/use-window.ts";
import { TransferRow } from "./transfer-row.tsx";
import { UnfinishedRow } from "./unfinished-row.tsx";
import type { TransfersView } from "./view.ts";
import { useFollowNews } from "./use-follow-news.ts";

/** The style sheet says the same. */
const ROW_HEIGHT = 72;

/** Only the visible rows exist, so that ten thousand transfers cost no more than ten. */
export function DockRows({ services, view }: { services: DockServices; view: TransfersView }) {
  const { transfers, unfinished } = view;
  const count = transfers.length + unfinished.length;
  const scrollerRef = useRef<HTMLDivElement>(null);
  const { first, end, scrollTo } = useWindow(scrollerRef, { count, rowHeight: ROW_HEIGHT });
  const firstActive = transfers.findIndex(({ state }) => state.kind === "active");
  useFollowNews({ list: scrollerRef, firstActive, failed: view.summary.failed, scrollTo });
  return (
    <div className="dock-scroll" ref={scrollerRef}>
      <ul className="dock-rows" style={{ height: count * ROW_HEIGHT }}>
        {Array.from({ length: Math.max(0, end - first) }, (_, offset) => {
          const index = first + offset;
          const place = { top: index * ROW_HEIGHT, position: index + 1, count };
          const transfer = transfers[index];
          const upload = unfinished[index - transfers.length];
          if (transfer !== undefined) {
            return (
              <TransferRow
                key={transfer.id}
                transfer={transfer}
                transfers={services.transfers}
                {...place}
              />
            );
          }
          if (upload === undefined) return null;
          return (
            <UnfinishedRow key={upload.uploadId} upload={upload} services={services} {...place} />
          );
        })}
      </ul>
    </div>
  );
}
