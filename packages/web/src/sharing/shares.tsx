import { SharedTabs } from "../places/shared-tabs.tsx";
import type { Services } from "../services.ts";
import { useWords } from "../text/words.ts";
import { NoticeList } from "../ui/notice-list.tsx";
import { LinkCard } from "./link-card.tsx";
import { PersonLine } from "./person-line.tsx";
import { useShares } from "./use-shares.ts";
import { sharingWords } from "./words.ts";
import "../styles/settings.css";
import "../styles/sharing.css";

/** Everything that one shares, newest first. */
export function Shares({ services }: { services: Services }) {
  const words = useWords(sharingWords);
  const { shares, isLoaded, hasMore, loadMore, note, drop } = useShares(services);
  return (
    <main className="drive-main">
      <div className="drive-head">
        <SharedTabs services={services} current="shares" />
      </div>
      <div className="settings settings-wide">
        <NoticeList notices={services.notices} />
        {isLoaded && shares.length === 0 && <p className="no-match">{words.none}</p>}
        <ul className="link-cards">
          {shares.map((share) =>
            share.kind === "user" ? (
              <PersonLine
                key={share.id}
                services={services}
                share={share}
                showsName
                onChanged={note}
                onRevoked={drop}
              />
            ) : (
              <LinkCard
                key={share.id}
                services={services}
                share={share}
                isNew={false}
                showsName
                onChanged={note}
                onRevoked={drop}
              />
            ),
          )}
        </ul>
        {hasMore && (
          <button type="button" className="button start" onClick={loadMore}>
            {words.more}
          </button>
        )}
      </div>
    </main>
  );
}
