import { useEffect, useState } from "react";
import type { AuthOptions, Client, User } from "@sampan/sdk";
import { useText } from "../text/text.tsx";
import type { Failure } from "../transfers/failure.ts";
import type { Entry } from "./entry.ts";
import { LogIn } from "./log-in.tsx";
import { NewPerson } from "./new-person.tsx";
import { Reset } from "./reset.tsx";

interface EntryPageProps {
  client: Client;
  entry: Entry;
  /** The server no longer knew the session that was in use. */
  wasRefused: boolean;
  /** What signing in is for. */
  lead?: string;
  onEnter: (user: User) => void;
  onChoose: (entry: Entry) => void;
}

export function EntryPage(props: EntryPageProps) {
  const { client, entry, wasRefused, lead, onEnter, onChoose } = props;
  const { t } = useText();
  const options = useAuthOptions(client);
  const [isReset, setIsReset] = useState(false);
  const toLogIn = (): void => onChoose({ kind: "log-in", error: null });
  switch (entry.kind) {
    case "reset":
      return (
        <Reset
          client={client}
          options={options}
          token={entry.token}
          onDone={() => {
            setIsReset(true);
            toLogIn();
          }}
        />
      );
    case "log-in":
      return (
        <LogIn
          client={client}
          options={options}
          reason={reasonOf(entry.error, wasRefused)}
          lead={isReset ? t.entry.isReset : (lead ?? t.entry.lead)}
          onEnter={onEnter}
          onSignUp={() => onChoose({ kind: "sign-up" })}
        />
      );
    case "set-up":
    case "join":
    case "sign-up":
      return (
        <NewPerson
          key={entry.kind}
          client={client}
          options={options}
          entry={entry}
          onEnter={onEnter}
          onLogIn={toLogIn}
        />
      );
  }
}

function reasonOf(error: string | null, wasRefused: boolean): Failure | null {
  if (error !== null) return { code: error, facts: {} };
  return wasRefused ? { code: "session-over", facts: {} } : null;
}

/** Null until they are known; without them a password works all the same. */
function useAuthOptions(client: Client): AuthOptions | null {
  const [options, setOptions] = useState<AuthOptions | null>(null);
  useEffect(() => {
    const asking = new AbortController();
    client.getAuthOptions({ signal: asking.signal }).then(setOptions, () => undefined);
    return () => asking.abort();
  }, [client]);
  return options;
}
