import { useEffect, useRef } from "react";
import type { NewApiToken, Scope } from "@sampan/sdk";
import { useWords } from "../text/words.ts";
import { FormTrouble } from "../ui/form-trouble.tsx";
import { SelectField } from "../ui/select-field.tsx";
import { TextField } from "../ui/text-field.tsx";
import { readField, useSubmit } from "../ui/use-submit.ts";
import { accountWords } from "./words.ts";

interface TokenFormProps {
  /** Of the account: a token can have no more. */
  scopes: readonly Scope[];
  onCreate: (token: NewApiToken) => Promise<void>;
  onCancel: () => void;
}

const DAY_MS = 86_400_000;
const DAYS = [7, 30, 90, 365] as const;

export function TokenForm({ scopes, onCreate, onCancel }: TokenFormProps) {
  const words = useWords(accountWords);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const { isBusy, failure, onSubmit } = useSubmit(async (fields) => {
    const name = readField(fields, "name").trim();
    const chosen = scopes.filter((scope) => fields.has(scope));
    if (name === "") return { code: "fields-empty", facts: {} };
    if (chosen.length === 0) return { code: "scope-needed", facts: {} };
    const days = Number(readField(fields, "days"));
    const expiresAt = days === 0 ? null : new Date(Date.now() + days * DAY_MS).toISOString();
    await onCreate({ name, scopes: chosen, expiresAt });
    return null;
  });
  return (
    <form className="boxed" onSubmit={onSubmit} noValidate>
      <TextField inputRef={input} label={words.tokenName} name="name" maxLength={100} />
      <fieldset className="checks">
        <legend>{words.tokenScopes}</legend>
        {scopes.map((scope) => (
          <label key={scope} className="check">
            <input type="checkbox" name={scope} defaultChecked={scope === "files:read"} />
            {words.scopes[scope]}
          </label>
        ))}
      </fieldset>
      <SelectField
        label={words.tokenExpiry}
        name="days"
        defaultValue="90"
        options={[
          ...DAYS.map((days) => [String(days), words.tokenDays(days)] as const),
          ["0", words.tokenNever],
        ]}
      />
      <FormTrouble failure={failure} />
      <div className="button-row">
        <button type="submit" className="button primary" aria-busy={isBusy}>
          {words.tokenCreate}
        </button>
        <button type="button" className="button" onClick={onCancel}>
          {words.cancel}
        </button>
      </div>
    </form>
  );
}
