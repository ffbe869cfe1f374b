/** Who asks, how they proved it, and what they may do with that. */
import type { Clock } from "../clock.ts";
import { CoreError } from "../errors.ts";
import type { Actor } from "../events.ts";
import type { AccessTokens } from "./access-token.ts";
import type { Account, AccountStore } from "./account-store.ts";
import { parseRefreshToken } from "./refresh-token.ts";
import { limitScopes, scopesOf, type Scope } from "./role.ts";
import type { Sessions, TokenPair } from "./sessions.ts";
import { findByToken } from "./token.ts";
import type { TokenUse } from "./token-use.ts";

export interface Principal {
  readonly account: Account;
  readonly via:
    | { readonly kind: "session"; readonly sessionId: string }
    | { readonly kind: "token"; readonly tokenId: string };
  readonly scopes: ReadonlySet<Scope>;
  /** When the token that was shown stops counting; null: never. */
  readonly expiresAt: number | null;
}

export interface Identified {
  readonly principal: Principal;
  /** When the access token had expired and the refresh token was good: what to hand back. */
  readonly renewed?: TokenPair;
}

/** Undefined for whatever does not count (any more). */
export type Identify = (
  shown: { readonly access: string; readonly refresh?: string | undefined },
  actor: Actor,
) => Promise<Identified | undefined>;

export function createIdentify({
  accounts,
  sessions,
  accessTokens,
  tokenUse,
  clock,
}: {
  accounts: AccountStore;
  sessions: Sessions;
  accessTokens: AccessTokens;
  tokenUse: TokenUse;
  clock: Clock;
}): Identify {
  const byApiToken = async (token: string): Promise<Identified | undefined> => {
    const holder = await findByToken(accounts, token);
    if (!holder) return undefined;
    const { account, tokenId, expiresAt } = holder;
    const isExpired = expiresAt !== null && expiresAt <= clock.now();
    if (isExpired || account.disabledAt !== null) return undefined;
    tokenUse.note(holder);
    const scopes = limitScopes(account.role, holder.scopes);
    return { principal: { account, via: { kind: "token", tokenId }, scopes, expiresAt } };
  };

  const bySession = async (
    sessionId: string,
    expiresAt: number,
  ): Promise<Identified | undefined> => {
    const holder = await sessions.find(sessionId);
    if (!holder) return undefined;
    const { account } = holder;
    const scopes = scopesOf(account.role);
    return { principal: { account, via: { kind: "session", sessionId }, scopes, expiresAt } };
  };

  return async ({ access, refresh }, actor) => {
    const isPair = refresh !== undefined;
    if (isPair && !parseRefreshToken(refresh)) return undefined;
    if (access.startsWith("sampan_")) return isPair ? undefined : await byApiToken(access);
    const claims = await accessTokens.verify(access);
    if (!claims) return undefined;
    const { sessionId, expiresAt } = claims;
    if (!claims.isExpired) return await bySession(sessionId, expiresAt);
    if (refresh === undefined) return undefined;
    const renewed = await sessions.renew(refresh, actor);
    // Two halves of two sessions are not a pair.
    if (renewed.sessionId !== sessionId) throw new CoreError("unauthenticated", {});
    const identified = await bySession(sessionId, clock.now() + renewed.tokens.accessMs);
    return identified && { ...identified, renewed: renewed.tokens };
  };
}
