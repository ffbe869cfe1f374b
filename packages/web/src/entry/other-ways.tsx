import { useState } from "react";
import type { AuthOptions, Client } from "@sampan/sdk";
import { useText } from "../text/text.tsx";
import { toFailure, type Failure } from "../transfers/failure.ts";

interface OtherWaysProps {
  client: Client;
  options: AuthOptions | null;
  /** Of a link that makes an account: the provider's is to become that. */
  invitation?: string;
  onSignUp?: () => void;
}

/** Accounts elsewhere, and making a new one where that is open. */
export function OtherWays({ client, options, invitation, onSignUp }: OtherWaysProps) {
  const { t, format } = useText();
  const [failure, setFailure] = useState<Failure | null>(null);
  const providers = options?.providers ?? [];
  const canSignUp = options?.signup === "open" && onSignUp !== undefined;

  async function goTo(provider: string): Promise<void> {
    try {
      const isEntry = location.pathname === "/login" || location.pathname === "/invite";
      const returnTo = isEntry ? "/" : location.pathname + location.search;
      location.assign(await client.beginProvider({ provider, returnTo, invitation }));
    } catch (error) {
      setFailure(toFailure(error));
    }
  }

  return (
    <>
      {providers.length > 0 && (
        <div className="sign-in-others">
          <p className="sign-in-or">{t.entry.or}</p>
          {providers.map(({ id, label }) => (
            <button key={id} type="button" className="button wide" onClick={() => void goTo(id)}>
              {t.entry.continueWith(label)}
            </button>
          ))}
          {failure !== null && (
            <p className="sign-in-trouble" role="alert">
              {t.explain(failure, format)}
            </p>
          )}
        </div>
      )}
      {canSignUp && (
        <p className="sign-in-switch">
          {t.entry.noAccount}{" "}
          <button type="button" className="link" onClick={onSignUp}>
            {t.entry.signUp}
          </button>
        </p>
      )}
    </>
  );
}
