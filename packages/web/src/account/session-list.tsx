import { useCallback, useEffect, useId, useState } from "react";
import type { SignedInDevice } from "@sampan/sdk";
import type { Services } from "../services.ts";
import { useText } from "../text/text.tsx";
import { toFailure } from "../transfers/failure.ts";
import { describeAgent } from "./describe-agent.ts";

/** Where the account is signed in, and how to end that. */
export function SessionList({ services }: { services: Services }) {
  const { t, format } = useText();
  const { client, notices } = services;
  const headingId = useId();
  const [sessions, setSessions] = useState<readonly SignedInDevice[] | null>(null);

  const attempt = useCallback(
    async (act: () => Promise<void>): Promise<void> => {
      try {
        await act();
        setSessions(await client.listSessions());
      } catch (error) {
        const failure = toFailure(error);
        notices.show((text) => text.t.explain(failure, text.format));
      }
    },
    [client, notices],
  );
  useEffect(() => {
    const asking = new AbortController();
    // Whatever keeps the list away shows when something is done to it.
    client.listSessions({ signal: asking.signal }).then(setSessions, () => undefined);
    return () => asking.abort();
  }, [client]);

  return (
    <section className="account-part" aria-labelledby={headingId}>
      <h2 id={headingId}>{t.account.sessions}</h2>
      <ul className="session-list">
        {sessions?.map(({ id, isCurrent, userAgent, address, refreshedAt }) => {
          const device = describeAgent(userAgent) ?? t.account.unknownDevice;
          return (
            <li key={id}>
              <span>
                <strong>{device}</strong>
                <small>
                  {isCurrent
                    ? t.account.thisDevice
                    : t.account.lastUsed(format.date(refreshedAt), address ?? "?")}
                </small>
              </span>
              {!isCurrent && (
                <button
                  type="button"
                  className="button small"
                  aria-label={t.account.endOne(device)}
                  onClick={() => void attempt(() => client.endSession(id))}
                >
                  {t.account.end}
                </button>
              )}
            </li>
          );
        })}
      </ul>
      {(sessions?.length ?? 0) > 1 && (
        <button
          type="button"
          className="button"
          onClick={() => void attempt(() => client.endOtherSessions())}
        >
          {t.account.endOthers}
        </button>
      )}
    </section>
  );
}
