import { useState } from "react";
import type { Offer, Role, User } from "@sampan/sdk";
import type { Services } from "../services.ts";
import { useWords } from "../text/words.ts";
import { toFailure } from "../transfers/failure.ts";
import { Confirm } from "../ui/confirm.tsx";
import { CopyField } from "../ui/copy-field.tsx";
import { FormTrouble } from "../ui/form-trouble.tsx";
import { TextField } from "../ui/text-field.tsx";
import { readField, useSubmit } from "../ui/use-submit.ts";
import { formatQuota, parseQuota } from "./quota.ts";
import { RoleField } from "./role-field.tsx";
import { peopleWords } from "./words.ts";

interface UserEditorProps {
  services: Services;
  person: User;
  by: User;
  onChanged: (user: User) => void;
  onClose: () => void;
}

export function UserEditor({ services, person, by, onChanged, onClose }: UserEditorProps) {
  const words = useWords(peopleWords);
  const { client, toasts } = services;
  const { id, name } = person;
  const { isBusy, failure, onSubmit } = useSubmit(async (fields) => {
    const quotaBytes = parseQuota(readField(fields, "quota"));
    if (quotaBytes === undefined) return { code: "quota-refused", facts: {} };
    const role = readField(fields, "role") as Role;
    onChanged(await client.changeUser(id, { role, quotaBytes }));
    toasts.show(({ language }) => peopleWords[language].saved(name));
    onClose();
    return null;
  });
  return (
    <div className="person-editor">
      <form onSubmit={onSubmit} noValidate>
        <RoleField by={by} defaultValue={person.role} />
        <TextField
          label={words.quota}
          hint={words.quotaHint}
          name="quota"
          inputMode="decimal"
          maxLength={16}
          defaultValue={formatQuota(person.quotaBytes)}
        />
        <FormTrouble failure={failure} />
        <div className="button-row">
          <button type="submit" className="button primary" aria-busy={isBusy}>
            {words.save}
          </button>
          <button type="button" className="button" onClick={onClose}>
            {words.cancel}
          </button>
        </div>
      </form>
      <UserRemedies services={services} person={person} onChanged={onChanged} />
    </div>
  );
}

type RemediesProps = Pick<UserEditorProps, "services" | "person" | "onChanged">;

/** What helps somebody who lost something, or keeps somebody out. */
function UserRemedies({ services, person, onChanged }: RemediesProps) {
  const words = useWords(peopleWords);
  const { client, toasts, notices } = services;
  const [offer, setOffer] = useState<Offer | null>(null);
  const [isAsking, setIsAsking] = useState(false);
  const { id, name, disabled, hasTotp } = person;

  async function attempt(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      const reason = toFailure(error);
      notices.show(({ t, format }) => t.explain(reason, format));
    }
  }
  const setDisabled = (isOff: boolean): Promise<void> =>
    attempt(async () => {
      onChanged(await client.changeUser(id, { disabled: isOff }));
      toasts.show(({ language }) => {
        const texts = peopleWords[language];
        return isOff ? texts.isDisabled(name) : texts.isEnabled(name);
      });
    });

  return (
    <div className="person-remedies">
      {offer === null ? (
        <button
          type="button"
          className="button"
          onClick={() => void attempt(async () => setOffer(await client.offerReset(id)))}
        >
          {words.resetLink}
        </button>
      ) : (
        <>
          <CopyField label={words.resetLink} text={offer.url} takesFocus />
          <p className="field-hint">{words.resetLead}</p>
        </>
      )}
      <button
        type="button"
        className="button"
        onClick={() =>
          void attempt(async () => {
            await client.endUserSessions(id);
            toasts.show(({ language }) => peopleWords[language].signedOut(name));
          })
        }
      >
        {words.signOutEverywhere}
      </button>
      {hasTotp && (
        <button
          type="button"
          className="button"
          onClick={() =>
            void attempt(async () => {
              await client.removeUserTotp(id);
              onChanged({ ...person, hasTotp: false });
              toasts.show(({ language }) => peopleWords[language].totpRemoved(name));
            })
          }
        >
          {words.removeTotp}
        </button>
      )}
      {disabled ? (
        <button type="button" className="button" onClick={() => void setDisabled(false)}>
          {words.enable}
        </button>
      ) : isAsking ? (
        <Confirm
          question={words.disableQuestion(name)}
          yes={words.disable}
          no={words.keep}
          onAnswer={(isYes) => {
            setIsAsking(false);
            if (isYes) void setDisabled(true);
          }}
        />
      ) : (
        <button type="button" className="button danger-quiet" onClick={() => setIsAsking(true)}>
          {words.disable}
        </button>
      )}
    </div>
  );
}
