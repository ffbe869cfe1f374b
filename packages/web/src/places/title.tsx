import type { Services } from "../services.ts";
import type { NodeListState } from "../files/node-list.ts";
import { isOthers } from "../files/grant.ts";
import { useText } from "../text/text.tsx";
import { Icon } from "../ui/icon.tsx";
import { rootPlace, type Place } from "./place.ts";
import { PlaceLink } from "./place-link.tsx";
import { SharedTabs } from "./shared-tabs.tsx";

/** Where one is: the way to the open folder, or what else is shown. */
export function Title({ services, state }: { services: Services; state: NodeListState }) {
  const { t } = useText();
  const { place, folder } = state;
  if (place.kind === "shared") return <SharedTabs services={services} current="shared" />;
  if (folder === null || (folder.path.length === 0 && !isOthers(folder))) {
    return <h1 className="title">{titleOf(place, t.places)}</h1>;
  }
  const isShared = isOthers(folder);
  return (
    <nav className="crumbs" aria-label={t.places.path}>
      <ol>
        {isShared && (
          <li>
            <PlaceLink
              className="crumb"
              navigation={services.navigation}
              place={{ kind: "shared" }}
            >
              {t.places.shared}
            </PlaceLink>
            <Icon name="chevronRight" />
          </li>
        )}
        {folder.path.map(({ id, name }, index) => (
          <li key={id}>
            <PlaceLink
              className="crumb"
              navigation={services.navigation}
              place={index === 0 && !isShared ? rootPlace : { kind: "folder", id }}
            >
              {index === 0 && !isShared ? t.places.root : name}
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
  texts: Record<"root" | Exclude<Place["kind"], "folder" | "search">, string> & {
    results: (text: string) => string;
  },
): string {
  if (place.kind === "search") return texts.results(place.text);
  return texts[place.kind === "folder" ? "root" : place.kind];
}
