import type { ComponentProps } from "react";
import type { Navigation } from "./navigation.ts";
import type { Place } from "./place.ts";

interface PlaceLinkProps extends Omit<ComponentProps<"a">, "href" | "onClick"> {
  place: Place;
  navigation: Navigation;
}

/* oxlint-disable jsx-a11y/anchor-has-content -- whoever uses it brings the content */
/** A real link: it opens in another tab like any other. */
export function PlaceLink({ place, navigation, ...rest }: PlaceLinkProps) {
  return (
    <a
      {...rest}
      href={navigation.addressOf(place)}
      onClick={(event) => {
        const isForBrowser = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
        if (isForBrowser || event.button !== 0) return;
        event.preventDefault();
        navigation.go(place);
      }}
    />
  );
}
