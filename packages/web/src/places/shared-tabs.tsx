import { PlaceLink } from "./place-link.tsx";
import type { Services } from "../services.ts";
import { useText } from "../text/text.tsx";

const tabs = ["shared", "shares"] as const;

/** The two sides of sharing, each with an address of its own. */
export function SharedTabs({
  services,
  current,
}: {
  services: Pick<Services, "navigation">;
  current: (typeof tabs)[number];
}) {
  const { t } = useText();
  return (
    <>
      <h1 className="visually-hidden">{t.places[current]}</h1>
      <nav className="tabs" aria-label={t.places.sharedPlaces}>
        {tabs.map((kind) => (
          <PlaceLink
            key={kind}
            className="tab"
            place={{ kind }}
            navigation={services.navigation}
            aria-current={kind === current ? "page" : undefined}
          >
            {t.places[kind]}
          </PlaceLink>
        ))}
      </nav>
    </>
  );
}
