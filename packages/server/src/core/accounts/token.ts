/** API tokens: 256 random bits behind a recognisable prefix; only their SHA-256 is stored. */
import { createHash, randomBytes } from "node:crypto";
import type { Clock } from "../clock.ts";
import { newId } from "../ids.ts";
import type { Account, AccountStore } from "./account-store.ts";

const PREFIX = "sampan_";
const SHAPE = /^sampan_[A-Za-z0-9_-]{43}$/;

/** A fast hash is enough: the token has 256 bits of entropy, so there is nothing to guess. */
function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** Makes the account's token; earlier ones are dead when this resolves. */
export async function issueToken(
  { accounts, clock }: { accounts: AccountStore; clock: Clock },
  accountId: string,
): Promise<string> {
  const token = PREFIX + randomBytes(32).toString("base64url");
  const now = clock.now();
  await accounts.replaceToken({ id: newId(now), accountId, hash: hashToken(token), now });
  return token;
}

export async function findByToken(
  accounts: AccountStore,
  token: string,
): Promise<Account | undefined> {
  return SHAPE.test(token) ? accounts.findByTokenHash(hashToken(token)) : undefined;
}
