/** What people change about how they sign in. Whatever would let a thief of a session stay asks for the password again. */
import type { Clock } from "../clock.ts";
import { CoreError } from "../errors.ts";
import type { Actor } from "../events.ts";
import { newId } from "../ids.ts";
import { assertPassword, type PasswordHasher } from "./password.ts";
import { hasTotp, type ApiToken, type Credentials, type PeopleStore } from "./people-store.ts";
import type { Principal } from "./principal.ts";
import type { Scope } from "./role.ts";
import type { SecondFactor } from "./second-factor.ts";
import type { SignIn } from "./sign-in.ts";
import { newApiToken } from "./token.ts";

interface Asked {
  readonly accountId: string;
  readonly actor: Actor;
  readonly password?: string | undefined;
}

export interface OwnAccount {
  /** Every other session ends; API tokens where that is asked for. Throws `sign-in-failed`, `password-refused`. */
  changePassword(
    input: Omit<Asked, "password"> & {
      sessionId: string | null;
      currentPassword?: string | undefined;
      newPassword: string;
      endTokens?: boolean | undefined;
    },
  ): Promise<void>;
  /** Throws `forbidden` for scopes that the asking session or token does not have itself. */
  createToken(input: {
    name: string;
    scopes: readonly Scope[];
    expiresAt: number | null;
    principal: Principal;
    actor: Actor;
  }): Promise<{ token: string; apiToken: ApiToken }>;
  proposeTotp(input: Asked): Promise<{ secret: string; uri: string }>;
  confirmTotp(input: Asked & { code: string }): Promise<string[]>;
  replaceRecoveryCodes(input: Asked): Promise<string[]>;
  disableTotp(input: Asked): Promise<void>;
}

export function createOwnAccount({
  people,
  signIn,
  hasher,
  secondFactor,
  clock,
  minPasswordChars,
}: {
  people: PeopleStore;
  signIn: Pick<SignIn, "assertPassword">;
  hasher: PasswordHasher;
  secondFactor: SecondFactor;
  clock: Clock;
  minPasswordChars: number;
}): OwnAccount {
  const find = async (accountId: string): Promise<Credentials> => {
    const credentials = await people.findCredentials(accountId);
    if (!credentials) throw new CoreError("unauthenticated", {});
    return credentials;
  };
  const prove = async ({ accountId, actor, password = "" }: Asked): Promise<Credentials> => {
    const credentials = await find(accountId);
    await signIn.assertPassword({ credentials, password, actor });
    return credentials;
  };
  const assertEnabled = (credentials: Credentials): void => {
    if (!hasTotp(credentials)) throw new CoreError("totp-state", { isEnabled: false });
  };

  return {
    async changePassword(input) {
      const { accountId, currentPassword, newPassword, sessionId, endTokens, actor } = input;
      const asked = { accountId, actor, password: currentPassword };
      const { account } = await prove(asked);
      assertPassword(newPassword, { minChars: minPasswordChars, name: account.name });
      const passwordHash = await hasher.hash(newPassword);
      const now = clock.now();
      const change = { accountId, passwordHash, keepSession: sessionId, endTokens, actor, now };
      await people.changePassword(change);
    },

    async createToken({ name, scopes, expiresAt, principal, actor }) {
      const now = clock.now();
      const beyond = scopes.find((scope) => !principal.scopes.has(scope));
      if (beyond !== undefined) throw new CoreError("forbidden", { needed: beyond });
      if (expiresAt !== null && expiresAt <= now)
        throw new CoreError("invalid-request", { field: "expiresAt", reason: "in the past" });
      const { token, hash } = newApiToken();
      const unique = [...new Set(scopes)];
      const id = newId(now);
      const apiToken = { id, name, scopes: unique, createdAt: now, expiresAt, usedAt: null };
      const accountId = principal.account.id;
      await people.createToken({ token: apiToken, accountId, hash, actor });
      return { token, apiToken };
    },

    async proposeTotp(asked) {
      const { account } = await prove(asked);
      return await secondFactor.propose(account);
    },

    async confirmTotp({ accountId, code, actor }) {
      const credentials = await find(accountId);
      return await secondFactor.confirm({ credentials, code, actor });
    },

    async replaceRecoveryCodes(asked) {
      assertEnabled(await prove(asked));
      const { accountId, actor } = asked;
      return await secondFactor.replaceRecoveryCodes({ accountId, actor });
    },

    async disableTotp(asked) {
      assertEnabled(await prove(asked));
      const { accountId, actor } = asked;
      await people.disableTotp({ accountId, actor, now: clock.now() });
    },
  };
}
