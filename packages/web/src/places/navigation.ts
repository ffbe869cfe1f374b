import { createStore, type Store } from "../state/store.ts";
import { formatPlace, isSamePlace, parsePlace, type Place } from "./place.ts";

/** Where the page is. */
export interface Navigation extends Store<Place> {
  go(place: Place): void;
  /** The same step for the browser's back: what is typed into the search is one place, not one a letter. */
  replace(place: Place): void;
}

export function createNavigation(): Navigation {
  const store = createStore<Place>(parsePlace(location));
  addEventListener("popstate", () => store.set(parsePlace(location)));

  return {
    ...store,
    go(place) {
      if (!isSamePlace(place, store.get())) history.pushState(null, "", formatPlace(place));
      store.set(place);
    },
    replace(place) {
      history.replaceState(null, "", formatPlace(place));
      store.set(place);
    },
  };
}
