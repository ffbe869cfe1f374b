import { useEffect, useRef, useState } from "react";
import { useText } from "../text/text.tsx";
import { IconButton } from "../ui/icon-button.tsx";
import { Icon } from "../ui/icon.tsx";
import type { FileList } from "./file-list.ts";

const SETTLE_MS = 150;

export function SearchField({ files }: { files: FileList }) {
  const { t } = useText();
  const [typed, setTyped] = useState("");
  const input = useRef<HTMLInputElement>(null);
  const asked = useRef("");
  useSlashKey(input);
  useEffect(() => {
    if (typed === asked.current) return;
    const timer = setTimeout(() => {
      asked.current = typed;
      void files.search(typed);
    }, SETTLE_MS);
    return () => clearTimeout(timer);
  }, [typed, files]);

  return (
    <search className="search">
      <Icon name="search" />
      <input
        ref={input}
        type="text"
        enterKeyHint="search"
        autoComplete="off"
        spellCheck={false}
        aria-label={t.top.searchLabel}
        placeholder={t.top.search}
        maxLength={255}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          if (typed === "") input.current?.blur();
          setTyped("");
        }}
      />
      {typed === "" ? (
        <kbd aria-hidden="true">/</kbd>
      ) : (
        <IconButton
          icon="close"
          label={t.top.clearSearch}
          onClick={() => {
            setTyped("");
            input.current?.focus();
          }}
        />
      )}
    </search>
  );
}

/** `/` goes to the search field, unless it is being typed somewhere. */
function useSlashKey(input: React.RefObject<HTMLInputElement | null>): void {
  useEffect(() => {
    const focus = (event: KeyboardEvent): void => {
      const isTyping = event.target instanceof HTMLInputElement && event.target.type !== "checkbox";
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isTyping) return;
      event.preventDefault();
      input.current?.select();
    };
    addEventListener("keydown", focus);
    return () => removeEventListener("keydown", focus);
  }, [input]);
}
