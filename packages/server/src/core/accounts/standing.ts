/** Whether a principal that was let in before would be let in again: for what goes on for long after it was. */
import type { Clock } from "../clock.ts";
import { CoreError } from "../errors.ts";
import type { Account, AccountStore } from "./account-store.ts";
import type { Principal } from "./principal.ts";
import { limitScopes, scopesOf, type Scope } from "./role.ts";
import type { Sessions } from "./sessions.ts";

export interface Holder {
  readonly account: Account;
  readonly scopes: ReadonlySet<Scope>;
}

export interface Standing {
  /**
   * Resolves to the account, and what may be done in its name, as they are now. Throws `unauthenticated` when the session or the token has ended or the account is disabled, and
   * `forbidden` when the role does not allow `needed` any more. That an access token has expired meanwhile does not count: its session does.
   */
  assert(via: Principal["via"], needed?: Scope): Promise<Holder>;
  /** Something was revoked: what is being read just now may be what was. */
  forget(): void;
}

export function createStanding({
  accounts,
  sessions,
  clock,
}: {
  accounts: Pick<AccountStore, "findByTokenId">;
  sessions: Pick<Sessions, "find">;
  clock: Clock;
}): Standing {
  /** Many bodies of one sender ask at the same moment: one look-up serves them. */
  const asked = new Map<string, Promise<Holder | undefined>>();

  const bySession = async (sessionId: string): Promise<Holder | undefined> => {
    const holder = await sessions.find(sessionId);
    return holder && { account: holder.account, scopes: scopesOf(holder.account.role) };
  };

  const byToken = async (tokenId: string): Promise<Holder | undefined> => {
    const holder = await accounts.findByTokenId(tokenId);
    if (!holder) return undefined;
    const { account, expiresAt } = holder;
    const isExpired = expiresAt !== null && expiresAt <= clock.now();
    if (isExpired || account.disabledAt !== null) return undefined;
    return { account, scopes: limitScopes(account.role, holder.scopes) };
  };

  const find = (via: Principal["via"]): Promise<Holder | undefined> => {
    const id = via.kind === "session" ? via.sessionId : via.tokenId;
    const running = asked.get(id);
    if (running) return running;
    const found = via.kind === "session" ? bySession(id) : byToken(id);
    asked.set(id, found);
    const drop = (): void => {
      if (asked.get(id) === found) asked.delete(id);
    };
    found.then(drop, drop);
    return found;
  };

  return {
    async assert(via, needed) {
      const holder = await find(via);
      if (!holder) throw new CoreError("unauthenticated", {});
      if (needed !== undefined && !holder.scopes.has(needed))
        throw new CoreError("forbidden", { needed });
      return holder;
    },
    forget: () => asked.clear(),
  };
}
