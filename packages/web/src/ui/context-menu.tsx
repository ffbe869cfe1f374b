import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { Icon, type IconName } from "./icon.tsx";

export interface MenuEntry {
  readonly id: string;
  readonly icon: IconName;
  readonly label: string;
  act(): void;
}

interface ContextMenuProps {
  label: string;
  entries: readonly MenuEntry[];
  at: { readonly x: number; readonly y: number };
  onClose: () => void;
}

const MARGIN = 8;

/** At the pointer. The arrows move in it; Escape, Tab or a press elsewhere close it. */
export function ContextMenu({ label, entries, at, onClose }: ContextMenuProps) {
  const menu = useRef<HTMLDivElement>(null);
  const [place, setPlace] = useState(at);
  // Within the window, whatever its own size turns out to be.
  useLayoutEffect(() => {
    const { current } = menu;
    if (current === null) return;
    const { width, height } = current.getBoundingClientRect();
    setPlace({
      x: Math.max(MARGIN, Math.min(at.x, innerWidth - width - MARGIN)),
      y: Math.max(MARGIN, Math.min(at.y, innerHeight - height - MARGIN)),
    });
  }, [at]);
  useMenuKeys(menu, onClose);
  return (
    <div
      ref={menu}
      className="menu"
      role="menu"
      aria-label={label}
      style={{ left: place.x, top: place.y }}
    >
      {entries.map(({ id, icon, label: text, act }) => (
        <button
          key={id}
          type="button"
          role="menuitem"
          tabIndex={-1}
          className="menu-entry"
          onClick={() => {
            onClose();
            act();
          }}
        >
          <Icon name={icon} />
          {text}
        </button>
      ))}
    </div>
  );
}

function useMenuKeys(menu: React.RefObject<HTMLDivElement | null>, onClose: () => void): void {
  useEffect(() => {
    const { current } = menu;
    const before = document.activeElement;
    const buttons = [...(current?.querySelectorAll("button") ?? [])];
    buttons[0]?.focus({ preventScroll: true });

    function onKeyDown(event: KeyboardEvent): void {
      const index = buttons.findIndex((button) => button === document.activeElement);
      const last = buttons.length - 1;
      const steps: Readonly<Record<string, number>> = {
        ArrowDown: index === last ? 0 : index + 1,
        ArrowUp: index <= 0 ? last : index - 1,
        Home: 0,
        End: last,
      };
      const target = steps[event.key];
      if (target !== undefined) buttons[target]?.focus();
      else if (event.key === "Escape" || event.key === "Tab") onClose();
      else return;
      event.preventDefault();
      event.stopPropagation();
    }
    function onPointerDown({ target }: PointerEvent): void {
      if (!(target instanceof Node) || current?.contains(target) !== true) onClose();
    }
    current?.addEventListener("keydown", onKeyDown);
    addEventListener("pointerdown", onPointerDown, { capture: true });
    addEventListener("blur", onClose);
    return () => {
      current?.removeEventListener("keydown", onKeyDown);
      removeEventListener("pointerdown", onPointerDown, { capture: true });
      removeEventListener("blur", onClose);
      if (before instanceof HTMLElement && before.isConnected)
        before.focus({ preventScroll: true });
    };
  }, [menu, onClose]);
}
