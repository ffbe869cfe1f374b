import { useStore } from "../state/use-store.ts";
import { useText } from "../text/text.tsx";
import { IconButton } from "./icon-button.tsx";
import type { Toasts } from "./toasts.ts";

/** Bottom left, in nobody's way. */
export function ToastCard({ toasts }: { toasts: Toasts }) {
  const text = useText();
  const toast = useStore(toasts);
  const undo = toast?.undo ?? null;
  const link = toast?.link ?? null;
  return (
    <output className="toast-place">
      {toast !== null && (
        <div
          key={toast.id}
          className="toast"
          onPointerEnter={toasts.hold}
          onPointerLeave={toasts.release}
          onFocus={toasts.hold}
          onBlur={toasts.release}
        >
          <span>{toast.word(text)}</span>
          {link !== null && (
            <a className="button small toast-undo" href={link.href}>
              {link.word(text)}
            </a>
          )}
          {undo !== null && (
            <button
              type="button"
              className="button small toast-undo"
              onClick={() => {
                toasts.dismiss();
                void undo();
              }}
            >
              {text.t.files.undo}
            </button>
          )}
          <IconButton icon="close" label={text.t.files.dismiss} onClick={toasts.dismiss} />
        </div>
      )}
    </output>
  );
}
