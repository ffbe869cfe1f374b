import { useId, useState } from "react";
import type { User } from "@sampan/sdk";
import type { Services } from "../services.ts";
import { useText } from "../text/text.tsx";
import { useWords } from "../text/words.ts";
import { UserEditor } from "./user-editor.tsx";
import { mayChange } from "./roles.ts";
import { peopleWords } from "./words.ts";

interface UserLineProps {
  services: Services;
  person: User;
  /** Who looks. */
  by: User;
  onChanged: (user: User) => void;
}

export function UserLine({ services, person, by, onChanged }: UserLineProps) {
  const { format } = useText();
  const words = useWords(peopleWords);
  const editorId = useId();
  const [isOpen, setIsOpen] = useState(false);
  const { name, role, disabled, hasTotp, usedBytes, quotaBytes } = person;
  const used = format.bytes(usedBytes);
  return (
    <li className="person" data-off={disabled}>
      <div className="person-row">
        <span className="avatar" aria-hidden="true">
          {[...name][0]?.toUpperCase()}
        </span>
        <span className="line-what">
          <strong>
            {name}
            {person.id === by.id && <small> {words.you}</small>}
          </strong>
          <small>
            {quotaBytes === null ? words.used(used) : words.usedOf(used, format.bytes(quotaBytes))}
          </small>
        </span>
        <span className="badges">
          {disabled && <span className="badge warn">{words.disabled}</span>}
          {hasTotp && <span className="badge">{words.hasTotp}</span>}
          <span className="badge strong">{words.roles[role]}</span>
        </span>
        {mayChange(by, person) ? (
          <button
            type="button"
            className="button small"
            aria-expanded={isOpen}
            aria-controls={editorId}
            aria-label={words.manageOne(name)}
            onClick={() => setIsOpen(!isOpen)}
          >
            {words.manage}
          </button>
        ) : (
          <span className="person-gap" />
        )}
      </div>
      <div id={editorId}>
        {isOpen && (
          <UserEditor
            services={services}
            person={person}
            by={by}
            onChanged={onChanged}
            onClose={() => setIsOpen(false)}
          />
        )}
      </div>
    </li>
  );
}
