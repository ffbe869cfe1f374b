import type { Keep } from "../state/keep.ts";
import { createStore, type Store } from "../state/store.ts";

/**
 * Who is signed in.
 *
 *   signed-out → signed-in   a token that the server accepted
 *   signed-in → signed-out   by the person, or because the server refuses the token (`wasRefused`)
 */
export type SessionState =
  | { readonly kind: "signed-out"; readonly wasRefused: boolean }
  | { readonly kind: "signed-in"; readonly token: string };

export interface Session extends Store<SessionState> {
  /** Empty while nobody is signed in. */
  token(): string;
  signIn(token: string, options: { keep: boolean }): void;
  signOut(): void;
  /** The server answered 401 to this token. */
  noteRefused(token: string): void;
}

const KEY = "sampan.token";

/** `tab` forgets with the tab, `device` keeps. */
export function createSession({ tab, device }: { tab: Keep; device: Keep }): Session {
  const kept = tab.read(KEY) ?? device.read(KEY);
  const store = createStore<SessionState>(
    kept === null ? { kind: "signed-out", wasRefused: false } : { kind: "signed-in", token: kept },
  );

  function token(): string {
    const state = store.get();
    return state.kind === "signed-in" ? state.token : "";
  }
  function leave(wasRefused: boolean): void {
    tab.write(KEY, null);
    device.write(KEY, null);
    store.set({ kind: "signed-out", wasRefused });
  }

  return {
    ...store,
    token,
    signIn(next, { keep }) {
      tab.write(KEY, keep ? null : next);
      device.write(KEY, keep ? next : null);
      store.set({ kind: "signed-in", token: next });
    },
    signOut: () => leave(false),
    // A late answer to an earlier token says nothing about the present one.
    noteRefused(refused) {
      if (refused !== "" && refused === token()) leave(true);
    },
  };
}
