import { useText } from "../text/text.tsx";
import { useWords } from "../text/words.ts";
import type { Failure } from "../transfers/failure.ts";
import { Icon, type IconName } from "../ui/icon.tsx";
import type { LinkVisit } from "./link-visit.ts";
import { visitorWords } from "./words.ts";

/** Why there is nothing to see, and whether waiting helps. */
export function Closed({ visit, failure }: { visit: LinkVisit; failure: Failure }) {
  const { t, format } = useText();
  const words = useWords(visitorWords);
  const why = t.explain(failure, format);
  switch (failure.code) {
    case "shared-link-not-found":
      return <Notice icon="ended" {...words.gone} />;
    case "downloads-spent":
      return <Notice icon="download" {...words.spent} />;
    case "too-many-attempts":
      return <Notice icon="clock" title={words.wait.title} lead={why} visit={visit} />;
    default:
      return <Notice icon="alert" title={words.failed.title} lead={why} visit={visit} />;
  }
}

interface NoticeProps {
  icon: IconName;
  title: string;
  lead: string;
  /** Where trying again may help. */
  visit?: LinkVisit;
}

function Notice({ icon, title, lead, visit }: NoticeProps) {
  const words = useWords(visitorWords);
  return (
    <main className="visitor-card-place">
      <div className="visitor-card" role="alert">
        <span className="visitor-sign">
          <Icon name={icon} />
        </span>
        <h1>{title}</h1>
        <p>{lead}</p>
        {visit !== undefined && (
          <button type="button" className="button wide" onClick={() => void visit.refresh()}>
            {words.tryAgain}
          </button>
        )}
      </div>
    </main>
  );
}
