import { useEffect, useState } from "react";
import { hasCode } from "@sampan/sdk";
import { neighboursOf } from "../preview/neighbours.ts";
import { PreviewPane } from "../preview/preview-pane.tsx";
import type { Services } from "../services.ts";
import { useText } from "../text/text.tsx";
import { toFailure, type Failure } from "../transfers/failure.ts";
import { IconButton } from "../ui/icon-button.tsx";
import type { Item } from "./item.ts";
import type { NodeListState } from "./node-list.ts";
import { rightsOf } from "./rights.ts";

interface ShownFileProps {
  services: Services;
  state: NodeListState;
  id: string;
  onDetails: (item: Item) => void;
  onShare: (item: Item) => void;
}

/** A file of the list that is looked at, or one whose address was opened. */
export function ShownFile({ services, state, id, onDetails, onShare }: ShownFileProps) {
  const { t, format } = useText();
  const { navigation, actions, previewSource } = services;
  const { item, failure } = useItem(services, { id, state });
  if (failure !== null) {
    const isGone = failure.code === "node-not-found";
    return (
      <div className="no-match" role="alert">
        <p>{isGone ? t.preview.gone : t.explain(failure, format)}</p>
        <button type="button" className="button" onClick={navigation.closeFile}>
          {t.preview.back}
        </button>
      </div>
    );
  }
  if (item === null) return null;
  const rights = rightsOf(state);
  return (
    <PreviewPane
      item={item}
      source={previewSource}
      {...neighboursOf(state.items, id)}
      onShow={(next) => navigation.showFile(next.id)}
      onClose={navigation.closeFile}
    >
      <IconButton
        icon="download"
        label={t.files.download(item.name)}
        onClick={() => void actions.download([item])}
      />
      {rights.isOwn && (
        <IconButton icon="share" label={t.files.share(item.name)} onClick={() => onShare(item)} />
      )}
      <IconButton icon="info" label={t.files.details(item.name)} onClick={() => onDetails(item)} />
    </PreviewPane>
  );
}

/** Out of the list, where that has it. */
function useItem(
  { client }: Services,
  { id, state: { items, isLoaded } }: { id: string; state: NodeListState },
): { item: Item | null; failure: Failure | null } {
  const listed = items.find((item) => item.id === id) ?? null;
  const [asked, setAsked] = useState<{ id: string; item: Item | null; failure: Failure | null }>();
  const isMissing = isLoaded && listed === null;
  useEffect(() => {
    if (!isMissing) return;
    const asking = new AbortController();
    client.getNode(id, { signal: asking.signal }).then(
      (item) => setAsked({ id, item, failure: null }),
      (error: unknown) => {
        if (asking.signal.aborted) return;
        const failure = hasCode(error, "node-not-found")
          ? { code: "node-not-found", facts: {} }
          : toFailure(error);
        setAsked({ id, item: null, failure });
      },
    );
    return () => asking.abort();
  }, [client, id, isMissing]);
  if (listed !== null) return { item: listed, failure: null };
  if (asked?.id !== id) return { item: null, failure: null };
  return { item: asked.item, failure: asked.failure };
}
