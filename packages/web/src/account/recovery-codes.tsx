import { useEffect, useRef } from "react";
import { useWords } from "../text/words.ts";
import { copyText } from "../ui/copy-text.ts";
import { useText } from "../text/text.tsx";
import { useFlash } from "../ui/use-flash.ts";
import { accountWords } from "./words.ts";

interface RecoveryCodesProps {
  codes: readonly string[];
  name: string;
  onDone: () => void;
}

/** The only time that they are shown. */
export function RecoveryCodes({ codes, name, onDone }: RecoveryCodesProps) {
  const { t } = useText();
  const words = useWords(accountWords);
  const heading = useRef<HTMLHeadingElement>(null);
  const [isCopied, noteCopied] = useFlash();
  useEffect(() => heading.current?.focus(), []);
  const text = codes.join("\n");

  function save(): void {
    const url = URL.createObjectURL(new Blob([`Sampan, ${name}\n\n${text}\n`]));
    const link = document.createElement("a");
    link.href = url;
    link.download = `sampan-recovery-codes-${name}.txt`;
    link.click();
    URL.revokeObjectURL(url);
  }
  return (
    <>
      <h3 ref={heading} tabIndex={-1}>
        {words.recoveryTitle}
      </h3>
      <p>{words.recoveryLead}</p>
      <ol className="recovery-codes">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ol>
      <div className="button-row">
        <button type="button" className="button" onClick={save}>
          {words.recoverySave}
        </button>
        <button
          type="button"
          className="button"
          onClick={() => void copyText(text).then((isDone) => isDone && noteCopied())}
        >
          <span aria-live="polite">{isCopied ? t.ui.copied : words.recoveryCopy}</span>
        </button>
        <button type="button" className="button primary" onClick={onDone}>
          {words.done}
        </button>
      </div>
    </>
  );
}
