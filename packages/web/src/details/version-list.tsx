import type { FileVersion } from "@sampan/sdk";
import type { Item } from "../files/item.ts";
import type { Services } from "../services.ts";
import { useText } from "../text/text.tsx";
import { useWords } from "../text/words.ts";
import { Icon } from "../ui/icon.tsx";
import { useAsked } from "../ui/use-asked.ts";
import { detailsWords } from "./words.ts";

/** What the file was before. Going back to one makes it the newest, so nothing is lost by that. */
export function VersionList({ services, item }: { services: Services; item: Item }) {
  const words = useWords(detailsWords);
  const { client, notices, toasts, files, serverInfo } = services;
  const { answer: versions, change } = useAsked(
    (options) => client.listVersions(item.id, options),
    { notices },
  );

  async function restore(number: number): Promise<void> {
    const isDone = await change(async () => {
      files.note({ placed: [await client.restoreVersion(item.id, number)] });
    });
    serverInfo.refresh();
    if (isDone) toasts.show(({ language }) => detailsWords[language].restored(number));
  }
  if (versions === null) return null;
  return (
    <section className="versions" aria-label={words.versions}>
      <h3>{words.versions}</h3>
      {versions.length < 2 ? (
        <p className="field-hint">{words.noVersions}</p>
      ) : (
        <ul className="lines">
          {versions.map((version) => (
            <VersionLine
              key={version.number}
              item={item}
              version={version}
              onRestore={() => void restore(version.number)}
            />
          ))}
        </ul>
      )}
    </section>
  );
}

interface VersionLineProps {
  item: Item;
  version: FileVersion;
  onRestore: () => void;
}

function VersionLine({ item, version, onRestore }: VersionLineProps) {
  const { format } = useText();
  const words = useWords(detailsWords);
  const { number, size, createdAt, isCurrent } = version;
  const address = `/api/v1/nodes/${encodeURIComponent(item.id)}/versions/${number}/content`;
  return (
    <li className="line">
      <span className="line-what">
        <strong>{isCurrent ? words.current : words.version(number)}</strong>
        <small>
          {format.date(createdAt)} · {format.bytes(size)}
        </small>
      </span>
      <a
        className="icon-button"
        href={address}
        download={item.name}
        aria-label={words.download(number)}
        title={words.download(number)}
      >
        <Icon name="download" />
      </a>
      {!isCurrent && (
        <button
          type="button"
          className="button small"
          aria-label={words.restoreOne(number)}
          onClick={onRestore}
        >
          {words.restore}
        </button>
      )}
    </li>
  );
}
