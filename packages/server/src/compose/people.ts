/** Where the ports of people meet their adapters. */
import { createHmac } from "node:crypto";
import type { FastifyRequest } from "fastify";
import type { Settings } from "../config/settings.ts";
import type { AccountStore } from "../core/accounts/account-store.ts";
import { createAttemptLimiter } from "../core/accounts/attempts.ts";
import { createOwnAccount } from "../core/accounts/own-account.ts";
import type { PeopleStore } from "../core/accounts/people-store.ts";
import { createIdentify } from "../core/accounts/principal.ts";
import { createNewcomers } from "../core/accounts/newcomers.ts";
import { createSecondFactor } from "../core/accounts/second-factor.ts";
import { createSessions } from "../core/accounts/sessions.ts";
import { createStanding } from "../core/accounts/standing.ts";
import { createSignIn } from "../core/accounts/sign-in.ts";
import { createSignUp, type SignUpRules } from "../core/accounts/sign-up.ts";
import { createThirdParty } from "../core/accounts/third-party.ts";
import { createTokenUse } from "../core/accounts/token-use.ts";
import { createUsers } from "../core/accounts/users.ts";
import type { Clock } from "../core/clock.ts";
import { createAuthenticate } from "../http/shared/authenticate.ts";
import { baseUrlOf } from "../http/shared/base-url.ts";
import { createSessionCookies } from "../http/shared/session-cookies.ts";
import { createArgon2Hasher } from "../identity/argon2-hasher.ts";
import { createJwtAccessTokens } from "../identity/jwt-access-tokens.ts";
import { openSigningKeys } from "../identity/signing-keys.ts";
import { createTotpCodes } from "../identity/totp-codes.ts";

export interface ComposePeople {
  readonly settings: Settings;
  readonly dataFolder: string;
  readonly people: PeopleStore;
  readonly accounts: AccountStore;
  readonly clock: Clock;
  readonly ownerId: string;
}

/** What has stopped counting is removed this many rows at a time, each minute. */
const purgeLimit = 1_000;

export type Community = Awaited<ReturnType<typeof composePeople>>;

/** Everything about people that dialects and maintenance need. Throws `WeakKeyError`. */
export async function composePeople(options: ComposePeople) {
  const { settings, dataFolder, accounts, clock, ownerId } = options;
  const { publicUrl } = settings;
  const keys = await openSigningKeys({
    folder: dataFolder,
    clock,
    fixedSecret: settings.tokenSecret,
  });
  // Whatever takes something away makes the look-ups of this process forget what they knew.
  const people = forgetOnRevocation(options.people, () => authenticate.forget());
  const accessTokens = createJwtAccessTokens({ keys, clock });
  const hasher = await createArgon2Hasher();
  const limiter = createAttemptLimiter(clock);
  const newcomers = createNewcomers(clock);
  const secondFactor = createSecondFactor({ people, codes: createTotpCodes(), clock });
  const tokenUse = createTokenUse({ people, clock });
  const { refreshKey } = keys;
  const sessions = createSessions({ people, accessTokens, refreshKey, clock });
  const rules: SignUpRules = {
    signup: settings.signup,
    minPasswordChars: settings.minPasswordChars,
    defaultQuotaBytes: settings.defaultQuotaBytes ?? null,
  };
  const signIn = createSignIn({
    people,
    sessions,
    hasher,
    limiter,
    secondFactor,
    clock,
    ownerId,
  });
  const signUp = createSignUp({ people, sessions, hasher, newcomers, clock, rules });
  const providers = await openProviders(settings);
  const { minPasswordChars } = rules;
  const cookies = createSessionCookies({ publicUrl, clock });
  const publicOrigin = publicUrl === undefined ? undefined : new URL(publicUrl).origin;
  const standing = createStanding({ accounts, sessions, clock });
  const authenticate = createAuthenticate({
    identify: createIdentify({ accounts, sessions, accessTokens, tokenUse, clock }),
    standing,
    cookies,
    clock,
    publicOrigin,
  });
  return {
    people,
    /** A secret of its own for each use, the same for the life of the data folder. */
    deriveKey: (use: string) => createHmac("sha256", keys.refreshKey()).update(use).digest(),
    sessions,
    passwordHasher: hasher,
    attemptLimiter: limiter,
    signIn,
    signUp,
    rules,
    ownAccount: createOwnAccount({
      people,
      signIn,
      hasher,
      secondFactor,
      clock,
      minPasswordChars,
    }),
    thirdParty: createThirdParty({ providers, people, accounts, sessions, rules, clock }),
    providerLabels: providers.map(({ id, label }) => ({ id, label })),
    users: createUsers({ people, signUp, clock }),
    cookies,
    publicOrigin,
    authenticate,
    standing,
    baseUrl: (request: FastifyRequest) => baseUrlOf(request, publicUrl),
    offerSetUp: () => signUp.offerSetUp(ownerId),
    chores: {
      rotateKeys: keys.rotate,
      noteTokenUse: tokenUse.flush,
      purgePeople: () => people.purgeExpired({ now: clock.now(), limit: purgeLimit }),
    },
  };
}

/** The client library is loaded where there is a provider to talk to. */
async function openProviders({ oauthProviders }: Settings) {
  if (oauthProviders.length === 0) return [];
  const { createProviders } = await import("../identity/oauth/providers.ts");
  return createProviders(oauthProviders);
}

const revoking = [
  "changePassword",
  "resetPassword",
  "changeUser",
  "endSession",
  "endSessions",
  "revokeToken",
] as const satisfies readonly (keyof PeopleStore)[];

function forgetOnRevocation(people: PeopleStore, forget: () => void): PeopleStore {
  const wrap = <I, R>(method: (input: I) => Promise<R>) => {
    return async (input: I): Promise<R> => {
      const result = await method(input);
      forget();
      return result;
    };
  };
  const wrapped = revoking.map((name) => [name, wrap(people[name] as never)]);
  return { ...people, ...(Object.fromEntries(wrapped) as Partial<PeopleStore>) };
}
