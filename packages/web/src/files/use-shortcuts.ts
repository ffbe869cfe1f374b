import { useEffect } from "react";
import type { Services } from "../services.ts";
import { isTyping } from "../ui/is-typing.ts";
import type { Item } from "./item.ts";
import { rightsOf } from "./rights.ts";
import type { Selection } from "./use-selection.ts";

interface ShortcutParts {
  services: Services;
  selection: Selection;
  /** A file is looked at in the place of the list. */
  isOff: boolean;
  onRename: (id: string) => void;
  onToggleView: () => void;
  onShare: (item: Item) => void;
  onDetails: (item: Item) => void;
}

/** The keys of a file manager, unless something is being typed. */
export function useShortcuts(parts: ShortcutParts): void {
  const { services, selection, isOff, onRename, onToggleView, onShare, onDetails } = parts;
  useEffect(() => {
    if (isOff) return;
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
      if (only !== undefined && items.length === 1 && handleOne(event.key, only)) return true;
      switch (event.key) {
        case "Escape":
          selection.clear();
          actions.clipboard.set(null);
          return items.length > 0;
        case "Delete":
          if (!rightsOf(files.get()).canChange || items.length === 0) return false;
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
    /** What is about a single thing. */
    function handleOne(key: string, item: Item): boolean {
      const { canChange, isOwn } = rightsOf(files.get());
      switch (key) {
        case "F2":
          if (canChange) onRename(item.id);
          return canChange;
        case "s":
        case "S":
          if (isOwn) onShare(item);
          return isOwn;
        case "i":
        case "I":
          if (files.get().place.kind === "trash") return false;
          onDetails(item);
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
          if (event.key.toLowerCase() === "x" && !rightsOf(files.get()).canChange) return false;
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
  }, [services, selection, isOff, onRename, onToggleView, onShare, onDetails]);
}
