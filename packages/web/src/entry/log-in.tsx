import { useEffect, useRef, useState } from "react";
import { hasCode, type AuthOptions, type Client, type User } from "@sampan/sdk";
import { useText } from "../text/text.tsx";
import { toFailure, type Failure } from "../transfers/failure.ts";
import { TextField } from "../ui/text-field.tsx";
import { readField, useSubmit } from "../ui/use-submit.ts";
import { EntryCard } from "./entry-card.tsx";
import { OtherWays } from "./other-ways.tsx";

interface LogInProps {
  client: Client;
  options: AuthOptions | null;
  /** Why somebody stands here: a provider's refusal, a session that ended, a password just set. */
  reason: Failure | null;
  lead: string;
  onEnter: (user: User) => void;
  onSignUp: () => void;
}

const emptyFailure: Failure = { code: "fields-empty", facts: {} };

export function LogIn({ client, options, reason, lead, onEnter, onSignUp }: LogInProps) {
  const { t } = useText();
  const [needsCode, setNeedsCode] = useState(false);
  const nameInput = useRef<HTMLInputElement>(null);
  const codeInput = useRef<HTMLInputElement>(null);
  // The one thing that can be done here.
  useEffect(() => nameInput.current?.focus(), []);
  useEffect(() => {
    if (needsCode) codeInput.current?.focus();
  }, [needsCode]);

  async function logIn(fields: FormData): Promise<Failure | null> {
    const [name, password] = [readField(fields, "username").trim(), readField(fields, "password")];
    const totp = readField(fields, "totp").trim();
    if (name === "" || password === "") return emptyFailure;
    try {
      onEnter(await client.browserLogIn({ name, password, totp: totp === "" ? undefined : totp }));
      return null;
    } catch (error) {
      if (!hasCode(error, "totp-required")) throw error;
      const failure = toFailure(error);
      const isFirst = !needsCode;
      setNeedsCode(true);
      return isFirst && failure.facts["isWrong"] !== true ? null : failure;
    }
  }
  const { isBusy, failure, onSubmit } = useSubmit(logIn);

  return (
    <EntryCard
      title="Sampan"
      lead={lead}
      submit={t.entry.logIn}
      isBusy={isBusy}
      failure={failure ?? reason}
      onSubmit={onSubmit}
      after={<OtherWays client={client} options={options} onSignUp={onSignUp} />}
    >
      <TextField
        inputRef={nameInput}
        label={t.entry.name}
        name="username"
        autoComplete="username"
        maxLength={256}
      />
      <TextField
        label={t.entry.password}
        type="password"
        name="password"
        autoComplete="current-password"
        maxLength={1024}
      />
      {needsCode && (
        <TextField
          inputRef={codeInput}
          label={t.entry.code}
          hint={t.entry.codeHint}
          name="totp"
          autoComplete="one-time-code"
          maxLength={64}
        />
      )}
    </EntryCard>
  );
}
