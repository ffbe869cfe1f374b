/** What somebody changes about the own account: password, sessions, second factor. */
import { callEmpty, callJson, type Call, type CallOptions } from "../call.ts";
import type { LinkedIdentity, SignedInDevice, TotpSecret } from "../wire.ts";

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

    /** New ones; the earlier ones are dead. */
    async replaceRecoveryCodes(
      input: CallOptions & { password?: string | undefined },
    ): Promise<string[]> {
      return (await post<{ recoveryCodes: string[] }>("/me/totp/recovery-codes", input))
        .recoveryCodes;
    },

    async disableTotp({
      signal,
      ...json
    }: CallOptions & { password?: string | undefined }): Promise<void> {
      await callEmpty(call, { signal, method: "POST", path: "/me/totp/disable", json });
    },

    async listIdentities(options: CallOptions = {}): Promise<LinkedIdentity[]> {
      const request = { ...options, method: "GET", path: "/me/identities" };
      return (await callJson<{ items: LinkedIdentity[] }>(call, request)).items;
    },

    /** The address to send the browser to, which comes back to `returnTo`. */
    async linkIdentity(
      provider: string,
      input: CallOptions & { returnTo?: string | undefined },
    ): Promise<string> {
      const path = `/me/identities/${encodeURIComponent(provider)}`;
      return (await post<{ url: string }>(path, input)).url;
    },

    /** Throws `last-sign-in` when nothing else lets in. */
    async unlinkIdentity(id: string, options: CallOptions = {}): Promise<void> {
      const path = `/me/identities/${encodeURIComponent(id)}`;
      await callEmpty(call, { ...options, method: "DELETE", path });
    },
  };
}
