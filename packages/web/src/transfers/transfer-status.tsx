import { useText, type Text } from "../text/text.tsx";
import { useIsPhone } from "../ui/use-media.ts";
import { fractionOf } from "./summary.ts";
import type { Transfer } from "./transfer.ts";

/** One line: how far, how fast, how long still; or what became of it. */
export function TransferStatus({ transfer }: { transfer: Transfer }) {
  const text = useText();
  const isPhone = useIsPhone();
  const { t, format } = text;
  const { state, progress, size } = transfer;
  const percent = format.percent(fractionOf(progress));
  switch (state.kind) {
    case "active":
      return describePhase(transfer, { ...text, isPhone });
    case "paused":
      return `${t.dock.isPaused} · ${t.dock.ofTotal(percent, format.bytes(size))}`;
    case "failed":
      return t.explain(state.failure, format);
    case "cancelled":
      return t.dock.isCancelled;
    case "done":
      return state.isInstant ? describeInstant(transfer, text) : describeDone(transfer, text);
  }
}

function describePhase(transfer: Transfer, text: Text & { isPhone: boolean }): string {
  const { t, format, isPhone } = text;
  const { progress, size, bytesPerSecond } = transfer;
  const percent = format.percent(fractionOf(progress));
  const hashed = format.percent(fractionOf({ movedBytes: progress.hashedBytes, size }));
  switch (progress.phase) {
    case "waiting":
      return describeWaiting(t.dock.waiting, transfer, text);
    case "checking":
      return progress.hashedBytes === 0
        ? describeWaiting(t.dock.checking, transfer, text)
        : `${t.dock.checking} · ${hashed}`;
    case "sending": {
      // The link carries another file first.
      if (progress.movedBytes === 0) return describeWaiting(t.dock.waiting, transfer, text);
      const words = [isPhone ? percent : t.dock.ofTotal(percent, format.bytes(size))];
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
      return isHashed ? `${t.dock.verifying}…` : `${t.dock.verifying} · ${hashed}`;
    }
  }
}

function describeWaiting(what: string, { size }: Transfer, { format }: Text): string {
  return `${what} · ${format.bytes(size)}`;
}

function describeInstant({ progress }: Transfer, { t }: Text): string {
  return progress.sentBytes > 0 ? t.dock.instantRest : t.dock.instant;
}

function describeDone({ progress, size }: Transfer, { t, format }: Text): string {
  const { resumedBytes } = progress;
  if (resumedBytes > 0) return t.dock.continued(format.bytes(resumedBytes));
  return `${t.dock.stored} · ${format.bytes(size)}`;
}
