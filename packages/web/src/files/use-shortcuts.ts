import { useEffect } from "react";
import type { Services } from "../services.ts";
import type { Selection } from "./use-selection.ts";

interface ShortcutParts {
  services: Services;
  selection: Selection;
  onRename: (id: string) => void;
  onToggleView: () => void;
}

/** The keys of a file manager, unless something is being typed. */
export function useShortcuts({ services, selection, onRename, onToggleView }: ShortcutParts): void {
  useEffect(() => {
    const { actions, files } = services;
    function handle(event: KeyboardEvent): boolean {
      const { items } = selection;
      const isInTrash = files.get().place.kind === "trash";
      const [only] = items;
      if (event.altKey) {
        if (event.key === "ArrowUp") actions.openParent();
        return event.key === "ArrowUp";
      }
      if (event.ctrlKey || event.metaKey) return handleWithControl(event, isInTrash);
      switch (event.key) {
        case "Escape":
          selection.clear();
          actions.clipboard.set(null);
          return items.length > 0;
        case "F2":
          if (isInTrash || only === undefined || items.length !== 1) return false;
          onRename(only.id);
          return true;
        case "Delete":
          if (isInTrash || items.length === 0) return false;
          void actions.trash(items);
          return true;
        case "v":
        case "V":
          onToggleView();
          return true;
        default:
          return false;
      }
    }
    function handleWithControl(event: KeyboardEvent, isInTrash: boolean): boolean {
      const { items } = selection;
      // Text that is marked is copied by the browser.
      const isText = getSelection()?.isCollapsed === false;
      switch (event.key.toLowerCase()) {
        case "a":
          selection.all();
          return true;
        case "x":
        case "c":
          if (isInTrash || items.length === 0 || isText || event.shiftKey) return false;
          actions.take(event.key.toLowerCase() === "x" ? "cut" : "copy", items);
          return true;
        case "v":
          void actions.paste();
          return true;
        default:
          return false;
      }
    }
    function onKeyDown(event: KeyboardEvent): void {
      if (event.defaultPrevented || isTyping(event.target)) return;
      if (handle(event)) event.preventDefault();
    }
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, [services, selection, onRename, onToggleView]);
}

function isTyping(target: EventTarget | null): boolean {
  if (target instanceof HTMLInputElement) return target.type !== "checkbox";
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}
