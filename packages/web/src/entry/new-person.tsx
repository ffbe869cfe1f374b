import { useEffect, useRef } from "react";
import type { AuthOptions, Client, User } from "@sampan/sdk";
import { useText } from "../text/text.tsx";
import type { Failure } from "../transfers/failure.ts";
import { TextField } from "../ui/text-field.tsx";
import { readField, useSubmit } from "../ui/use-submit.ts";
import { EntryCard } from "./entry-card.tsx";
import type { Entry } from "./entry.ts";
import { OtherWays } from "./other-ways.tsx";

interface NewPersonProps {
  client: Client;
  options: AuthOptions | null;
  entry: Extract<Entry, { kind: "set-up" | "join" | "sign-up" }>;
  onEnter: (user: User) => void;
  onLogIn: () => void;
}

/** The owner who names themselves, somebody invited, or whoever comes where everybody may. */
export function NewPerson({ client, options, entry, onEnter, onLogIn }: NewPersonProps) {
  const { t } = useText();
  const nameInput = useRef<HTMLInputElement>(null);
  useEffect(() => nameInput.current?.focus(), []);

  const { isBusy, failure, onSubmit } = useSubmit(async (fields): Promise<Failure | null> => {
    const [name, password] = [readField(fields, "username").trim(), readField(fields, "password")];
    if (name === "" || password === "") return { code: "fields-empty", facts: {} };
    const person = { name, password };
    if (entry.kind === "set-up") {
      onEnter(await client.browserSetUp({ ...person, token: entry.token }));
    } else {
      const invitation = entry.kind === "join" ? entry.token : undefined;
      onEnter(await client.browserSignUp({ ...person, invitation }));
    }
    return null;
  });
  const texts = t.entry[entry.kind === "set-up" ? "setUp" : entry.kind === "join" ? "join" : "new"];
  return (
    <EntryCard
      title={texts.title}
      lead={texts.lead}
      submit={texts.submit}
      isBusy={isBusy}
      failure={failure}
      onSubmit={onSubmit}
      after={
        entry.kind === "set-up" ? undefined : (
          <>
            <OtherWays
              client={client}
              options={options}
              {...(entry.kind === "join" ? { invitation: entry.token } : {})}
            />
            <p className="sign-in-switch">
              {t.entry.haveAccount}{" "}
              <button type="button" className="link" onClick={onLogIn}>
                {t.entry.logIn}
              </button>
            </p>
          </>
        )
      }
    >
      <TextField
        inputRef={nameInput}
        label={t.entry.name}
        hint={t.entry.nameHint}
        name="username"
        autoComplete="username"
        maxLength={256}
      />
      <TextField
        label={t.entry.password}
        hint={t.entry.passwordHint(options?.minPasswordChars ?? 8)}
        type="password"
        name="password"
        autoComplete="new-password"
        maxLength={1024}
      />
    </EntryCard>
  );
}
