import type { User } from "@sampan/sdk";
import { createStore, type Store } from "../state/store.ts";

/**
 * Who is signed in. The session itself is in cookies that no script sees; the server says whose it is.
 *
 *   asking → signed-in | signed-out   the server's answer; `isLate` while it cannot be reached
 *   signed-out → signed-in            by a form, a link or a provider
 *   signed-in → signed-out            by the person, or because the server knows the session no more (`wasRefused`)
 *   signed-in → signed-in             another account, signed in to in another tab
 */
export type SessionState =
  | { readonly kind: "asking"; readonly isLate: boolean }
  | { readonly kind: "signed-out"; readonly wasRefused: boolean }
  | { readonly kind: "signed-in"; readonly user: User };

export interface Session extends Store<SessionState> {
  enter(user: User): void;
  leave(options: { wasRefused: boolean }): void;
  noteLate(): void;
  /** Changes whenever somebody comes or goes: an answer to an earlier visit's request says nothing about this one. */
  readonly visit: number;
}

export function createSession(): Session {
  const store = createStore<SessionState>({ kind: "asking", isLate: false });
  let visit = 0;
  return {
    ...store,
    get visit() {
      return visit;
    },
    enter(user) {
      visit += 1;
      store.set({ kind: "signed-in", user });
    },
    leave({ wasRefused }) {
      visit += 1;
      store.set({ kind: "signed-out", wasRefused });
    },
    noteLate() {
      if (store.get().kind === "asking") store.set({ kind: "asking", isLate: true });
    },
  };
}
