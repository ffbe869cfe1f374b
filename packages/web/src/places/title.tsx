import type { Services } from "../services.ts";
import type { NodeListState } from "../files/node-list.ts";
import { useText } from "../text/text.tsx";
import { Icon } from "../ui/icon.tsx";
import { rootPlace, type Place } from "./place.ts";
import { PlaceLink } from "./place-link.tsx";

/** Where one is: the way to the open folder, or what else is shown. */
export function Title({ services, state }: { services: Services; state: NodeListState }) {
  const { t } = useText();
  const { place, folder } = state;
  if (folder === null || folder.path.length === 0) {
    return <h1 className="title">{titleOf(place, t.places)}</h1>;
  }
  return (
    <nav className="crumbs" aria-label={t.places.path}>
      <ol>
        {folder.path.map(({ id, name }, index) => (
          <li key={id}>
            <PlaceLink
              className="crumb"
              navigation={services.navigation}
              place={index === 0 ? rootPlace : { kind: "folder", id }}
            >
              {index === 0 ? t.places.root : name}
            </PlaceLink>
            <Icon name="chevronRight" />
          </li>
        ))}
        <li aria-current="page">
          <h1 className="title">{folder.name}</h1>
        </li>
      </ol>
    </nav>
  );
}

function titleOf(
  place: Place,
  texts: Record<"root" | "recent" | "starred" | "trash" | "account", string> & {
    results: (text: string) => string;
  },
): string {
  if (place.kind === "search") return texts.results(place.text);
  return texts[place.kind === "folder" ? "root" : place.kind];
}
