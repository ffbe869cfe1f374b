import { useEffect, useId, useRef } from "react";
import { useText } from "../text/text.tsx";
import { copyText } from "./copy-text.ts";
import { Icon } from "./icon.tsx";
import { useFlash } from "./use-flash.ts";

interface CopyFieldProps {
  label: string;
  text: string;
  /** It has just been made, and copying it is what comes next. */
  takesFocus?: boolean;
}

/** A link or a secret to be carried elsewhere. */
export function CopyField({ label, text, takesFocus = false }: CopyFieldProps) {
  const { t } = useText();
  const fieldId = useId();
  const field = useRef<HTMLInputElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const [isCopied, noteCopied] = useFlash();
  useEffect(() => {
    if (takesFocus) button.current?.focus();
  }, [takesFocus]);

  async function copy(): Promise<void> {
    if (await copyText(text)) noteCopied();
    else field.current?.select();
  }
  return (
    <div className="field">
      <label htmlFor={fieldId}>{label}</label>
      <div className="field-box copy-box">
        <input
          ref={field}
          id={fieldId}
          value={text}
          readOnly
          onFocus={({ target }) => target.select()}
        />
        <button ref={button} type="button" className="button small" onClick={() => void copy()}>
          <Icon name={isCopied ? "check" : "copy"} />
          <span aria-live="polite">{isCopied ? t.ui.copied : t.ui.copy}</span>
        </button>
      </div>
    </div>
  );
}
