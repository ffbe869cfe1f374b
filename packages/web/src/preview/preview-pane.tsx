import { useEffect, useRef, type ReactNode } from "react";
import type { Item } from "../files/item.ts";
import { useText } from "../text/text.tsx";
import { IconButton } from "../ui/icon-button.tsx";
import { isTyping } from "../ui/is-typing.ts";
import { Preview } from "./preview.tsx";
import type { PreviewSource } from "./preview-source.ts";

interface PreviewPaneProps {
  item: Item;
  source: PreviewSource;
  /** The files beside it, in the order of the list; null at an end. */
  before: Item | null;
  after: Item | null;
  onShow: (item: Item) => void;
  onClose: () => void;
  /** Of the heading: what is shared has one of its own above it. */
  level?: 1 | 2;
  /** What can be done with it. */
  children?: ReactNode;
}

/** One file in the place of the list; Escape leads back, the arrows to its neighbours. */
export function PreviewPane(props: PreviewPaneProps) {
  const { item, source, before, after, onShow, onClose, level = 1, children } = props;
  const { t, format } = useText();
  usePreviewKeys(props);
  return (
    <section className="preview" aria-label={item.name}>
      <div className="preview-head">
        <IconButton icon="chevronLeft" label={t.preview.back} onClick={onClose} />
        <div className="preview-title">
          <Heading key={item.id} name={item.name} level={level} />
          <p className="preview-facts">
            {item.size !== undefined && `${format.bytes(item.size)} · `}
            <time dateTime={item.modifiedAt} title={format.dateTime(item.modifiedAt)}>
              {format.date(item.modifiedAt)}
            </time>
          </p>
        </div>
        <div className="preview-actions">{children}</div>
      </div>
      <div className="preview-body">
        <Preview key={`${item.id} ${item.version ?? 0}`} item={item} source={source} />
        {before !== null && (
          <IconButton
            className="preview-step preview-before"
            icon="chevronLeft"
            label={t.preview.before(before.name)}
            onClick={() => onShow(before)}
          />
        )}
        {after !== null && (
          <IconButton
            className="preview-step preview-after"
            icon="chevronRight"
            label={t.preview.after(after.name)}
            onClick={() => onShow(after)}
          />
        )}
      </div>
    </section>
  );
}

/** It takes the focus over from the list, and from the file before. */
function Heading({ name, level }: { name: string; level: 1 | 2 }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const Level = `h${level}` as const;
  return (
    <Level ref={heading} tabIndex={-1} title={name}>
      {name}
    </Level>
  );
}

function usePreviewKeys({ before, after, onShow, onClose }: PreviewPaneProps): void {
  useEffect(() => {
    function onKeyDown(event: KeyboardEvent): void {
      const { target, key } = event;
      const isElsewhere = event.defaultPrevented || isTyping(target);
      if (isElsewhere || event.altKey || event.ctrlKey || event.metaKey) return;
      // The arrows move within what plays.
      const isPlayer = target instanceof HTMLMediaElement;
      if (key === "Escape") onClose();
      else if (key === "ArrowLeft" && before !== null && !isPlayer) onShow(before);
      else if (key === "ArrowRight" && after !== null && !isPlayer) onShow(after);
      else return;
      event.preventDefault();
    }
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, [before, after, onShow, onClose]);
}
