import { useId, useState, type ComponentProps, type Ref } from "react";
import { useText } from "../text/text.tsx";

interface TextFieldProps extends Omit<ComponentProps<"input">, "id" | "ref"> {
  label: string;
  hint?: string | undefined;
  inputRef?: Ref<HTMLInputElement>;
}

export function TextField({ label, hint, inputRef, type, ...input }: TextFieldProps) {
  const { t } = useText();
  const [isShown, setIsShown] = useState(false);
  const inputId = useId();
  const hintId = useId();
  const describedBy = [input["aria-describedby"], hint === undefined ? undefined : hintId];
  const isSecret = type === "password";
  return (
    <div className="field">
      <label htmlFor={inputId}>{label}</label>
      <div className="field-box">
        <input
          autoCapitalize="off"
          spellCheck={false}
          {...input}
          ref={inputRef}
          id={inputId}
          type={isSecret && isShown ? "text" : (type ?? "text")}
          aria-describedby={describedBy.filter((id) => id !== undefined).join(" ")}
        />
        {isSecret && (
          <button
            type="button"
            className="button quiet small"
            aria-label={isShown ? t.entry.hidePassword : t.entry.showPassword}
            aria-pressed={isShown}
            onClick={() => setIsShown(!isShown)}
          >
            {isShown ? t.entry.hide : t.entry.show}
          </button>
        )}
      </div>
      {hint !== undefined && (
        <p className="field-hint" id={hintId}>
          {hint}
        </p>
      )}
    </div>
  );
}
