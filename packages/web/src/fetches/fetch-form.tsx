import { useRef } from "react";
import { useWords } from "../text/words.ts";
import { FormTrouble } from "../ui/form-trouble.tsx";
import { TextField } from "../ui/text-field.tsx";
import { readField, useSubmit } from "../ui/use-submit.ts";
import { fetchWords } from "./words.ts";

export function FetchForm({ onAdd }: { onAdd: (url: string) => Promise<void> }) {
  const words = useWords(fetchWords);
  const form = useRef<HTMLFormElement>(null);
  const { isBusy, failure, onSubmit } = useSubmit(async (fields) => {
    const url = readField(fields, "url").trim();
    if (url === "") return { code: "fields-empty", facts: {} };
    await onAdd(url);
    form.current?.reset();
    return null;
  });
  return (
    <form ref={form} className="one-line" onSubmit={onSubmit} noValidate>
      <TextField
        label={words.address}
        name="url"
        type="url"
        inputMode="url"
        placeholder={words.addressHint}
        autoComplete="off"
        maxLength={8192}
      />
      <button type="submit" className="button primary" aria-busy={isBusy}>
        {words.add}
      </button>
      <FormTrouble failure={failure} />
    </form>
  );
}
