import { useEffect, useRef } from "react";
import type { AuthOptions, Client } from "@sampan/sdk";
import { useText } from "../text/text.tsx";
import type { Failure } from "../transfers/failure.ts";
import { TextField } from "../ui/text-field.tsx";
import { readField, useSubmit } from "../ui/use-submit.ts";
import { EntryCard } from "./entry-card.tsx";

interface ResetProps {
  client: Client;
  options: AuthOptions | null;
  token: string;
  onDone: () => void;
}

/** A new password, by an admin's link. */
export function Reset({ client, options, token, onDone }: ResetProps) {
  const { t } = useText();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const { isBusy, failure, onSubmit } = useSubmit(async (fields): Promise<Failure | null> => {
    const password = readField(fields, "password");
    if (password === "") return { code: "fields-empty", facts: {} };
    await client.resetPassword({ token, password });
    onDone();
    return null;
  });
  const { title, lead, submit } = t.entry.reset;
  return (
    <EntryCard {...{ title, lead, submit, isBusy, failure, onSubmit }}>
      <TextField
        inputRef={input}
        label={t.entry.newPassword}
        hint={t.entry.passwordHint(options?.minPasswordChars ?? 8)}
        type="password"
        name="password"
        autoComplete="new-password"
        maxLength={1024}
      />
    </EntryCard>
  );
}
