import { useEffect, useRef, useState } from "react";
import { useStore } from "../state/use-store.ts";
import { useText, type Text } from "../text/text.tsx";
import type { Summary } from "./summary.ts";
import type { Transfer } from "./transfer.ts";
import type { Transfers } from "./transfers.ts";
import { useProgressInTab } from "./use-progress-in-tab.ts";
import type { TransfersView } from "./view.ts";

/** A screen reader would never finish a sentence if each file were told at once. */
const SPEAK_MS = 1_500;

/** Tells about transfers where the dock is not seen: to a screen reader, in the tab, on leaving. */
export function TransferNews({ transfers }: { transfers: Transfers }) {
  const view = useStore(transfers);
  useQuestionBeforeLeaving(view.summary.active > 0);
  useProgressInTab(view.summary);
  return (
    <output className="visually-hidden" aria-live="polite">
      {useNews(view)}
    </output>
  );
}

function useQuestionBeforeLeaving(isNeeded: boolean): void {
  useEffect(() => {
    if (!isNeeded) return;
    const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
    addEventListener("beforeunload", ask);
    return () => removeEventListener("beforeunload", ask);
  }, [isNeeded]);
}

/** What changed since the last words. */
function useNews(view: TransfersView): string {
  const text = useText();
  const [news, setNews] = useState("");
  const spoken = useRef(view);
  useEffect(() => {
    if (spoken.current === view) return;
    const timer = setTimeout(() => {
      const words = describeChange(spoken.current, view, text);
      spoken.current = view;
      if (words !== "") setNews(words);
    }, SPEAK_MS);
    return () => clearTimeout(timer);
  }, [view, text]);
  return news;
}

function describeChange(before: TransfersView, now: TransfersView, { t, format }: Text): string {
  const words: string[] = [];
  if (now.summary.active > 0 && before.summary.active === 0) {
    words.push(t.spoken.started(now.summary.active));
  }
  const known = new Map(before.transfers.map(({ id, state }) => [id, state.kind]));
  const entered = (kind: Transfer["state"]["kind"]): Transfer[] =>
    now.transfers.filter(({ id, state }) => state.kind === kind && known.get(id) !== kind);
  const [stored, failed] = [entered("done"), entered("failed")];
  if (stored.length > 1) words.push(t.spoken.storedMany(stored.length));
  else if (stored[0] !== undefined) words.push(t.spoken.stored(stored[0].name));
  const first = failed[0];
  if (failed.length > 1) words.push(t.spoken.failedMany(failed.length));
  else if (first?.state.kind === "failed") {
    words.push(t.spoken.failed(first.name, t.explain(first.state.failure, format)));
  }
  if (now.isReconnecting && !before.isReconnecting) words.push(t.spoken.reconnecting);
  if (isAllDone(now.summary) && stored.length > 0) words.push(t.spoken.allDone);
  return words.join(" ");
}

function isAllDone({ active, paused, failed }: Summary): boolean {
  return active + paused + failed === 0;
}
