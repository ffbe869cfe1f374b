import { useText } from "../text/text.tsx";
import { IconButton } from "../ui/icon-button.tsx";
import { Icon, type IconName } from "../ui/icon.tsx";
import { canRetry, isConflict } from "./failure.ts";
import { fractionOf } from "./summary.ts";
import { TransferStatus } from "./transfer-status.tsx";
import type { Transfer } from "./transfer.ts";
import type { Transfers } from "./transfers.ts";

/** Where a row stands in the list, for the style and for screen readers. */
export interface RowPlace {
  top: number;
  position: number;
  count: number;
}

interface TransferRowProps extends RowPlace {
  transfer: Transfer;
  transfers: Transfers;
}

export function TransferRow({ transfer, transfers, top, position, count }: TransferRowProps) {
  const { name, state } = transfer;
  return (
    <li
      className="transfer"
      data-state={state.kind}
      data-phase={transfer.progress.phase}
      aria-setsize={count}
      aria-posinset={position}
      style={{ transform: `translateY(${top}px)` }}
    >
      <span className="transfer-icon">
        <Icon name={iconOf(transfer)} />
      </span>
      <span className="transfer-name" title={name}>
        {name}
      </span>
      <span className="transfer-status">
        <TransferStatus transfer={transfer} />
        {state.kind === "failed" && isConflict(state.failure) && (
          <NameChoice id={transfer.id} transfers={transfers} />
        )}
      </span>
      <span className="transfer-actions">
        <Actions transfer={transfer} transfers={transfers} />
      </span>
      {(state.kind === "active" || state.kind === "paused") && <Bar transfer={transfer} />}
    </li>
  );
}

function iconOf({ state }: Transfer): IconName {
  switch (state.kind) {
    case "active":
      return "upload";
    case "paused":
      return "pause";
    case "failed":
      return "alert";
    case "cancelled":
      return "close";
    case "done":
      return state.isInstant ? "bolt" : "check";
  }
}

function Bar({ transfer }: { transfer: Transfer }) {
  const { progress, name, state } = transfer;
  const isVerifying = progress.phase === "verifying" && state.kind === "active";
  return (
    <progress
      className="bar transfer-bar"
      aria-label={name}
      value={fractionOf(progress)}
      data-verifying={isVerifying}
    />
  );
}

function Actions({ transfer, transfers }: { transfer: Transfer; transfers: Transfers }) {
  const { t } = useText();
  const { id, name, state } = transfer;
  const cancel = (
    <IconButton icon="close" label={t.dock.cancel(name)} onClick={() => transfers.cancel(id)} />
  );
  const retry = (
    <IconButton icon="retry" label={t.dock.retry(name)} onClick={() => transfers.retry(id)} />
  );
  switch (state.kind) {
    case "active":
      return (
        <>
          <IconButton icon="pause" label={t.dock.pause(name)} onClick={() => transfers.pause(id)} />
          {cancel}
        </>
      );
    case "paused":
      return (
        <>
          <IconButton
            icon="play"
            label={t.dock.resume(name)}
            onClick={() => transfers.resume(id)}
          />
          {cancel}
        </>
      );
    case "failed":
      return (
        <>
          {canRetry(state.failure) && retry}
          {cancel}
        </>
      );
    case "cancelled":
      return retry;
    case "done":
      return null;
  }
}

function NameChoice({ id, transfers }: { id: number; transfers: Transfers }) {
  const { t } = useText();
  return (
    <span className="transfer-choice">
      <button type="button" className="link" onClick={() => transfers.retry(id, "keep-both")}>
        {t.dock.keepBoth}
      </button>
      <button type="button" className="link" onClick={() => transfers.retry(id, "replace")}>
        {t.dock.replace}
      </button>
    </span>
  );
}
