/** Signing in with a name and a password, and proving the password again before what it guards is changed. */
import type { Clock } from "../clock.ts";
import { CoreError } from "../errors.ts";
import type { Actor } from "../events.ts";
import type { AttemptLimiter } from "./attempts.ts";
import { loginKey } from "./login-name.ts";
import type { PasswordHasher } from "./password.ts";
import { hasTotp, type Credentials, type PeopleStore } from "./people-store.ts";
import type { SecondFactor } from "./second-factor.ts";
import type { Device } from "./session.ts";
import type { Sessions, SignedIn } from "./sessions.ts";

export interface SignInInput {
  readonly name: string;
  readonly password: string;
  /** Of the second factor: six digits, or a recovery code. */
  readonly code?: string | undefined;
  readonly device: Device;
  readonly accessMs?: number | undefined;
}

export interface SignIn {
  /**
   * Throws `sign-in-failed` for an unknown name and for a wrong password, after the same work; `totp-required` and `account-disabled` only
   * to whoever knows the password; `too-many-attempts`.
   */
  signIn(input: SignInInput): Promise<SignedIn>;
  /** Throws `sign-in-failed`, `too-many-attempts`. Whoever has no password has nothing to prove here. */
  assertPassword(input: {
    credentials: Credentials;
    password: string;
    actor: Actor;
  }): Promise<void>;
}

export function createSignIn({
  people,
  sessions,
  hasher,
  limiter,
  secondFactor,
  clock,
  ownerId,
}: {
  people: PeopleStore;
  sessions: Sessions;
  hasher: PasswordHasher;
  limiter: AttemptLimiter;
  secondFactor: SecondFactor;
  clock: Clock;
  /** Who hears of attempts at names that nobody has. */
  ownerId: string;
}): SignIn {
  /** The second question is for those who waited while others guessed: an answer that comes too late is withheld. */
  const verify = async (input: { password: string; hash: string | null; attempt: Attempt }) => {
    limiter.assertAllowed(input.attempt);
    const isRight = await hasher.verify(input);
    limiter.assertAllowed(input.attempt);
    return isRight;
  };

  const refuse = async (
    attempt: Attempt,
    { accountId, reason }: { accountId: string | undefined; reason: string },
  ): Promise<void> => {
    limiter.recordFailure(attempt);
    const actor = { accountId: null, address: attempt.address };
    const about = accountId ?? ownerId;
    await people.recordFailedSignIn({ accountId: about, reason, actor, now: clock.now() });
  };

  return {
    async signIn({ name, password, code, device, accessMs }) {
      const attempt = attemptAt(name, device.address);
      const credentials = await people.findByLoginName(name);
      const accountId = credentials?.account.id;
      const hash = credentials?.passwordHash ?? null;
      const isRight = await verify({ password, hash, attempt });
      if (!isRight || !credentials || hash === null) {
        await refuse(attempt, { accountId, reason: credentials ? "password" : "unknown-name" });
        throw new CoreError("sign-in-failed", {});
      }
      const { account } = credentials;
      if (account.disabledAt !== null) throw new CoreError("account-disabled", {});
      if (hasTotp(credentials)) {
        if (code === undefined) throw new CoreError("totp-required", { isWrong: false });
        const actor = { accountId: account.id, address: device.address };
        if (!(await secondFactor.check({ credentials, code, actor }))) {
          await refuse(attempt, { accountId, reason: "totp" });
          throw new CoreError("totp-required", { isWrong: true });
        }
      }
      limiter.forgive(attempt);
      const passwordHash = hash;
      return await sessions.open({ account, method: "password", device, accessMs, passwordHash });
    },

    async assertPassword({ credentials, password, actor }) {
      const { account, passwordHash } = credentials;
      if (passwordHash === null) return;
      const attempt = attemptAt(account.name, actor.address);
      if (await verify({ password, hash: passwordHash, attempt })) return;
      await refuse(attempt, { accountId: account.id, reason: "password" });
      throw new CoreError("sign-in-failed", {});
    },
  };
}

interface Attempt {
  readonly target: string;
  readonly address: string;
}

function attemptAt(name: string, address: string | null): Attempt {
  return { target: loginKey(name), address: address ?? "" };
}
