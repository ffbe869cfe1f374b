import type { User } from "@sampan/sdk";
import { isOthers } from "../files/grant.ts";
import { UsageMeter } from "../files/usage-meter.tsx";
import type { Services } from "../services.ts";
import { useStore } from "../state/use-store.ts";
import { useText } from "../text/text.tsx";
import { Icon, type IconName } from "../ui/icon.tsx";
import { rootPlace, type Place } from "./place.ts";
import { PlaceLink } from "./place-link.tsx";

type SideKind = "root" | "shared" | "recent" | "starred" | "trash" | "fetches" | "people";

const places: readonly (readonly [SideKind, Place, IconName])[] = [
  ["root", rootPlace, "folder"],
  ["shared", { kind: "shared" }, "people"],
  ["recent", { kind: "recent" }, "clock"],
  ["starred", { kind: "starred" }, "star"],
  ["trash", { kind: "trash" }, "trash"],
  ["fetches", { kind: "fetches" }, "cloudDown"],
  ["people", { kind: "people" }, "personGear"],
];

const noDrive = { root: false, recent: false, starred: false, trash: false } as const;

/** The places, at the left; on a phone, above the list. */
export function Side({ services, user }: { services: Services; user: User }) {
  const { t } = useText();
  const { navigation } = services;
  const current = useSideKind(services);
  const server = useStore(services.serverInfo);
  const isShown: Partial<Record<SideKind, boolean>> = {
    // Where the owner has not turned it on, it is in nobody's way.
    fetches: current === "fetches" || server?.offlineDownloads?.isAllowed === true,
    people: user.role === "owner" || user.role === "admin",
    // A guest has no drive, only what is shared with them.
    ...(user.role === "guest" ? noDrive : {}),
  };
  return (
    <div className="side">
      <nav aria-label={t.places.label}>
        <ul>
          {places.map(
            ([name, place, icon]) =>
              isShown[name] !== false && (
                <li key={name} ref={name === current ? reveal : undefined}>
                  <PlaceLink
                    className="side-link"
                    place={place}
                    navigation={navigation}
                    aria-current={name === current ? "page" : undefined}
                  >
                    <Icon name={icon} />
                    <span>{t.places[name]}</span>
                  </PlaceLink>
                </li>
              ),
          )}
        </ul>
      </nav>
      <UsageMeter serverInfo={services.serverInfo} />
    </div>
  );
}

/** On a phone they are in a row that is longer than the screen. */
function reveal(line: HTMLLIElement | null): void {
  line?.scrollIntoView({ inline: "nearest", block: "nearest" });
}

/** A folder that somebody else shares lies with the others of theirs. */
function useSideKind({ navigation, files }: Services): SideKind | null {
  const { kind } = useStore(navigation);
  const { folder } = useStore(files);
  switch (kind) {
    case "folder":
      return folder !== null && isOthers(folder) ? "shared" : "root";
    case "shares":
      return "shared";
    case "search":
    case "account":
      return null;
    case "shared":
    case "recent":
    case "starred":
    case "trash":
    case "fetches":
    case "people":
      return kind;
  }
}
