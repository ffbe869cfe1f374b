import { createStore, type Store } from "../state/store.ts";
import {
  addShownFile,
  driveAddresses,
  isSamePlace,
  parseShownFile,
  type Addresses,
  type Place,
} from "./place.ts";

/** Where the page is. */
export interface Navigation extends Store<Place> {
  go(place: Place): void;
  /** The same step for the browser's back: what is typed into the search is one place, not one a letter. */
  replace(place: Place): void;
  /** The file that is looked at; the place stays behind it. */
  readonly file: Store<string | null>;
  showFile(id: string): void;
  addressOf(place: Place): string;
  /** Back to the list: also a step back in the browser, where looking was a step forward. */
  closeFile(): void;
}

/** Of the history entries that began here; one that was opened by its address has none before it. */
const looking = { isLooking: true };

export function createNavigation(addresses: Addresses = driveAddresses): Navigation {
  const store = createStore<Place>(addresses.parse(location));
  const formatShown = (place: Place, fileId: string | null): string =>
    addShownFile(addresses.format(place), fileId);
  const file = createStore<string | null>(parseShownFile(location.search));
  addEventListener("popstate", () => {
    const place = addresses.parse(location);
    file.set(parseShownFile(location.search));
    if (!isSamePlace(place, store.get())) store.set(place);
  });

  return {
    ...store,
    file,
    addressOf: addresses.format,
    go(place) {
      const address = formatShown(place, null);
      if (address !== location.pathname + location.search) history.pushState(null, "", address);
      file.set(null);
      store.set(place);
    },
    replace(place) {
      history.replaceState(null, "", formatShown(place, null));
      file.set(null);
      store.set(place);
    },
    showFile(id) {
      const address = formatShown(store.get(), id);
      if (file.get() === null) history.pushState(looking, "", address);
      else history.replaceState(history.state, "", address);
      file.set(id);
    },
    closeFile() {
      if ((history.state as typeof looking | null)?.isLooking === true) {
        history.back();
        return;
      }
      history.replaceState(null, "", formatShown(store.get(), null));
      file.set(null);
    },
  };
}
