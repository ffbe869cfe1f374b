import type { Item } from "../files/item.ts";
import { useText } from "../text/text.tsx";
import { Icon, iconFor } from "../ui/icon.tsx";

export function NoPreview({ item }: { item: Item }) {
  const { t, format } = useText();
  return (
    <div className="preview-none">
      <span className="thumbnail" data-kind={item.kind}>
        <Icon name={iconFor(item.mediaType ?? null)} />
      </span>
      <p>{t.preview.none}</p>
      {item.size !== undefined && <p className="preview-facts">{format.bytes(item.size)}</p>}
    </div>
  );
}
