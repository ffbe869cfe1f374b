import { rootPlace } from "../places/place.ts";
import type { Services } from "../services.ts";
import { useText } from "../text/text.tsx";
import { Icon } from "../ui/icon.tsx";
import type { NodeListState } from "./node-list.ts";
import { rightsOf } from "./rights.ts";

interface EmptyProps {
  services: Services;
  state: NodeListState;
  onChoose: () => void;
}

/** A place without anything says what it is for; a folder takes files. */
export function Empty({ services, state, onChoose }: EmptyProps) {
  const { place, folder } = state;
  const { t } = useText();
  switch (place.kind) {
    case "search":
      return <output className="no-match">{t.files.noMatch(place.text)}</output>;
    case "trash":
      return <p className="no-match">{t.files.noTrash}</p>;
    case "starred":
      return <p className="no-match">{t.files.noStarred}</p>;
    case "recent":
      return <p className="no-match">{t.files.noRecent}</p>;
    case "shared":
      return <p className="no-match">{t.files.noShared}</p>;
    case "account":
    case "people":
    case "fetches":
    case "shares":
      return null;
    case "folder":
  }
  if (folder === null || folder.trashedAt !== null) {
    return (
      <div className="no-match">
        <p>{t.files.gone}</p>
        <button type="button" className="button" onClick={() => services.navigation.go(rootPlace)}>
          {t.files.toRoot}
        </button>
      </div>
    );
  }
  if (!rightsOf(state).canAdd) return <p className="no-match">{t.files.viewOnly}</p>;
  return (
    <div className="empty">
      <Icon name="upload" />
      <h2>{t.files.emptyTitle}</h2>
      <p>{t.files.emptyText}</p>
      <button type="button" className="button primary" onClick={onChoose}>
        {t.files.choose}
      </button>
    </div>
  );
}
