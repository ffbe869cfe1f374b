/**
 * Signing in for a page of the server's own: the tokens become cookies that no script can read, and that the server renews by itself. A client
 * without `token` then speaks in the name of whoever is signed in.
 */
import { callEmpty, callJson, type Call, type CallOptions } from "../call.ts";
import type { AuthOptions, User } from "../wire.ts";
import type { SignInInput } from "./accounts.ts";

export interface NewPerson extends CallOptions {
  name: string;
  password: string;
}

export type BrowserSessionCalls = ReturnType<typeof createBrowserSessionCalls>;

export function createBrowserSessionCalls(call: Call) {
  async function enter(path: string, { signal, ...person }: CallOptions & object): Promise<User> {
    const json = { ...person, cookies: true };
    return (await callJson<{ user: User }>(call, { signal, method: "POST", path, json })).user;
  }
  return {
    getAuthOptions: (options: CallOptions = {}) =>
      callJson<AuthOptions>(call, { ...options, method: "GET", path: "/auth/options" }),

    /** Throws `sign-in-failed`, `totp-required` until `totp` is right, `too-many-attempts`. */
    browserLogIn: (person: SignInInput) => enter("/auth/login", person),

    browserSignUp: (person: NewPerson & { invitation?: string | undefined }) =>
      enter("/auth/signup", person),

    /** Names the owner, by the link that a start of the server prints. */
    browserSetUp: (person: NewPerson & { token: string }) => enter("/auth/setup", person),

    /** Ends the session that the cookies are of, and takes them away. */
    async browserLogOut(options: CallOptions = {}): Promise<void> {
      await callEmpty(call, { ...options, method: "POST", path: "/auth/logout" });
    },

    /** By an admin's link; every session of the account ends. */
    async resetPassword({
      signal,
      ...json
    }: CallOptions & { token: string; password: string }): Promise<void> {
      await callEmpty(call, { signal, method: "POST", path: "/auth/reset", json });
    },

    /** The address to send the browser to. */
    async beginProvider({
      provider,
      signal,
      ...json
    }: CallOptions & {
      provider: string;
      returnTo?: string | undefined;
      invitation?: string | undefined;
    }): Promise<string> {
      const path = `/auth/oauth/${encodeURIComponent(provider)}`;
      return (await callJson<{ url: string }>(call, { signal, method: "POST", path, json })).url;
    },
  };
}
