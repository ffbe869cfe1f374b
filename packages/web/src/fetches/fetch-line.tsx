import type { Fetch } from "@sampan/sdk";
import type { Navigation } from "../places/navigation.ts";
import { PlaceLink } from "../places/place-link.tsx";
import { rootPlace } from "../places/place.ts";
import { useText } from "../text/text.tsx";
import { useWords } from "../text/words.ts";
import { IconButton } from "../ui/icon-button.tsx";
import { Icon, type IconName } from "../ui/icon.tsx";
import { isOpen } from "./use-fetches.ts";
import { fetchWords } from "./words.ts";

interface FetchLineProps {
  fetch: Fetch;
  navigation: Navigation;
  onCancel: () => void;
  onRetry: () => void;
  onRemove: () => void;
}

const ICONS: Readonly<Record<Fetch["state"], IconName>> = {
  queued: "clock",
  fetching: "download",
  complete: "check",
  failed: "alert",
  cancelled: "close",
};

export function FetchLine({ fetch, navigation, onCancel, onRetry, onRemove }: FetchLineProps) {
  const words = useWords(fetchWords);
  const { url, name, state, receivedBytes, totalBytes, fileId, parentId } = fetch;
  const shown = name ?? url;
  return (
    <li className="fetch" data-state={state}>
      <Icon name={ICONS[state]} />
      <span className="line-what">
        <strong title={url}>{shown}</strong>
        <small>
          <FetchStatus fetch={fetch} />
        </small>
      </span>
      <span className="fetch-actions">
        {fileId !== null && state === "complete" && (
          <PlaceLink
            className="button small"
            navigation={navigation}
            place={parentId === null ? rootPlace : { kind: "folder", id: parentId }}
            aria-label={words.showOne(shown)}
          >
            {words.show}
          </PlaceLink>
        )}
        {isOpen(fetch) && (
          <IconButton icon="close" label={words.cancel(shown)} onClick={onCancel} />
        )}
        {(state === "failed" || state === "cancelled") && (
          <IconButton icon="retry" label={words.retry(shown)} onClick={onRetry} />
        )}
        {!isOpen(fetch) && (
          <IconButton icon="trash" label={words.remove(shown)} onClick={onRemove} />
        )}
      </span>
      {isOpen(fetch) && (
        <progress
          className="bar"
          aria-label={shown}
          {...(totalBytes === null || totalBytes === 0
            ? {}
            : { value: Math.min(1, receivedBytes / totalBytes) })}
        />
      )}
    </li>
  );
}

/** One line: how far, or what became of it, and why. */
function FetchStatus({ fetch }: { fetch: Fetch }) {
  const { format } = useText();
  const words = useWords(fetchWords);
  const { state, failure, receivedBytes, totalBytes, url, updatedAt } = fetch;
  const reason =
    failure === undefined ? "" : (words.reasons[failure.code] ?? words.otherReason(failure.code));
  const received = format.bytes(receivedBytes);
  const from = URL.parse(url)?.host ?? url;
  switch (state) {
    case "queued":
      return reason === "" ? `${words.states.queued} · ${from}` : words.again(reason);
    case "fetching": {
      const far = totalBytes === null ? received : words.ofSize(received, format.bytes(totalBytes));
      const percent =
        totalBytes === null || totalBytes === 0 ? [] : [format.percent(receivedBytes / totalBytes)];
      return [...percent, far, from].join(" · ");
    }
    case "complete":
      return [words.states.complete, received, from, format.date(updatedAt)].join(" · ");
    case "failed":
      return `${words.states.failed}. ${reason}`;
    case "cancelled":
      return `${words.states.cancelled} · ${from}`;
  }
}
