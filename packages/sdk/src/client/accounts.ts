import { callEmpty, callJson, type Call, type CallOptions } from "../call.ts";
import type { ApiToken, Me, NewApiToken, SignedIn } from "../wire.ts";

export interface SignInInput extends CallOptions {
  name: string;
  password: string;
  /** Six digits of the second factor, or a recovery code. */
  totp?: string | undefined;
}

export type AccountCalls = ReturnType<typeof createAccountCalls>;

export function createAccountCalls(call: Call) {
  return {
    /** The tokens are for `createSession`, which keeps them fresh. */
    logIn({ signal, ...json }: SignInInput) {
      return callJson<SignedIn>(call, { signal, method: "POST", path: "/auth/login", json });
    },

    signUp({
      signal,
      ...json
    }: CallOptions & { name: string; password: string; invitation?: string | undefined }) {
      return callJson<SignedIn>(call, { signal, method: "POST", path: "/auth/signup", json });
    },

    /** Uses the refresh token up; the answer holds its successor. */
    refresh(refreshToken: string, options: CallOptions = {}) {
      const json = { refreshToken };
      return callJson<SignedIn>(call, { ...options, method: "POST", path: "/auth/refresh", json });
    },

    /** Ends the session; also when it was over. */
    async logOut(refreshToken: string, options: CallOptions = {}): Promise<void> {
      const json = { refreshToken };
      await callEmpty(call, { ...options, method: "POST", path: "/auth/logout", json });
    },

    getMe(options: CallOptions = {}) {
      return callJson<Me>(call, { ...options, method: "GET", path: "/me" });
    },

    async listTokens(options: CallOptions = {}): Promise<ApiToken[]> {
      const request = { ...options, method: "GET", path: "/me/tokens" };
      return (await callJson<{ items: ApiToken[] }>(call, request)).items;
    },

    /** The token itself is in this answer and nowhere else. */
    createToken({ signal, ...json }: NewApiToken & CallOptions) {
      const request = { signal, method: "POST", path: "/me/tokens", json };
      return callJson<ApiToken & { token: string }>(call, request);
    },

    async revokeToken(id: string, options: CallOptions = {}): Promise<void> {
      const path = `/me/tokens/${encodeURIComponent(id)}`;
      await callEmpty(call, { ...options, method: "DELETE", path });
    },
  };
}
