import type { Client, ServerInfo } from "@sampan/sdk";
import { createStore, type Store } from "../state/store.ts";
import { createThrottle } from "../state/throttle.ts";

export type Account = ServerInfo["account"];

/** How much of the account is used; null until the server has said so. */
export interface Usage extends Store<Account | null> {
  /** Asks soon; many calls make one question. */
  refresh(): void;
  leave(): void;
}

const REFRESH_MS = 1_500;

export function createUsage(client: Pick<Client, "getServerInfo">): Usage {
  const store = createStore<Account | null>(null);
  let visit = 0;

  async function load(): Promise<void> {
    const asked = visit;
    // The old figure stays: what is wrong with the server, the list says already.
    const info = await client.getServerInfo().catch(() => null);
    if (info !== null && asked === visit) store.set(info.account);
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
