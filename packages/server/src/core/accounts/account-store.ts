/** The persistence port of accounts as the engine sees them: who owns what, how much of it, and by which API token they ask. */
import type { Role, Scope } from "./role.ts";

export interface Account {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  /** Since when; null while it may be used. */
  readonly disabledAt: number | null;
  readonly quotaBytes: number | null;
  readonly usedBytes: number;
  /** Held by open uploads. */
  readonly reservedBytes: number;
}

export interface TokenHolder {
  readonly account: Account;
  readonly tokenId: string;
  readonly scopes: readonly Scope[];
  readonly expiresAt: number | null;
  readonly usedAt: number | null;
}

export interface AccountStore {
  find(id: string): Promise<Account | undefined>;
  /** Makes the owner account if there is none; sets its quota. Idempotent. */
  ensureOwner(input: {
    id: string;
    name: string;
    /** Default: owner. Another one for an account that the server itself needs. */
    role?: Role;
    quotaBytes: number | null;
    now: number;
  }): Promise<Account>;
  /**
   * Replaces the owner's own token, the one without limits that the data folder keeps: the earlier one is dead at commit, tokens made
   * beside it live on. `hash` is SHA-256 in hex of the token.
   */
  replaceToken(input: { id: string; accountId: string; hash: string; now: number }): Promise<void>;
  /** Expired tokens and disabled accounts included: whether it counts is the caller's to say. */
  findByTokenHash(hash: string): Promise<TokenHolder | undefined>;
  /** As `findByTokenHash`, for whoever showed it before. */
  findByTokenId(id: string): Promise<TokenHolder | undefined>;
}
