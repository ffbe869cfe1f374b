import { useEffect, useRef, useState } from "react";
import { useText } from "../text/text.tsx";
import { isFolder, type Item } from "./item.ts";

interface NameEditorProps {
  item: Item;
  /** Null when nothing is to change. */
  onDone: (name: string | null) => void;
}

/** In the place of the name: Enter or leaving keeps what is typed, Escape what was. */
export function NameEditor({ item, onDone }: NameEditorProps) {
  const { t } = useText();
  const input = useRef<HTMLInputElement>(null);
  const isOver = useRef(false);
  // News of the entry must not touch what is being typed.
  const [before] = useState(item);
  useEffect(() => {
    const dot = isFolder(before) ? -1 : before.name.lastIndexOf(".");
    input.current?.focus({ preventScroll: true });
    input.current?.setSelectionRange(0, dot > 0 ? dot : before.name.length);
  }, [before]);

  function finish(name: string | null): void {
    // Ending takes the field away, which blurs it.
    if (isOver.current) return;
    isOver.current = true;
    onDone(name === null || name.trim() === "" ? null : name.trim());
  }
  return (
    <input
      ref={input}
      className="name-editor"
      aria-label={t.files.renameLabel(item.name)}
      defaultValue={before.name}
      maxLength={255}
      spellCheck={false}
      autoComplete="off"
      onBlur={({ target }) => finish(target.value)}
      onDoubleClick={(event) => event.stopPropagation()}
      onClick={(event) => event.stopPropagation()}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === "Enter") finish(event.currentTarget.value);
        else if (event.key === "Escape") finish(null);
      }}
    />
  );
}
