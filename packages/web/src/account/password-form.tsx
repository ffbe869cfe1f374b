import { useId, useRef } from "react";
import type { User } from "@sampan/sdk";
import type { Services } from "../services.ts";
import { useText } from "../text/text.tsx";
import { TextField } from "../ui/text-field.tsx";
import { readField, useSubmit } from "../ui/use-submit.ts";

export function PasswordForm({ services, user }: { services: Services; user: User }) {
  const { t, format } = useText();
  const { client, toasts } = services;
  const headingId = useId();
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
    toasts.show((text) => text.t.account.passwordChanged);
    return null;
  });
  return (
    <section className="account-part" aria-labelledby={headingId}>
      <h2 id={headingId}>{t.account.password}</h2>
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
            label={t.account.currentPassword}
            type="password"
            name="current"
            autoComplete="current-password"
            maxLength={1024}
          />
        )}
        <TextField
          label={t.account.newPassword}
          type="password"
          name="new"
          autoComplete="new-password"
          maxLength={1024}
        />
        <label className="check-line">
          <input type="checkbox" name="end-tokens" />
          {t.account.endTokens}
        </label>
        <p className="sign-in-trouble" role="alert">
          {failure !== null && t.explain(failure, format)}
        </p>
        <button type="submit" className="button" aria-busy={isBusy}>
          {t.account.changePassword}
        </button>
      </form>
    </section>
  );
}
