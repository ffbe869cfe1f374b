/** What somebody changes about the own account: password, sessions, second factor. */
import { callEmpty, callJson, type Call, type CallOptions } from "../call.ts";
import type { SignedInDevice, TotpSecret } from "../wire.ts";

export type OwnAccountCalls = ReturnType<typeof createOwnAccountCalls>;

export function createOwnAccountCalls(call: Call) {
  const post = <T>(path: string, { signal, ...json }: CallOptions & object) =>
    callJson<T>(call, { method: "POST", path, json, signal });

  return {
    /** Every other session ends, with `endTokens` API tokens too. Throws `sign-in-failed` for a wrong current password. */
    async changePassword({
      signal,
      ...json
    }: CallOptions & {
      currentPassword?: string | undefined;
      newPassword: string;
      endTokens?: boolean | undefined;
    }): Promise<void> {
      await callEmpty(call, { signal, method: "PUT", path: "/me/password", json });
    },

    async listSessions(options: CallOptions = {}): Promise<SignedInDevice[]> {
      const request = { ...options, method: "GET", path: "/me/sessions" };
      return (await callJson<{ items: SignedInDevice[] }>(call, request)).items;
    },

    async endSession(id: string, options: CallOptions = {}): Promise<void> {
      const path = `/me/sessions/${encodeURIComponent(id)}`;
      await callEmpty(call, { ...options, method: "DELETE", path });
    },

    async endOtherSessions(options: CallOptions = {}): Promise<void> {
      await callEmpty(call, { ...options, method: "DELETE", path: "/me/sessions" });
    },

    /** In force only after `confirmTotp`. */
    beginTotp: (input: CallOptions & { password?: string | undefined }) =>
      post<TotpSecret>("/me/totp", input),

    /** The recovery codes, shown this once. */
    async confirmTotp(input: CallOptions & { code: string }): Promise<string[]> {
      return (await post<{ recoveryCodes: string[] }>("/me/totp/confirm", input)).recoveryCodes;
    },

    async disableTotp({
      signal,
      ...json
    }: CallOptions & { password?: string | undefined }): Promise<void> {
      await callEmpty(call, { signal, method: "POST", path: "/me/totp/disable", json });
    },
  };
}
