import { useRef } from "react";
import type { Share, ShareRight } from "@sampan/sdk";
import type { Item } from "../files/item.ts";
import type { Services } from "../services.ts";
import { useWords } from "../text/words.ts";
import { FormTrouble } from "../ui/form-trouble.tsx";
import { SelectField } from "../ui/select-field.tsx";
import { TextField } from "../ui/text-field.tsx";
import { readField, useSubmit } from "../ui/use-submit.ts";
import { sharingWords } from "./words.ts";

interface PersonFormProps {
  services: Services;
  item: Item;
  onShared: (share: Share) => void;
}

export function PersonForm({ services, item, onShared }: PersonFormProps) {
  const words = useWords(sharingWords);
  const { client, toasts } = services;
  const form = useRef<HTMLFormElement>(null);
  const { isBusy, failure, onSubmit } = useSubmit(async (fields) => {
    const name = readField(fields, "name").trim();
    if (name === "") return { code: "fields-empty", facts: {} };
    const right = readField(fields, "right") as ShareRight;
    onShared(await client.createShare({ kind: "user", nodeId: item.id, name, right }));
    form.current?.reset();
    toasts.show(({ language }) => sharingWords[language].given(name));
    return null;
  });
  return (
    <form ref={form} className="person-form" onSubmit={onSubmit} noValidate>
      <TextField label={words.name} name="name" autoComplete="off" maxLength={255} />
      <SelectField
        label={words.right}
        name="right"
        options={[
          ["view", words.rights.view],
          ["edit", words.rights.edit],
        ]}
      />
      <button type="submit" className="button" aria-busy={isBusy}>
        {words.give}
      </button>
      <FormTrouble failure={failure} />
    </form>
  );
}
