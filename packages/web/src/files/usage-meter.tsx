import { useStore } from "../state/use-store.ts";
import { useText } from "../text/text.tsx";
import type { Usage } from "./usage.ts";

const NEARLY_FULL = 0.9;

export function UsageMeter({ usage }: { usage: Usage }) {
  const { t, format } = useText();
  const account = useStore(usage);
  if (account === null) return null;
  const { quotaBytes, usedBytes, reservedBytes } = account;
  if (quotaBytes === null) {
    return <p className="usage">{t.usage.used(format.bytes(usedBytes))}</p>;
  }
  // What open uploads have reserved is no longer free either.
  const taken = usedBytes + reservedBytes;
  const share = (bytes: number): string => `${Math.min(100, (bytes / quotaBytes) * 100)}%`;
  return (
    <div className="usage">
      <span>{t.usage.usedOf(format.bytes(taken), format.bytes(quotaBytes))}</span>
      <div
        className="usage-bar"
        role="meter"
        aria-label={t.usage.label}
        aria-valuemin={0}
        aria-valuemax={quotaBytes}
        aria-valuenow={Math.min(taken, quotaBytes)}
        aria-valuetext={t.usage.usedOf(format.bytes(taken), format.bytes(quotaBytes))}
        data-full={taken >= quotaBytes * NEARLY_FULL}
      >
        <span style={{ width: share(taken) }} />
      </div>
    </div>
  );
}
