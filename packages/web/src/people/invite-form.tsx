import { useEffect, useRef, useState } from "react";
import type { Offer, Role, User } from "@sampan/sdk";
import { useText } from "../text/text.tsx";
import { useWords } from "../text/words.ts";
import { CopyField } from "../ui/copy-field.tsx";
import { FormTrouble } from "../ui/form-trouble.tsx";
import { TextField } from "../ui/text-field.tsx";
import { readField, useSubmit } from "../ui/use-submit.ts";
import { parseQuota } from "./quota.ts";
import { RoleField } from "./role-field.tsx";
import { peopleWords } from "./words.ts";

interface InviteFormProps {
  by: User;
  onInvite: (input: { role: Role; quotaBytes?: number | undefined }) => Promise<Offer>;
  onClose: () => void;
}

export function InviteForm({ by, onInvite, onClose }: InviteFormProps) {
  const { format } = useText();
  const words = useWords(peopleWords);
  const form = useRef<HTMLFormElement>(null);
  const [offer, setOffer] = useState<Offer | null>(null);
  useEffect(() => form.current?.querySelector("select")?.focus(), []);
  const { isBusy, failure, onSubmit } = useSubmit(async (fields) => {
    const quotaBytes = parseQuota(readField(fields, "quota"));
    if (quotaBytes === undefined) return { code: "quota-refused", facts: {} };
    const role = readField(fields, "role") as Role;
    setOffer(await onInvite({ role, quotaBytes: quotaBytes ?? undefined }));
    return null;
  });
  if (offer !== null) {
    return (
      <div className="boxed made">
        <CopyField label={words.inviteLink} text={offer.url} takesFocus />
        <p>{words.inviteReady(format.dateTime(offer.expiresAt))}</p>
        <button type="button" className="button" onClick={onClose}>
          {words.done}
        </button>
      </div>
    );
  }
  return (
    <form ref={form} className="boxed" onSubmit={onSubmit} noValidate>
      <p>{words.inviteLead}</p>
      <RoleField by={by} defaultValue="member" />
      <TextField
        label={words.quota}
        hint={words.quotaDefaultHint}
        name="quota"
        inputMode="decimal"
        maxLength={12}
      />
      <FormTrouble failure={failure} />
      <div className="button-row">
        <button type="submit" className="button primary" aria-busy={isBusy}>
          {words.inviteMake}
        </button>
        <button type="button" className="button" onClick={onClose}>
          {words.cancel}
        </button>
      </div>
    </form>
  );
}
