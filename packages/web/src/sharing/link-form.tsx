import { useEffect, useRef } from "react";
import type { Share } from "@sampan/sdk";
import { formatQuota } from "../people/quota.ts";
import { useWords } from "../text/words.ts";
import { FormTrouble } from "../ui/form-trouble.tsx";
import { TextField } from "../ui/text-field.tsx";
import { useEscape } from "../ui/use-escape.ts";
import { useSubmit } from "../ui/use-submit.ts";
import { isFailure, readLimits, toDay, today, type Limits, type LinkKind } from "./limits.ts";
import { sharingWords } from "./words.ts";

interface LinkFormProps {
  kind: LinkKind;
  /** Null: a new one. */
  share: Share | null;
  onSend: (limits: Limits) => Promise<void>;
  onClose: () => void;
}

/** Password, end and limits, all of them optional: making a link takes one more click. */
export function LinkForm({ kind, share, onSend, onClose }: LinkFormProps) {
  const words = useWords(sharingWords);
  const submit = useRef<HTMLButtonElement>(null);
  const form = useRef<HTMLFormElement>(null);
  useEscape(form, onClose);
  useEffect(() => submit.current?.focus(), []);
  const { isBusy, failure, onSubmit } = useSubmit(async (fields) => {
    const limits = readLimits(fields, { kind, share });
    if (isFailure(limits)) return limits;
    await onSend(limits);
    return null;
  });
  return (
    <form ref={form} className="boxed" onSubmit={onSubmit} noValidate>
      {kind === "request" && share === null && <p>{words.requestLead}</p>}
      <PasswordFields share={share} />
      <div className="field-pair">
        <TextField
          label={words.ends}
          hint={words.endsHint}
          name="ends"
          type="date"
          min={today()}
          defaultValue={toDay(share?.expiresAt ?? null)}
        />
        {kind === "link" ? (
          <TextField
            label={words.downloads}
            hint={words.downloadsHint}
            name="downloads"
            inputMode="numeric"
            maxLength={9}
            defaultValue={share?.maxDownloads ?? ""}
          />
        ) : (
          <TextField
            label={words.maxSize}
            hint={words.maxSizeHint}
            name="maxSize"
            inputMode="decimal"
            maxLength={12}
            defaultValue={formatQuota(share?.maxBytes ?? null)}
          />
        )}
      </div>
      {kind === "link" && (
        <label className="check">
          <input type="checkbox" name="previewOnly" defaultChecked={share?.previewOnly ?? false} />
          {words.previewOnly}
        </label>
      )}
      <FormTrouble failure={failure} />
      <div className="button-row">
        <button ref={submit} type="submit" className="button primary" aria-busy={isBusy}>
          {share === null ? words.create : words.save}
        </button>
        <button type="button" className="button" onClick={onClose}>
          {words.cancel}
        </button>
      </div>
    </form>
  );
}

function PasswordFields({ share }: { share: Share | null }) {
  const words = useWords(sharingWords);
  const hasOne = share?.hasPassword === true;
  return (
    <>
      <TextField
        label={words.password}
        hint={hasOne ? words.passwordKept : words.passwordHint}
        name="password"
        type="password"
        autoComplete="new-password"
        maxLength={1024}
      />
      {hasOne && (
        <label className="check">
          <input type="checkbox" name="noPassword" />
          {words.noPassword}
        </label>
      )}
    </>
  );
}
