/** The second factor: codes by time (RFC 6238), each good once, and recovery codes for the day the phone is gone. */
import { randomBytes } from "node:crypto";
import type { Clock } from "../clock.ts";
import { CoreError } from "../errors.ts";
import type { Actor } from "../events.ts";
import type { Credentials, PeopleStore } from "./people-store.ts";
import { hashSecret } from "./secret.ts";

/** The port of whoever computes the codes. */
export interface TotpCodes {
  newSecret(): string;
  /** What an authenticator reads from a QR code. */
  formatUri(input: { secret: string; name: string }): string;
  /** The time step that the code is of, within the tolerance; null when of none. */
  findStep(input: { secret: string; code: string; now: number }): number | null;
}

export interface SecondFactor {
  /** Proposes a secret, in force once a code proves that an authenticator has it. Throws `totp-state`. */
  propose(account: { id: string; name: string }): Promise<{ secret: string; uri: string }>;
  /** Resolves to the recovery codes, which are shown this once. Throws `totp-state`, `totp-required`. */
  confirm(input: { credentials: Credentials; code: string; actor: Actor }): Promise<string[]>;
  replaceRecoveryCodes(input: { accountId: string; actor: Actor }): Promise<string[]>;
  /** Whether the code, or the recovery code, is good; it is used up. */
  check(input: { credentials: Credentials; code: string; actor: Actor }): Promise<boolean>;
}

const recoveryCodes = 10;

export function createSecondFactor({
  people,
  codes,
  clock,
}: {
  people: PeopleStore;
  codes: TotpCodes;
  clock: Clock;
}): SecondFactor {
  return {
    async propose({ id, name }) {
      const secret = codes.newSecret();
      await people.proposeTotp({ accountId: id, secret });
      return { secret, uri: codes.formatUri({ secret, name }) };
    },

    async confirm({ credentials: { account, totp }, code, actor }) {
      if (totp === null || totp.confirmedAt !== null) {
        throw new CoreError("totp-state", { isEnabled: totp !== null });
      }
      const now = clock.now();
      const step = codes.findStep({ secret: totp.secret, code, now });
      if (step === null) throw new CoreError("totp-required", { isWrong: true });
      const fresh = newRecoveryCodes();
      const recoveryHashes = fresh.map(hashRecoveryCode);
      await people.confirmTotp({ accountId: account.id, step, recoveryHashes, actor, now });
      return fresh;
    },

    async replaceRecoveryCodes({ accountId, actor }) {
      const fresh = newRecoveryCodes();
      const hashes = fresh.map(hashRecoveryCode);
      await people.replaceRecoveryCodes({ accountId, hashes, actor, now: clock.now() });
      return fresh;
    },

    async check({ credentials: { account, totp }, code, actor }) {
      if (totp === null) return false;
      const { id: accountId } = account;
      const now = clock.now();
      if (/^[0-9]{6}$/.test(code)) {
        const step = codes.findStep({ secret: totp.secret, code, now });
        return step !== null && (await people.useTotpStep({ accountId, step }));
      }
      const hash = hashRecoveryCode(code);
      return await people.useRecoveryCode({ accountId, hash, actor, now });
    },
  };
}

/** 80 random bits each, as people copy them. */
function newRecoveryCodes(): string[] {
  return Array.from({ length: recoveryCodes }, () => {
    const hex = randomBytes(10).toString("hex");
    return (hex.match(/.{5}/g) ?? []).join("-");
  });
}

function hashRecoveryCode(code: string): string {
  return hashSecret(code.toLowerCase().replaceAll(/[\s-]/g, ""));
}
