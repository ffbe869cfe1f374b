import { useEffect, useRef } from "react";
import { useWords } from "../text/words.ts";
import { FormTrouble } from "../ui/form-trouble.tsx";
import { Icon } from "../ui/icon.tsx";
import { TextField } from "../ui/text-field.tsx";
import { readField, useSubmit } from "../ui/use-submit.ts";
import type { LinkVisit } from "./link-visit.ts";
import { visitorWords } from "./words.ts";

/** Nothing is told of what lies behind, not even its name. */
export function Locked({ visit }: { visit: LinkVisit }) {
  const words = useWords(visitorWords);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const { isBusy, failure, onSubmit } = useSubmit(async (fields) => {
    const password = readField(fields, "password");
    if (password === "") return { code: "fields-empty", facts: {} };
    await visit.unlock(password);
    return null;
  });
  return (
    <main className="visitor-card-place">
      <form className="visitor-card" onSubmit={onSubmit} noValidate>
        <span className="visitor-sign">
          <Icon name="lock" />
        </span>
        <h1>{words.locked.title}</h1>
        <p>{words.locked.lead}</p>
        <TextField
          inputRef={input}
          label={words.locked.password}
          type="password"
          name="password"
          autoComplete="off"
          maxLength={1024}
        />
        <FormTrouble failure={failure} />
        <button type="submit" className="button primary wide" aria-busy={isBusy}>
          {words.locked.open}
        </button>
      </form>
    </main>
  );
}
