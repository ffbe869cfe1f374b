/**
 * Passwords by argon2id, with the parameters that OWASP recommends first: 19 MiB, two passes, one lane. It runs on libuv's pool, which
 * reads and writes of files share, so only as many run at once as there are processors, and never more than half of the pool: a storm of
 * sign-ins waits in line here, and uploads go on.
 */
import { randomBytes } from "node:crypto";
import { availableParallelism } from "node:os";
import { hash, verify } from "@node-rs/argon2";
import { CoreError } from "../core/errors.ts";
import type { PasswordHasher } from "../core/accounts/password.ts";
import { createLine } from "./line.ts";

const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
const maxAtOnce = Math.min(8, availableParallelism());
/** Some seconds of work: who would wait longer is told to come back. */
const maxWaiting = 1_000;

export async function createArgon2Hasher(): Promise<PasswordHasher> {
  const line = createLine({
    maxAtOnce,
    maxWaiting,
    onFull: () => new CoreError("too-many-attempts", { retryAfterSeconds: 5 }),
  });
  // What is compared for those who have no password, or do not exist: it costs the same, and nothing matches it.
  const nobodys = await hash(randomBytes(32), parameters);
  return {
    hash: (password) => line(() => hash(password.normalize("NFC"), parameters)),
    verify: ({ password, hash: stored }) =>
      line(async () => {
        const isRight = await verify(stored ?? nobodys, password.normalize("NFC"));
        return isRight && stored !== null;
      }),
  };
}
