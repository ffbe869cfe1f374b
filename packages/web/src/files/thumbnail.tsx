import { useEffect, useState } from "react";
import { Icon, iconFor } from "../ui/icon.tsx";
import { isFolder, type Item } from "./item.ts";

const PICTURES = /^image\/(jpeg|png|webp|gif|avif)$/;
/** The server makes a picture's when it is first asked for. */
const RETRY_MS = 2_500;
const MAX_TRIES = 4;

/** The picture itself where there is one, else what kind of thing it is. */
export function Thumbnail({ item }: { item: Item }) {
  const [tries, setTries] = useState(0);
  const [hasFailed, setHasFailed] = useState(false);
  const canShow = PICTURES.test(item.mediaType ?? "") && tries < MAX_TRIES;
  useEffect(() => {
    if (!hasFailed) return;
    const timer = setTimeout(() => {
      setHasFailed(false);
      setTries((count) => count + 1);
    }, RETRY_MS);
    return () => clearTimeout(timer);
  }, [hasFailed]);
  if (!canShow || hasFailed) {
    return (
      <span className="thumbnail" data-kind={item.kind}>
        <Icon name={isFolder(item) ? "folder" : iconFor(item.mediaType ?? null)} />
      </span>
    );
  }
  const address = `/api/v1/files/${encodeURIComponent(item.id)}/thumbnail?size=256&v=${item.version ?? 1}`;
  return (
    <span className="thumbnail">
      <img src={address} alt="" draggable={false} onError={() => setHasFailed(true)} />
    </span>
  );
}
