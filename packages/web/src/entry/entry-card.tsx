import type { ReactNode, SubmitEvent } from "react";
import { useText } from "../text/text.tsx";
import type { Failure } from "../transfers/failure.ts";
import { LanguageSwitch } from "../ui/language-switch.tsx";
import { Logo } from "../ui/logo.tsx";
import { useFileDrop } from "../ui/use-file-drop.ts";

const ignoreDrop = (): void => undefined;

interface EntryCardProps {
  title: string;
  lead: string;
  submit: string;
  isBusy: boolean;
  failure: Failure | null;
  onSubmit: (event: SubmitEvent<HTMLFormElement>) => void;
  children: ReactNode;
  /** Other ways, below the button. */
  after?: ReactNode;
}

export function EntryCard(props: EntryCardProps) {
  const { title, lead, submit, isBusy, failure, onSubmit, children, after } = props;
  const { t, format } = useText();
  // Otherwise the browser would leave the page to show what is dropped on it.
  useFileDrop(ignoreDrop);
  return (
    <main className="sign-in">
      <form className="sign-in-card" onSubmit={onSubmit} noValidate>
        <Logo />
        <h1>{title}</h1>
        <p className="sign-in-lead">{lead}</p>
        <div className="sign-in-fields">{children}</div>
        <p className="sign-in-trouble" role="alert">
          {failure !== null && t.explain(failure, format)}
        </p>
        <button type="submit" className="button primary wide" aria-busy={isBusy}>
          {submit}
        </button>
        {after}
      </form>
      <footer className="sign-in-foot">
        <LanguageSwitch />
        <a href="/api/docs">{t.entry.docs}</a>
      </footer>
    </main>
  );
}
