import { useState } from "react";
import { useStore } from "../state/use-store.ts";
import { useText } from "../text/text.tsx";
import { IconButton } from "../ui/icon-button.tsx";
import { useIsPhone } from "../ui/use-media.ts";
import { DockActions } from "./dock-actions.tsx";
import type { DockServices } from "./dock-services.ts";
import { DockRows } from "./dock-rows.tsx";
import { fractionOf, type Summary } from "./summary.ts";
import type { TransfersView } from "./view.ts";

interface DockProps {
  services: DockServices;
  /** Else only the headline shows: its buttons would help nobody before the sign-in. */
  canUnfold: boolean;
}

/** All transfers, at the bottom right, never in the way: not modal, and foldable. */
export function Dock({ services, canUnfold }: DockProps) {
  const { t } = useText();
  const view = useStore(services.transfers);
  const isPhone = useIsPhone();
  const [isUnfolded, setIsUnfolded] = useState(!isPhone);
  const isOpen = isUnfolded && canUnfold;
  const { transfers, unfinished, summary } = view;
  if (transfers.length + unfinished.length === 0) return null;
  return (
    <section className="dock" aria-label={t.dock.title} data-open={isOpen}>
      <div className="dock-head">
        <div className="dock-title">
          <h2>{canUnfold ? <Headline view={view} /> : t.dock.afterSignIn}</h2>
          <p>
            <Pace view={view} />
          </p>
        </div>
        {canUnfold && (
          <IconButton
            icon={isOpen ? "chevronDown" : "chevronUp"}
            label={isOpen ? t.dock.collapse : t.dock.expand}
            aria-expanded={isOpen}
            onClick={() => setIsUnfolded(!isOpen)}
          />
        )}
      </div>
      {summary.active + summary.paused > 0 && <TotalBar summary={summary} />}
      {isOpen && (
        <>
          <DockActions transfers={services.transfers} view={view} />
          <DockRows services={services} view={view} />
        </>
      )}
    </section>
  );
}

function Headline({ view: { summary, unfinished } }: { view: TransfersView }) {
  const { t } = useText();
  const { active, paused, failed, done, count } = summary;
  if (active > 0) return t.dock.uploading(done, count);
  if (paused > 0) return t.dock.paused(paused);
  if (failed > 0) return t.dock.failed(failed);
  if (done > 0) return t.dock.finished(done);
  return unfinished.length > 0 ? t.dock.unfinished(unfinished.length) : t.dock.nothing;
}

/** Percent, speed and time left, as far as they are known. */
function Pace({ view: { summary, unfinished, isReconnecting } }: { view: TransfersView }) {
  const { t, format } = useText();
  if (isReconnecting) return <span className="warning">{t.dock.reconnecting}</span>;
  const { count, active, failed, bytesPerSecond, secondsLeft, movedBytes, size } = summary;
  if (count === 0) {
    const heldBytes = unfinished.reduce((sum, upload) => sum + upload.heldBytes, 0);
    const wantedBytes = unfinished.reduce((sum, upload) => sum + upload.size, 0);
    return t.dock.ofSize(format.bytes(heldBytes), format.bytes(wantedBytes));
  }
  if (active === 0) return t.dock.ofSize(format.bytes(movedBytes), format.bytes(size));
  const words = [format.percent(fractionOf(summary))];
  if (bytesPerSecond > 0) words.push(format.speed(bytesPerSecond));
  if (secondsLeft !== null && secondsLeft > 0)
    words.push(t.dock.left(format.duration(secondsLeft)));
  if (failed > 0) words.push(t.dock.failed(failed));
  return words.join(" · ");
}

function TotalBar({ summary }: { summary: Summary }) {
  const { t } = useText();
  return (
    <progress
      className="bar dock-total"
      aria-label={t.dock.title}
      value={fractionOf(summary)}
      data-moving={summary.active > 0}
    />
  );
}
