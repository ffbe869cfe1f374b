import { useText, type Text } from "../text/text.tsx";
import { fractionOf } from "./summary.ts";
import type { Transfer } from "./transfer.ts";

/** One line: how far, how fast, how long still; or what became of it. */
export function TransferStatus({ transfer }: { transfer: Transfer }) {
  const text = useText();
  const { t, format } = text;
  const { state, progress, size } = transfer;
  const percent = format.percent(fractionOf(progress));
  switch (state.kind) {
    case "active":
      return describePhase(transfer, text);
    case "paused":
      return [t.dock.isPaused, percent, format.bytes(size)].join(" · ");
    case "failed":
      return t.explain(state.failure, format);
    case "cancelled":
      return t.dock.isCancelled;
    case "done":
      return state.isInstant ? t.dock.instant : describeDone(transfer, text);
  }
}

function describePhase(transfer: Transfer, text: Text): string {
  const { t, format } = text;
  const { progress, size, bytesPerSecond } = transfer;
  const percent = format.percent(fractionOf(progress));
  switch (progress.phase) {
    case "waiting":
      return [t.dock.waiting, format.bytes(size)].join(" · ");
    case "checking":
      return [t.dock.checking, format.bytes(size)].join(" · ");
    case "sending": {
      const words = [percent, t.dock.ofSize(format.bytes(progress.movedBytes), format.bytes(size))];
      if (bytesPerSecond > 0) {
        words.push(format.speed(bytesPerSecond));
        const seconds = (size - progress.movedBytes) / bytesPerSecond;
        if (seconds > 0) words.push(t.dock.left(format.duration(seconds)));
      }
      return words.join(" · ");
    }
    case "verifying":
    case "done": {
      const isHashed = progress.hashedBytes >= size || progress.hashedBytes === 0;
      const hashed = format.percent(fractionOf({ movedBytes: progress.hashedBytes, size }));
      return isHashed ? `${t.dock.verifying}…` : `${t.dock.verifying} · ${hashed}`;
    }
  }
}

function describeDone({ progress, size }: Transfer, { t, format }: Text): string {
  const { resumedBytes } = progress;
  const result = resumedBytes > 0 ? t.dock.continued(format.bytes(resumedBytes)) : t.dock.stored;
  return resumedBytes > 0 ? result : `${result} · ${format.bytes(size)}`;
}
