import { useEffect, useRef, useState } from "react";
import type { Navigation } from "../places/navigation.ts";
import { rootPlace, searchPlace } from "../places/place.ts";
import { useStore } from "../state/use-store.ts";
import { useText } from "../text/text.tsx";
import { IconButton } from "../ui/icon-button.tsx";
import { Icon } from "../ui/icon.tsx";

const SETTLE_MS = 180;

export function SearchField({ navigation }: { navigation: Navigation }) {
  const { t } = useText();
  const place = useStore(navigation);
  const asked = place.kind === "search" ? place.text : "";
  const [typed, setTyped] = useState(asked);
  const [shown, setShown] = useState(asked);
  // Back, forward and other links change what is searched for as well.
  if (shown !== asked) {
    setShown(asked);
    setTyped(asked);
  }
  const input = useRef<HTMLInputElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useSlashKey(input);
  useEffect(() => () => clearTimeout(timer.current), []);

  function search(text: string): void {
    clearTimeout(timer.current);
    const next = searchPlace(text);
    const isSearching = navigation.get().kind === "search";
    if (next.kind === "search" && isSearching) navigation.replace(next);
    else if (next.kind === "search" || isSearching) navigation.go(next);
  }
  function type(text: string): void {
    setTyped(text);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => search(text), SETTLE_MS);
  }
  function clear(): void {
    clearTimeout(timer.current);
    setTyped("");
    if (navigation.get().kind === "search") navigation.go(rootPlace);
  }

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
        onChange={(event) => type(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") search(typed);
          if (event.key !== "Escape") return;
          if (typed === "") input.current?.blur();
          clear();
        }}
      />
      {typed === "" ? (
        <kbd aria-hidden="true">/</kbd>
      ) : (
        <IconButton
          icon="close"
          label={t.top.clearSearch}
          onClick={() => {
            clear();
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
