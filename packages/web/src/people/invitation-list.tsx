import type { Invitation } from "@sampan/sdk";
import { useText } from "../text/text.tsx";
import { useWords } from "../text/words.ts";
import { Panel } from "../ui/panel.tsx";
import { peopleWords } from "./words.ts";

interface InvitationListProps {
  invitations: readonly Invitation[];
  onWithdraw: (id: string) => void;
}

export function InvitationList({ invitations, onWithdraw }: InvitationListProps) {
  const { format } = useText();
  const words = useWords(peopleWords);
  if (invitations.length === 0) return null;
  return (
    <Panel title={words.invitations}>
      <ul className="lines">
        {invitations.map(({ id, role, expiresAt, quotaBytes }) => (
          <li key={id} className="line">
            <span className="line-what">
              <strong>{words.invitationOf(words.roles[role])}</strong>
              <small>
                {[
                  words.invitationEnds(format.dateTime(expiresAt)),
                  ...(quotaBytes === null ? [] : [format.bytes(quotaBytes)]),
                ].join(" · ")}
              </small>
            </span>
            <button
              type="button"
              className="button small"
              aria-label={words.withdrawOne(words.roles[role])}
              onClick={() => onWithdraw(id)}
            >
              {words.withdraw}
            </button>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
