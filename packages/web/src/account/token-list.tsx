import { useState } from "react";
import type { ApiToken, Scope } from "@sampan/sdk";
import type { Services } from "../services.ts";
import { useText } from "../text/text.tsx";
import { useWords } from "../text/words.ts";
import { Confirm } from "../ui/confirm.tsx";
import { CopyField } from "../ui/copy-field.tsx";
import { Panel } from "../ui/panel.tsx";
import { useAsked } from "../ui/use-asked.ts";
import { TokenForm } from "./token-form.tsx";
import { accountWords } from "./words.ts";

/** Keys for programs: made, shown once, and taken back here. */
export function TokenList({ services, scopes }: { services: Services; scopes: readonly Scope[] }) {
  const words = useWords(accountWords);
  const { client, notices } = services;
  const {
    answer: tokens,
    change,
    refresh,
  } = useAsked((options) => client.listTokens(options), {
    notices,
  });
  const [isNew, setIsNew] = useState(false);
  const [made, setMade] = useState<(ApiToken & { token: string }) | null>(null);
  return (
    <Panel title={words.tokens}>
      <p>{words.tokensLead}</p>
      {made !== null && (
        <div className="made">
          <p>{words.tokenMade(made.name)}</p>
          <CopyField label={words.token} text={made.token} takesFocus />
          <button type="button" className="button small" onClick={() => setMade(null)}>
            {words.tokenKept}
          </button>
        </div>
      )}
      {tokens !== null && tokens.length > 0 && (
        <ul className="lines">
          {tokens.map((token) => (
            <TokenLine
              key={token.id}
              token={token}
              onRevoke={() => {
                if (made?.id === token.id) setMade(null);
                void change(() => client.revokeToken(token.id));
              }}
            />
          ))}
        </ul>
      )}
      {tokens?.length === 0 && !isNew && <p className="settings-lead">{words.tokenNone}</p>}
      {isNew ? (
        <TokenForm
          scopes={scopes}
          onCreate={async (input) => {
            setMade(await client.createToken(input));
            setIsNew(false);
            await refresh();
          }}
          onCancel={() => setIsNew(false)}
        />
      ) : (
        <button type="button" className="button" onClick={() => setIsNew(true)}>
          {words.tokenNew}
        </button>
      )}
    </Panel>
  );
}

function TokenLine({ token, onRevoke }: { token: ApiToken; onRevoke: () => void }) {
  const { format } = useText();
  const words = useWords(accountWords);
  const [isAsking, setIsAsking] = useState(false);
  const { name, scopes, usedAt, expiresAt } = token;
  const isOver = isPast(expiresAt);
  const facts = [
    scopes.map((scope) => words.scopes[scope]).join(", "),
    usedAt === null ? words.tokenUnused : words.tokenUsed(format.date(usedAt)),
    ...(expiresAt === null
      ? []
      : [isOver ? words.tokenEnded : words.tokenEnds(format.date(expiresAt))]),
  ];
  return (
    <li className="line">
      <span className="line-what">
        <strong>{name}</strong>
        <small>{facts.join(" · ")}</small>
      </span>
      {isAsking ? (
        <Confirm
          question={words.tokenConfirm(name)}
          yes={words.tokenRevoke}
          no={words.keep}
          onAnswer={(isYes) => {
            setIsAsking(false);
            if (isYes) onRevoke();
          }}
        />
      ) : (
        <button
          type="button"
          className="button small"
          aria-label={words.tokenRevokeOne(name)}
          onClick={() => setIsAsking(true)}
        >
          {words.tokenRevoke}
        </button>
      )}
    </li>
  );
}

function isPast(at: string | null): boolean {
  return at !== null && Date.parse(at) <= Date.now();
}
