import type { Client, ServerInfo } from "@sampan/sdk";
import { createStore, type Store } from "../state/store.ts";
import { createThrottle } from "../state/throttle.ts";

/** What the server says of itself and of the account, such as how much of that is used; null until it has said so. */
export interface ServerInfoStore extends Store<ServerInfo | null> {
  /** Asks soon; many calls make one question. */
  refresh(): void;
  leave(): void;
}

const REFRESH_MS = 1_500;

export function createServerInfo(client: Pick<Client, "getServerInfo">): ServerInfoStore {
  const store = createStore<ServerInfo | null>(null);
  let visit = 0;

  async function load(): Promise<void> {
    const asked = visit;
    // The old figure stays: what is wrong with the server, the list says already.
    const info = await client.getServerInfo().catch(() => null);
    if (info !== null && asked === visit) store.set(info);
  }

  return {
    ...store,
    refresh: createThrottle(() => void load(), REFRESH_MS),
    leave() {
      visit += 1;
      store.set(null);
    },
  };
}
