/** API tokens: a secret behind a recognisable prefix. */
import type { Clock } from "../clock.ts";
import { newId } from "../ids.ts";
import type { AccountStore, TokenHolder } from "./account-store.ts";
import { hashSecret, newSecret } from "./secret.ts";

const PREFIX = "sampan_";
const SHAPE = /^sampan_[A-Za-z0-9_-]{43}$/;

export function newApiToken(): { token: string; hash: string } {
  const token = PREFIX + newSecret();
  return { token, hash: hashSecret(token) };
}

/** Makes the owner's own token; the earlier one is dead when this resolves. */
export async function issueToken(
  { accounts, clock }: { accounts: AccountStore; clock: Clock },
  accountId: string,
): Promise<string> {
  const { token, hash } = newApiToken();
  const now = clock.now();
  await accounts.replaceToken({ id: newId(now), accountId, hash, now });
  return token;
}

export async function findByToken(
  accounts: AccountStore,
  token: string,
): Promise<TokenHolder | undefined> {
  return SHAPE.test(token) ? accounts.findByTokenHash(hashSecret(token)) : undefined;
}
