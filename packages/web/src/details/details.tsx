import { isFolder, type Item } from "../files/item.ts";
import { Thumbnail } from "../files/thumbnail.tsx";
import type { Services } from "../services.ts";
import { useText } from "../text/text.tsx";
import { useWords } from "../text/words.ts";
import { VersionList } from "./version-list.tsx";
import { detailsWords } from "./words.ts";
import "../styles/details.css";

interface DetailsProps {
  services: Services;
  item: Item;
  isOwn: boolean;
}

/** What is known of one thing, and what it was before. */
export function Details({ services, item, isOwn }: DetailsProps) {
  const { format } = useText();
  const words = useWords(detailsWords);
  const { mediaType, size, modifiedAt, createdAt, ownerName, digests } = item;
  const kind = isFolder(item) ? words.folder : (mediaType ?? words.unknownKind);
  const facts: (readonly [string, string | undefined])[] = [
    [words.kind, kind],
    [words.size, size === undefined ? undefined : format.bytes(size)],
    [words.modified, format.dateTime(modifiedAt)],
    [words.created, format.dateTime(createdAt)],
    [words.owner, ownerName],
    [words.digest, digests?.sha256],
  ];
  return (
    <div className="details">
      <div className="details-picture">
        <Thumbnail item={item} address={services.previewSource.thumbnailUrl(item, 256)} />
      </div>
      <dl className="facts">
        {facts.map(
          ([name, value]) =>
            value !== undefined && (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ),
        )}
      </dl>
      {isOwn && !isFolder(item) && (
        <VersionList key={item.version} services={services} item={item} />
      )}
    </div>
  );
}
