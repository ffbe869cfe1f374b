import type { Services } from "../services.ts";
import { useText } from "../text/text.tsx";
import { useWords } from "../text/words.ts";
import { Panel } from "../ui/panel.tsx";
import { useAsked } from "../ui/use-asked.ts";
import { describeAgent } from "./describe-agent.ts";
import { accountWords } from "./words.ts";

/** Where the account is signed in, and how to end that. */
export function SessionList({ services }: { services: Services }) {
  const { format } = useText();
  const words = useWords(accountWords);
  const { client, notices } = services;
  const { answer: sessions, change } = useAsked((options) => client.listSessions(options), {
    notices,
  });
  return (
    <Panel title={words.sessions}>
      <ul className="lines">
        {sessions?.map(({ id, isCurrent, userAgent, address, refreshedAt }) => {
          const device = describeAgent(userAgent) ?? words.unknownDevice;
          return (
            <li key={id} className="line">
              <span className="line-what">
                <strong>{device}</strong>
                <small>
                  {isCurrent
                    ? words.thisDevice
                    : words.lastUsed(format.date(refreshedAt), address ?? "?")}
                </small>
              </span>
              {!isCurrent && (
                <button
                  type="button"
                  className="button small"
                  aria-label={words.endOne(device)}
                  onClick={() => void change(() => client.endSession(id))}
                >
                  {words.end}
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
          onClick={() => void change(() => client.endOtherSessions())}
        >
          {words.endOthers}
        </button>
      )}
    </Panel>
  );
}
