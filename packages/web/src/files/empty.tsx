import { useText } from "../text/text.tsx";
import { Icon } from "../ui/icon.tsx";

export function EmptyDrive({ onChoose }: { onChoose: () => void }) {
  const { t } = useText();
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

export function NoMatch({ prefix }: { prefix: string }) {
  const { t } = useText();
  return <output className="no-match">{t.files.noMatch(prefix)}</output>;
}
