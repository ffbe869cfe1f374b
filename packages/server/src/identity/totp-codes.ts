/** Time-based codes (RFC 6238: SHA-1, six digits, 30 s), as every authenticator app makes them. */
import { generateSecret, generateURI, verifySync } from "otplib/functional";
import type { TotpCodes } from "../core/accounts/second-factor.ts";

/** One step either way: clocks differ, and people type slowly. */
const toleranceSeconds = 30;

export function createTotpCodes(): TotpCodes {
  return {
    newSecret: () => generateSecret(),
    formatUri: ({ secret, name }) => generateURI({ issuer: "Sampan", label: name, secret }),
    findStep({ secret, code, now }) {
      if (!/^[0-9]{6}$/.test(code)) return null;
      const epoch = Math.floor(now / 1000);
      const result = verifySync({ secret, token: code, epoch, epochTolerance: toleranceSeconds });
      return result.valid && "timeStep" in result ? result.timeStep : null;
    },
  };
}
