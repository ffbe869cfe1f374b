import { useRef } from "react";
import type { User } from "@sampan/sdk";
import type { Services } from "../services.ts";
import { useWords } from "../text/words.ts";
import { FormTrouble } from "../ui/form-trouble.tsx";
import { Panel } from "../ui/panel.tsx";
import { TextField } from "../ui/text-field.tsx";
import { readField, useSubmit } from "../ui/use-submit.ts";
import { accountWords } from "./words.ts";

interface PasswordFormProps {
  services: Services;
  user: User;
  onChanged: () => void;
}

export function PasswordForm({ services, user, onChanged }: PasswordFormProps) {
  const words = useWords(accountWords);
  const { client, toasts } = services;
  const form = useRef<HTMLFormElement>(null);
  const { isBusy, failure, onSubmit } = useSubmit(async (fields) => {
    const current = readField(fields, "current");
    const newPassword = readField(fields, "new");
    if (newPassword === "" || (user.hasPassword && current === ""))
      return { code: "fields-empty", facts: {} };
    await client.changePassword({
      currentPassword: user.hasPassword ? current : undefined,
      newPassword,
      endTokens: fields.get("end-tokens") === "on",
    });
    form.current?.reset();
    toasts.show(({ language }) => accountWords[language].passwordChanged);
    onChanged();
    return null;
  });
  return (
    <Panel title={words.password}>
      <form ref={form} onSubmit={onSubmit} noValidate>
        <input
          type="text"
          name="username"
          autoComplete="username"
          value={user.name}
          readOnly
          hidden
        />
        {user.hasPassword && (
          <TextField
            label={words.currentPassword}
            type="password"
            name="current"
            autoComplete="current-password"
            maxLength={1024}
          />
        )}
        <TextField
          label={words.newPassword}
          type="password"
          name="new"
          autoComplete="new-password"
          maxLength={1024}
        />
        <label className="check">
          <input type="checkbox" name="end-tokens" />
          {words.endTokens}
        </label>
        <FormTrouble failure={failure} />
        <button type="submit" className="button" aria-busy={isBusy}>
          {words.changePassword}
        </button>
      </form>
    </Panel>
  );
}
