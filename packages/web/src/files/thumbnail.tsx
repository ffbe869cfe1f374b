import { Icon, iconFor } from "../ui/icon.tsx";
import { useTriedPicture } from "../ui/use-tried-picture.ts";
import { isFolder, type Item } from "./item.ts";

const PICTURES = /^image\/(jpeg|png|webp|gif|avif)$/;

/** The picture itself where there is one, else what kind of thing it is. */
export function Thumbnail({ item, address }: { item: Item; address: string }) {
  const { isWaiting, hasGivenUp, onError } = useTriedPicture();
  if (!PICTURES.test(item.mediaType ?? "") || isWaiting || hasGivenUp) {
    return (
      <span className="thumbnail" data-kind={item.kind}>
        <Icon name={isFolder(item) ? "folder" : iconFor(item.mediaType ?? null)} />
      </span>
    );
  }
  return (
    <span className="thumbnail">
      <img src={address} alt="" draggable={false} onError={onError} />
    </span>
  );
}
