/**
 * Signing in with an account elsewhere: OAuth 2.0 authorization code (RFC 6749 §4.1) with PKCE (RFC 7636), and the practices of RFC 9700.
 *
 * Who somebody is elsewhere is (provider, id there), and nothing else: an e-mail address never leads to an account here, verified or not,
 * because whoever can have an address at a provider could then have the account. Linking is done by whoever is signed in.
 *
 * An attempt is bound to the browser that began it by a cookie, is given out once, and lives ten minutes.
 */
import type { Clock } from "../clock.ts";
import { CoreError, isCoreError } from "../errors.ts";
import { newId } from "../ids.ts";
import type { Account, AccountStore } from "./account-store.ts";
import { parseLoginName } from "./login-name.ts";
import type { Identity, OauthAttempt, PeopleStore } from "./people-store.ts";
import { hashSecret, isSameHash, newSecret } from "./secret.ts";
import type { Device } from "./session.ts";
import type { Sessions, SignedIn } from "./sessions.ts";
import type { SignUpRules } from "./sign-up.ts";

export interface Profile {
  /** Never given to another person there. */
  readonly providerId: string;
  /** For people to read; nothing follows from it. */
  readonly name: string | null;
  readonly email: string | null;
}

/** The port of a site that knows people. */
export interface IdentityProvider {
  readonly id: string;
  readonly label: string;
  /** Where to send the browser. */
  begin(input: ProviderSecrets & { redirectUri: string }): Promise<URL>;
  /** What the answer in `callbackUrl` says. Throws `ProviderFailure` when it says no, or anything that cannot be believed. */
  finish(input: ProviderSecrets & { callbackUrl: URL }): Promise<Profile>;
}

interface ProviderSecrets {
  readonly state: string;
  readonly nonce: string;
  /** PKCE. */
  readonly verifier: string;
}

export class ProviderFailure extends Error {
  override readonly name = "ProviderFailure";
}

export type FinishFailure =
  | "provider-failed"
  | "signup-closed"
  | "link-invalid"
  | "account-disabled"
  | "identity-taken";

export type Finished = { readonly returnTo: string } & (
  | { readonly kind: "signed-in"; readonly signedIn: SignedIn }
  | { readonly kind: "linked" }
  | { readonly kind: "failed"; readonly code: FinishFailure; readonly cause: unknown }
);

export interface ThirdParty {
  /** Throws `provider-not-found`, `provider-unavailable`, and `invalid-request` for a `returnTo` that leads elsewhere. */
  begin(input: {
    provider: string;
    redirectUri: string;
    returnTo: string;
    /** Who links, rather than signs in. */
    accountId: string | null;
    invitation: string | null;
  }): Promise<{ url: URL; browserSecret: string }>;
  /** Throws `oauth-state-invalid` for an answer that this browser did not ask for, or has given before. */
  finish(input: {
    provider: string;
    callbackUrl: URL;
    browserSecret: string | undefined;
    device: Device;
  }): Promise<Finished>;
}

const attemptMs = 10 * 60_000;
/** A path on this site: one slash, and nothing that a browser would read as a host, a scheme or a line. */
const LOCAL_PATH = /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/;

