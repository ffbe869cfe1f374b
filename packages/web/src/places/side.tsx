import { UsageMeter } from "../files/usage-meter.tsx";
import type { Services } from "../services.ts";
import { useStore } from "../state/use-store.ts";
import { useText } from "../text/text.tsx";
import { Icon, type IconName } from "../ui/icon.tsx";
import { rootPlace, type Place } from "./place.ts";
import { PlaceLink } from "./place-link.tsx";

type SideKind = "root" | "recent" | "starred" | "trash";

const places: readonly (readonly [SideKind, Place, IconName])[] = [
  ["root", rootPlace, "folder"],
  ["recent", { kind: "recent" }, "clock"],
  ["starred", { kind: "starred" }, "star"],
  ["trash", { kind: "trash" }, "trash"],
];

/** The places, at the left; on a phone, above the list. */
export function Side({ services }: { services: Services }) {
  const { t } = useText();
  const { navigation } = services;
  const current = useStore(navigation);
  return (
    <div className="side">
      <nav aria-label={t.places.label}>
        <ul>
          {places.map(([name, place, icon]) => (
            <li key={name}>
              <PlaceLink
                className="side-link"
                place={place}
                navigation={navigation}
                aria-current={place.kind === current.kind ? "page" : undefined}
              >
                <Icon name={icon} />
                <span>{t.places[name]}</span>
              </PlaceLink>
            </li>
          ))}
        </ul>
      </nav>
      <UsageMeter usage={services.usage} />
    </div>
  );
}
