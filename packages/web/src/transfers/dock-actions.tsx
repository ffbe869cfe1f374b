import { useEffect, useRef, useState } from "react";
import { useText } from "../text/text.tsx";
import { canRetry, isConflict } from "./failure.ts";
import type { Transfers } from "./transfers.ts";
import type { TransfersView } from "./view.ts";

export function DockActions({ transfers, view }: { transfers: Transfers; view: TransfersView }) {
  const { t } = useText();
  const [isAsking, setIsAsking] = useState(false);
  const { active, paused, failed, conflicts, retryable } = view.summary;
  const open = active + paused + failed;
  const hasEnded = view.transfers.some(
    ({ state }) => state.kind === "done" || state.kind === "cancelled",
  );
  if (open === 0 && !hasEnded) return null;

  if (isAsking && open > 0) {
    return (
      <div className="dock-actions">
        <span className="dock-question" role="alert">
          {t.dock.confirmCancelAll(open)}
        </span>
        <Action label={t.dock.keepGoing} act={() => setIsAsking(false)} isFocused />
        <Action
          label={t.dock.cancelAll}
          isDanger
          act={() => {
            setIsAsking(false);
            transfers.cancelAll();
          }}
        />
      </div>
    );
  }
  return (
    <div className="dock-actions">
      {active > 0 && <Action label={t.dock.pauseAll} act={transfers.pauseAll} />}
      {active === 0 && paused > 0 && <Action label={t.dock.resumeAll} act={transfers.resumeAll} />}
      {retryable > 0 && (
        <Action label={t.dock.retryFailed} act={() => transfers.retryFailed(canRetry)} />
      )}
      {conflicts > 1 && (
        <>
          <Action
            label={t.dock.keepAll}
            act={() => transfers.retryFailed(isConflict, "keep-both")}
          />
          <Action
            label={t.dock.replaceAll}
            act={() => transfers.retryFailed(isConflict, "replace")}
          />
        </>
      )}
      {open > 0 && <Action label={t.dock.cancelAll} act={() => setIsAsking(true)} />}
      {hasEnded && <Action label={t.dock.clear} act={transfers.clearEnded} />}
    </div>
  );
}

interface ActionProps {
  label: string;
  act: () => void;
  isDanger?: boolean;
  /** It takes the focus over from a button that it replaces. */
  isFocused?: boolean;
}

function Action({ label, act, isDanger = false, isFocused = false }: ActionProps) {
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (isFocused) button.current?.focus();
  }, [isFocused]);
  return (
    <button
      ref={button}
      type="button"
      className={`button small ${isDanger ? "danger" : "quiet"}`}
      // The second click of a double click was meant for the button that was here before.
      onClick={({ detail }) => {
        if (!isDanger || detail <= 1) act();
      }}
    >
      {label}
    </button>
  );
}
