/** The persistence port of accounts: one owner and their API token now; people come with the drive. */
export interface Account {
  readonly id: string;
  readonly name: string;
  readonly quotaBytes: number | null;
  readonly usedBytes: number;
  /** Held by open uploads. */
  readonly reservedBytes: number;
}

export interface AccountStore {
  find(id: string): Promise<Account | undefined>;
  /** Makes the owner account if there is none; sets its quota. Idempotent. */
  ensureOwner(input: {
    id: string;
    name: string;
    quotaBytes: number | null;
    now: number;
  }): Promise<Account>;
  /** Replaces the owner's API token: earlier ones are dead at commit. `hash` is SHA-256 in hex of the token. */
  replaceToken(input: { id: string; accountId: string; hash: string; now: number }): Promise<void>;
  findByTokenHash(hash: string): Promise<Account | undefined>;
}