export function createThirdParty({
  providers,
  people,
  accounts,
  sessions,
  rules,
  clock,
}: {
  providers: readonly IdentityProvider[];
  people: PeopleStore;
  accounts: AccountStore;
  sessions: Sessions;
  rules: SignUpRules;
  clock: Clock;
}): ThirdParty {
  const findProvider = (id: string): IdentityProvider => {
    const provider = providers.find((one) => one.id === id);
    if (!provider) throw new CoreError("provider-not-found", { provider: id });
    return provider;
  };

  const take = async (
    state: string | null,
    browserSecret: string | undefined,
  ): Promise<OauthAttempt> => {
    const invalid = () => new CoreError("oauth-state-invalid", {});
    if (state === null || browserSecret === undefined) throw invalid();
    const attempt = await people.takeOauth({ stateHash: hashSecret(state) });
    if (!attempt || attempt.expiresAt <= clock.now()) throw invalid();
    if (!isSameHash(attempt.browserHash, hashSecret(browserSecret))) throw invalid();
    return attempt;
  };

  const admit = async (
    { provider, invitation }: OauthAttempt,
    { profile, device }: { profile: Profile; device: Device },
  ): Promise<Account> => {
    const known = await people.findIdentity({ provider, providerId: profile.providerId });
    if (known) {
      const account = await accounts.find(known.accountId);
      if (account?.disabledAt === null) return account;
      throw new CoreError("account-disabled", {});
    }
    const { signup } = rules;
    if (signup === "closed" || (signup === "first" && invitation === null))
      throw new CoreError("signup-closed", {});
    const id = newId(clock.now());
    const identity = identityOf({ provider, profile, accountId: id, now: clock.now() });
    for (const name of proposeNames(provider, profile)) {
      try {
        return await people.createAccount({
          account: {
            id,
            name,
            role: "member",
            quotaBytes: rules.defaultQuotaBytes,
            passwordHash: null,
          },
          ...(invitation === null ? {} : { invitation }),
          identity,
          actor: { accountId: null, address: device.address },
          now: clock.now(),
        });
      } catch (error) {
        if (!isCoreError(error, "account-name-taken")) throw error;
      }
    }
    throw new Error("no free name was found");
  };

  const settle = async (
    attempt: OauthAttempt,
    { profile, device }: { profile: Profile; device: Device },
  ): Promise<Finished> => {
    const { provider, returnTo, accountId } = attempt;
    if (accountId !== null) {
      const account = await accounts.find(accountId);
      if (account?.disabledAt !== null) throw new CoreError("account-disabled", {});
      const identity = identityOf({ provider, profile, accountId, now: clock.now() });
      const actor = { accountId, address: device.address };
      await people.linkIdentity({ identity, actor, now: clock.now() });
      return { kind: "linked", returnTo };
    }
    const account = await admit(attempt, { profile, device });
    const signedIn = await sessions.open({ account, method: `oauth:${provider}`, device });
    return { kind: "signed-in", signedIn, returnTo };
  };

  return {
    async begin({ provider: id, redirectUri, returnTo, accountId, invitation }) {
      const provider = findProvider(id);
      if (!LOCAL_PATH.test(returnTo))
        throw new CoreError("invalid-request", { field: "returnTo", reason: "not a path here" });
      const [state, nonce, verifier, browserSecret] = [
        newSecret(),
        newSecret(),
        newSecret(),
        newSecret(),
      ];
      const url = await provider.begin({ redirectUri, state, nonce, verifier });
      await people.beginOauth({
        stateHash: hashSecret(state),
        attempt: {
          provider: id,
          nonce,
          verifier,
          returnTo,
          browserHash: hashSecret(browserSecret),
          accountId,
          invitation: invitation === null ? null : hashSecret(invitation),
          expiresAt: clock.now() + attemptMs,
        },
      });
      return { url, browserSecret };
    },

    async finish({ provider: id, callbackUrl, browserSecret, device }) {
      const provider = findProvider(id);
      const state = callbackUrl.searchParams.get("state");
      const attempt = await take(state, browserSecret);
      if (attempt.provider !== id || state === null) throw new CoreError("oauth-state-invalid", {});
      const { nonce, verifier, returnTo } = attempt;
      try {
        const profile = await provider.finish({ callbackUrl, state, nonce, verifier });
        return await settle(attempt, { profile, device });
      } catch (error) {
        const code = failureOf(error);
        if (code === undefined) throw error;
        return { kind: "failed", code, cause: error, returnTo };
      }
    },
  };
}

/** The person is in a browser, on the way back from elsewhere: what they can be told, they are told on a page. */
function failureOf(error: unknown): FinishFailure | undefined {
  if (error instanceof ProviderFailure) return "provider-failed";
  const told = ["signup-closed", "link-invalid", "account-disabled", "identity-taken"] as const;
  return isCoreError(error, ...told) ? error.code : undefined;
}

function identityOf({
  provider,
  profile,
  accountId,
  now,
}: {
  provider: string;
  profile: Profile;
  accountId: string;
  now: number;
}): Identity {
  return { id: newId(now), accountId, provider, ...profile, createdAt: now };
}

/** What they are called there, if it can be a name here, then with numbers, then one that nobody has. */
function* proposeNames(provider: string, { name }: Profile): Generator<string> {
  const base = (name ?? "")
    .normalize("NFC")
    .replaceAll(/[^\p{L}\p{M}\p{N}._@+-]/gu, "")
    .replace(/^[^\p{L}\p{N}]+/u, "")
    .slice(0, 48);
  if (isLoginName(base)) {
    yield base;
    for (let number = 2; number < 10; number++) yield `${base}-${number}`;
  }
  for (let attempt = 0; attempt < 3; attempt++) yield `${provider}-${newSecret().slice(0, 12)}x`;
}

function isLoginName(text: string): boolean {
  try {
    return parseLoginName(text) === text;
  } catch (error) {
    if (isCoreError(error, "account-name-refused")) return false;
    throw error;
  }
}
