import type { NodeListState } from "../files/node-list.ts";
import type { Navigation } from "../places/navigation.ts";
import { PlaceLink } from "../places/place-link.tsx";
import { rootPlace } from "../places/place.ts";
import { useText } from "../text/text.tsx";
import { Icon } from "../ui/icon.tsx";

interface VisitorCrumbsProps {
  navigation: Navigation;
  state: NodeListState;
  topName: string;
}

/** From what is shared to the open folder; nothing above it is told. */
export function VisitorCrumbs({ navigation, state: { folder }, topName }: VisitorCrumbsProps) {
  const { t } = useText();
  if (folder === null || folder.path.length === 0) return null;
  return (
    <nav className="crumbs" aria-label={t.places.path}>
      <ol>
        {folder.path.map(({ id, name }, index) => (
          <li key={id}>
            <PlaceLink
              className="crumb"
              navigation={navigation}
              place={index === 0 ? rootPlace : { kind: "folder", id }}
            >
              {index === 0 ? topName : name}
            </PlaceLink>
            <Icon name="chevronRight" />
          </li>
        ))}
        <li aria-current="page">
          <h2 className="title">{folder.name}</h2>
        </li>
      </ol>
    </nav>
  );
}
