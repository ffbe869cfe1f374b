import { useWords } from "../text/words.ts";
import { LanguageSwitch } from "../ui/language-switch.tsx";
import { Logo } from "../ui/logo.tsx";
import { visitorWords } from "./words.ts";

export function VisitorTop() {
  const words = useWords(visitorWords);
  return (
    <header className="visitor-top">
      <a className="brand" href="/">
        <Logo />
        <span>Sampan</span>
      </a>
      <div className="top-rest">
        <LanguageSwitch />
        <a className="button quiet" href="/">
          {words.toDrive}
        </a>
      </div>
    </header>
  );
}
