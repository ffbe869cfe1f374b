import { useEffect, useRef } from "react";
import type { TotpSecret } from "@sampan/sdk";
import { useWords } from "../text/words.ts";
import { CopyField } from "../ui/copy-field.tsx";
import { FormTrouble } from "../ui/form-trouble.tsx";
import { QrCode } from "../ui/qr-code.tsx";
import { TextField } from "../ui/text-field.tsx";
import { readField, useSubmit } from "../ui/use-submit.ts";
import { accountWords } from "./words.ts";

interface TotpScanProps {
  secret: TotpSecret;
  onCode: (code: string) => Promise<void>;
  onCancel: () => void;
}

/** The key goes into an app, and a code proves that it is there. */
export function TotpScan({ secret, onCode, onCancel }: TotpScanProps) {
  const words = useWords(accountWords);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const { isBusy, failure, onSubmit } = useSubmit(async (fields) => {
    const code = readField(fields, "code").replaceAll(/\s/g, "");
    if (code === "") return { code: "fields-empty", facts: {} };
    await onCode(code);
    return null;
  });
  return (
    <div className="totp-scan">
      <QrCode text={secret.uri} label={words.totpQr} />
      <form onSubmit={onSubmit} noValidate>
        <p>{words.totpScan}</p>
        <CopyField label={words.totpKey} text={secret.secret} />
        <a className="totp-open" href={secret.uri}>
          {words.totpOpen}
        </a>
        <TextField
          inputRef={input}
          label={words.totpCode}
          name="code"
          inputMode="numeric"
          autoComplete="one-time-code"
          maxLength={12}
        />
        <FormTrouble failure={failure} />
        <div className="button-row">
          <button type="submit" className="button primary" aria-busy={isBusy}>
            {words.totpConfirm}
          </button>
          <button type="button" className="button" onClick={onCancel}>
            {words.cancel}
          </button>
        </div>
      </form>
    </div>
  );
}
