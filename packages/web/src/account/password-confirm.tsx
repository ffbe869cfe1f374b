import { useEffect, useRef } from "react";
import { useWords } from "../text/words.ts";
import { FormTrouble } from "../ui/form-trouble.tsx";
import { TextField } from "../ui/text-field.tsx";
import { readField, useSubmit } from "../ui/use-submit.ts";
import { accountWords } from "./words.ts";

interface PasswordConfirmProps {
  /** What is about to be done. */
  label: string;
  hasPassword: boolean;
  isDanger: boolean;
  onConfirm: (password: string | undefined) => Promise<void>;
  onCancel: () => void;
}

/** In the place of the button that asked for it. Who signs in elsewhere only has no password to show. */
export function PasswordConfirm(props: PasswordConfirmProps) {
  const { label, hasPassword, isDanger, onConfirm, onCancel } = props;
  const words = useWords(accountWords);
  const input = useRef<HTMLInputElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => (input.current ?? button.current)?.focus(), []);
  const { isBusy, failure, onSubmit } = useSubmit(async (fields) => {
    const password = readField(fields, "password");
    if (hasPassword && password === "") return { code: "fields-empty", facts: {} };
    await onConfirm(hasPassword ? password : undefined);
    return null;
  });
  return (
    <form onSubmit={onSubmit} noValidate>
      {hasPassword && (
        <TextField
          inputRef={input}
          label={words.confirmWithPassword}
          type="password"
          name="password"
          autoComplete="current-password"
          maxLength={1024}
        />
      )}
      <FormTrouble failure={failure} />
      <div className="button-row">
        <button
          ref={button}
          type="submit"
          className={`button ${isDanger ? "danger" : "primary"}`}
          aria-busy={isBusy}
        >
          {label}
        </button>
        <button type="button" className="button" onClick={onCancel}>
          {words.cancel}
        </button>
      </div>
    </form>
  );
}
