import type { DockServices } from "./dock-services.ts";
import { useText } from "../text/text.tsx";
import { IconButton } from "../ui/icon-button.tsx";
import { Icon } from "../ui/icon.tsx";
import { toFailure } from "./failure.ts";
import { fractionOf } from "./summary.ts";
import type { RowPlace } from "./transfer-row.tsx";
import type { Unfinished } from "./transfer.ts";

interface UnfinishedRowProps extends RowPlace {
  upload: Unfinished;
  services: DockServices;
}

/** An upload from an earlier visit: the browser has forgotten its file, the server has not. */
export function UnfinishedRow({ upload, services, top, position, count }: UnfinishedRowProps) {
  const { t, format } = useText();
  const { uploadId, name, size, heldBytes } = upload;
  const fraction = fractionOf({ movedBytes: heldBytes, size });

  async function discard(): Promise<void> {
    try {
      await services.transfers.discardUnfinished(uploadId);
    } catch (error) {
      const failure = toFailure(error);
      services.notices.show((text) =>
        text.t.dock.discardFailed(name, text.t.explain(failure, text.format)),
      );
    }
  }

  return (
    <li
      className="transfer"
      data-state="unfinished"
      aria-setsize={count}
      aria-posinset={position}
      style={{ transform: `translateY(${top}px)` }}
    >
      <span className="transfer-icon">
        <Icon name="plus" />
      </span>
      <span className="transfer-name" title={name}>
        {name}
      </span>
      <span className="transfer-status">{t.dock.addAgain(format.percent(fraction))}</span>
      <span className="transfer-actions">
        <IconButton icon="close" label={t.dock.discard(name)} onClick={() => void discard()} />
      </span>
      <progress className="bar transfer-bar" aria-label={name} value={fraction} />
    </li>
  );
}
