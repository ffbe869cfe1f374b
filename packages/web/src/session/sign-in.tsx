import { useEffect, useId, useRef, useState, type SubmitEvent } from "react";
import { useText } from "../text/text.tsx";
import { toFailure, type Failure } from "../transfers/failure.ts";
import { LanguageSwitch } from "../ui/language-switch.tsx";
import { Logo } from "../ui/logo.tsx";
import { useFileDrop } from "../ui/use-file-drop.ts";
import { isTokenAccepted } from "./connect.ts";
import type { Session } from "./session.ts";

const ignoreDrop = (): void => undefined;

type Trouble = { kind: "empty" | "wrong" | "refused" } | { kind: "failed"; failure: Failure };

interface SignInProps {
  session: Session;
  /** The server no longer accepted the token that was in use. */
  wasRefused: boolean;
}

export function SignIn({ session, wasRefused }: SignInProps) {
  const { t } = useText();
  const [trouble, setTrouble] = useState<Trouble | null>(wasRefused ? { kind: "refused" } : null);
  const [isBusy, setIsBusy] = useState(false);
  const [isKept, setIsKept] = useState(false);
  const tokenInput = useRef<HTMLInputElement>(null);
  const troubleId = useId();
  // Otherwise the browser would leave the page to show what is dropped on it.
  useFileDrop(ignoreDrop);
  // The one thing that can be done here.
  useEffect(() => tokenInput.current?.focus(), []);

  async function signIn(token: string): Promise<Trouble | null> {
    if (token === "") return { kind: "empty" };
    try {
      if (!(await isTokenAccepted(token))) return { kind: "wrong" };
    } catch (error) {
      return { kind: "failed", failure: toFailure(error) };
    }
    session.signIn(token, { keep: isKept });
    return null;
  }

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (isBusy) return;
    setIsBusy(true);
    const found = await signIn(tokenInput.current?.value.trim() ?? "");
    setIsBusy(false);
    setTrouble(found);
    if (found !== null) tokenInput.current?.select();
  }

  return (
    <main className="sign-in">
      <form className="sign-in-card" onSubmit={(event) => void submit(event)} noValidate>
        <Logo />
        <h1>Sampan</h1>
        <p className="sign-in-lead">{t.signIn.lead}</p>
        <input type="text" name="username" autoComplete="username" value="owner" readOnly hidden />
        <TokenField inputRef={tokenInput} hasTrouble={trouble !== null} troubleId={troubleId} />
        <p className="sign-in-help">
          {t.signIn.help} <code>sampan admin token</code>
        </p>
        <p className="sign-in-trouble" id={troubleId} role="alert">
          {trouble !== null && <TroubleText trouble={trouble} />}
        </p>
        <label className="check">
          <input
            type="checkbox"
            checked={isKept}
            onChange={(event) => setIsKept(event.target.checked)}
          />
          {t.signIn.keep}
        </label>
        <button type="submit" className="button primary wide" aria-busy={isBusy}>
          {t.signIn.submit}
        </button>
      </form>
      <footer className="sign-in-foot">
        <LanguageSwitch />
        <a href="/api/docs">{t.signIn.docs}</a>
      </footer>
    </main>
  );
}

function TroubleText({ trouble }: { trouble: Trouble }) {
  const { t, format } = useText();
  return trouble.kind === "failed" ? t.explain(trouble.failure, format) : t.signIn[trouble.kind];
}

interface TokenFieldProps {
  inputRef: React.RefObject<HTMLInputElement | null>;
  hasTrouble: boolean;
  troubleId: string;
}

function TokenField({ inputRef, hasTrouble, troubleId }: TokenFieldProps) {
  const { t } = useText();
  const [isShown, setIsShown] = useState(false);
  const inputId = useId();
  return (
    <div className="field">
      <label htmlFor={inputId}>{t.signIn.token}</label>
      <div className="field-box">
        <input
          ref={inputRef}
          id={inputId}
          type={isShown ? "text" : "password"}
          name="token"
          autoComplete="current-password"
          autoCapitalize="off"
          spellCheck={false}
          placeholder="sampan_…"
          aria-invalid={hasTrouble}
          aria-describedby={troubleId}
        />
        <button
          type="button"
          className="button quiet small"
          aria-pressed={isShown}
          onClick={() => setIsShown(!isShown)}
        >
          {isShown ? t.signIn.hide : t.signIn.show}
        </button>
      </div>
    </div>
  );
}
