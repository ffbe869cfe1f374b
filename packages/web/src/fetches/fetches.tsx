import type { Fetch, ServerInfo } from "@sampan/sdk";
import type { Services } from "../services.ts";
import { useStore } from "../state/use-store.ts";
import { useWords } from "../text/words.ts";
import { NoticeList } from "../ui/notice-list.tsx";
import { FetchForm } from "./fetch-form.tsx";
import { FetchLine } from "./fetch-line.tsx";
import { useFetches } from "./use-fetches.ts";
import type { FetchTexts } from "./words-english.ts";
import { fetchWords } from "./words.ts";
import "../styles/settings.css";

/** What the server brings in from the web. */
export function Fetches({ services }: { services: Services }) {
  const words = useWords(fetchWords);
  const server = useStore(services.serverInfo);
  const { client } = services;
  const list = useFetches(services);
  const { items } = list;
  const permission = server?.offlineDownloads;
  return (
    <main className="drive-main">
      <div className="drive-head">
        <h1 className="title">{words.title}</h1>
      </div>
      <div className="settings settings-wide">
        <NoticeList notices={services.notices} />
        {permission !== undefined && (
          <p className="settings-lead">
            {permission.isAllowed ? words.lead : whyNot(permission, words)}
          </p>
        )}
        {permission?.isAllowed === true && (
          <FetchForm
            onAdd={async (url) => {
              await client.createFetch({ url });
              await list.refresh();
            }}
          />
        )}
        {items !== null && items.length > 0 && (
          <ul className="fetches">
            {items.map((fetch: Fetch) => (
              <FetchLine
                key={fetch.id}
                fetch={fetch}
                navigation={services.navigation}
                onCancel={() => void list.change(() => client.cancelFetch(fetch.id))}
                onRetry={() => void list.change(() => client.retryFetch(fetch.id))}
                onRemove={() => void list.change(() => client.deleteFetch(fetch.id))}
              />
            ))}
          </ul>
        )}
        {list.hasMore && (
          <button type="button" className="button start" onClick={list.showMore}>
            {words.more}
          </button>
        )}
        {items?.length === 0 && permission?.isAllowed === true && (
          <p className="no-match">{words.none}</p>
        )}
      </div>
    </main>
  );
}

function whyNot(
  { setting }: NonNullable<ServerInfo["offlineDownloads"]>,
  words: FetchTexts,
): string {
  if (setting === "owner") return words.offByRole;
  return setting === "off" ? words.off : words.offForMembers;
}
