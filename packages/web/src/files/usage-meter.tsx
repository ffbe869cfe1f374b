import { useStore } from "../state/use-store.ts";
import { useText } from "../text/text.tsx";
import type { ServerInfoStore } from "../session/server-info.ts";

const NEARLY_FULL = 0.9;

export function UsageMeter({ serverInfo }: { serverInfo: ServerInfoStore }) {
  const { t, format } = useText();
  const account = useStore(serverInfo)?.account ?? null;
  if (account === null) return null;
  const { quotaBytes, usedBytes, reservedBytes } = account;
  if (quotaBytes === null) {
    return <p className="usage">{t.usage.used(format.bytes(usedBytes))}</p>;
  }
  // What open uploads have reserved is no longer free either.
  const taken = usedBytes + reservedBytes;
  const words = t.usage.usedOf(format.bytes(taken), format.bytes(quotaBytes));
  return (
    <div className="usage">
      <span>{words}</span>
      <meter
        className="usage-bar"
        aria-label={t.usage.label}
        aria-valuetext={words}
        max={Math.max(1, quotaBytes)}
        value={taken}
        data-full={taken >= quotaBytes * NEARLY_FULL}
      />
    </div>
  );
}
