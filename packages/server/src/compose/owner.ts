/** The account that everything begins with, and the token by which its owner gets in. */
import type { AccountStore } from "../core/accounts/account-store.ts";
import { findByToken, issueToken } from "../core/accounts/token.ts";
import type { Clock } from "../core/clock.ts";
import { keepOwnerToken, readOwnerToken } from "../operations/owner-token.ts";

export const ownerId = "00000000-0000-7000-8000-000000000000";

/** Makes the owner and, at first start, their token; returns how to replace it. */
export async function ensureOwner({
  settings,
  accounts,
  clock,
  dataFolder,
}: {
  settings: { readonly quotaBytes?: number | undefined };
  accounts: AccountStore;
  clock: Clock;
  dataFolder: string;
}): Promise<{ replaceOwnerToken: () => Promise<string> }> {
  const quotaBytes = settings.quotaBytes ?? null;
  await accounts.ensureOwner({ id: ownerId, name: "owner", quotaBytes, now: clock.now() });
  const replaceOwnerToken = async (): Promise<string> => {
    const token = await issueToken({ accounts, clock }, ownerId);
    await keepOwnerToken(dataFolder, token);
    return token;
  };
  // The file may be gone, or belong to a database that is: either way it would let nobody in.
  const kept = await readOwnerToken(dataFolder);
  if (kept === undefined || !(await findByToken(accounts, kept))) await replaceOwnerToken();
  return { replaceOwnerToken };
}
