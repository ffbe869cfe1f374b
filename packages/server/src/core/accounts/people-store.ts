/**
 * The persistence port of people: how accounts are signed in to, by what, and who let them in. Sessions, tokens and links are rows while
 * they are good and gone when they are not: revoking is deleting, and the events tell the story.
 */
import type { Actor } from "../events.ts";
import type { Account } from "./account-store.ts";
import type { Role, Scope } from "./role.ts";
import type { Session, SessionHolder } from "./session.ts";

export interface Credentials {
  readonly account: Account;
  /** Null: no password, or not yet. */
  readonly passwordHash: string | null;
  readonly totp: Totp | null;
}

export interface Totp {
  readonly secret: string;
  /** Null: proposed, and not proven yet that an authenticator has it. */
  readonly confirmedAt: number | null;
  /** The last time step whose code was taken: a code works once. */
  readonly lastStep: number;
}

/** Whether a second factor is asked for. */
export function hasTotp(credentials: Credentials | undefined): boolean {
  return typeof credentials?.totp?.confirmedAt === "number";
}

export interface User extends Account {
  readonly createdAt: number;
  readonly hasPassword: boolean;
  readonly hasTotp: boolean;
}

export interface ApiToken {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly usedAt: number | null;
}

export type LinkKind = "set-up" | "invitation" | "reset";

export interface OneTimeLink {
  readonly id: string;
  readonly kind: LinkKind;
  /** Whose; null for an invitation, which makes an account. */
  readonly accountId: string | null;
  readonly role: Role;
  readonly quotaBytes: number | null;
  readonly createdBy: string | null;
  readonly createdAt: number;
  readonly expiresAt: number;
}

export interface NewAccount {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly quotaBytes: number | null;
  readonly passwordHash: string | null;
}

/** Another site's name for one of our people. */
export interface Identity {
  readonly id: string;
  readonly accountId: string;
  readonly provider: string;
  readonly providerId: string;
  readonly name: string | null;
  readonly email: string | null;
  readonly createdAt: number;
}

export interface PeopleStore extends SessionStore, TokenStore, LinkStore, IdentityStore {
  findByLoginName(name: string): Promise<Credentials | undefined>;
  findCredentials(accountId: string): Promise<Credentials | undefined>;
  /** Newest last, a page at a time. */
  listUsers(input: { limit: number; cursor?: string }): Promise<{
    items: User[];
    nextCursor: string | null;
  }>;
  findUser(id: string): Promise<User | undefined>;
  /** The names of accounts, by their ids. */
  findNames(ids: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** With `invitation` (a link's hash), uses it up and takes role and quota from it. Throws `account-name-taken`, `link-invalid`. */
  createAccount(input: {
    account: NewAccount;
    invitation?: string;
    identity?: Identity;
    actor: Actor;
    now: number;
  }): Promise<Account>;
  /** Names the account and gives it a password by a set-up link, which is used up. Throws `link-invalid`, `account-name-taken`. */
  setUpOwner(input: {
    link: string;
    name: string;
    passwordHash: string;
    actor: Actor;
    now: number;
  }): Promise<Account>;
  /** Every other session ends, and with it its access tokens; API tokens where that is asked for. */
  changePassword(input: {
    accountId: string;
    passwordHash: string;
    keepSession: string | null;
    endTokens?: boolean | undefined;
    actor: Actor;
    now: number;
  }): Promise<void>;
  /**
   * By a reset link, which is used up. Every session and API token ends, and so does every link that the account has made for others: whoever
   * knew the old password may have made them. A second factor and linked identities stay. Throws `link-invalid`.
   */
  resetPassword(input: {
    link: string;
    passwordHash: string;
    actor: Actor;
    now: number;
  }): Promise<Account>;
  /** Only what is given changes. A disabled account loses its sessions. Throws `account-not-found`. */
  changeUser(input: {
    id: string;
    role?: Role;
    quotaBytes?: number | null;
    isDisabled?: boolean;
    actor: Actor;
    now: number;
  }): Promise<User>;
  /** Proposes a secret. Throws `totp-state` when one is confirmed already. */
  proposeTotp(input: { accountId: string; secret: string }): Promise<void>;
  /** Throws `totp-state` when nothing is proposed. */
  confirmTotp(input: {
    accountId: string;
    step: number;
    recoveryHashes: readonly string[];
    actor: Actor;
    now: number;
  }): Promise<void>;
  /** Compare-and-set: false when this step, or a later one, was used already. */
  useTotpStep(input: { accountId: string; step: number }): Promise<boolean>;
  /** False when there is no such code (any more). */
  useRecoveryCode(input: {
    accountId: string;
    hash: string;
    actor: Actor;
    now: number;
  }): Promise<boolean>;
  replaceRecoveryCodes(input: {
    accountId: string;
    hashes: readonly string[];
    actor: Actor;
    now: number;
  }): Promise<void>;
  countRecoveryCodes(accountId: string): Promise<number>;
  disableTotp(input: { accountId: string; actor: Actor; now: number }): Promise<void>;
  recordFailedSignIn(input: {
    accountId: string;
    reason: string;
    actor: Actor;
    now: number;
  }): Promise<void>;
  /** Removes what has expired; resolves to how many rows. */
  purgeExpired(input: { now: number; limit: number }): Promise<number>;
}

export interface SessionStore {
  /**
   * `passwordHash`: that of the password which was shown. Throws `sign-in-failed` when it is another by now, `account-disabled`: whatever changed
   * while a password was being checked comes before the session.
   */
  openSession(input: {
    session: Session;
    passwordHash?: string | undefined;
    actor: Actor;
  }): Promise<void>;
  findSession(id: string): Promise<SessionHolder | undefined>;
  listSessions(accountId: string): Promise<Session[]>;
  /** Compare-and-set on the generation: false when another was first, or the session is gone. */
  rotateSession(input: {
    id: string;
    generation: number;
    refreshHash: string;
    now: number;
    expiresAt: number;
  }): Promise<boolean>;
  /** False when there is no such session of this account. */
  endSession(input: {
    id: string;
    accountId: string;
    why: "signed-out" | "revoked" | "refresh-reused";
    actor: Actor;
    now: number;
  }): Promise<boolean>;
  /**
   * All but one, and where asked for the API tokens as well; resolves to how many sessions. Attempts to link an identity that have not come back end
   * too.
   */
  endSessions(input: {
    accountId: string;
    keep: string | null;
    endTokens?: boolean | undefined;
    actor: Actor;
    now: number;
  }): Promise<number>;
}

export interface TokenStore {
  createToken(input: {
    token: ApiToken;
    accountId: string;
    hash: string;
    actor: Actor;
  }): Promise<void>;
  listTokens(accountId: string): Promise<ApiToken[]>;
  /** False when there is no such token of this account. */
  revokeToken(input: {
    id: string;
    accountId: string;
    actor: Actor;
    now: number;
  }): Promise<boolean>;
  /** Notes when tokens were last used. */
  touchTokens(input: { ids: readonly string[]; now: number }): Promise<void>;
}

export interface LinkStore {
  /** A set-up or reset link replaces the account's earlier one. */
  createLink(input: { link: OneTimeLink; hash: string; actor: Actor }): Promise<void>;
  findLink(hash: string): Promise<OneTimeLink | undefined>;
  listInvitations(input: { now: number }): Promise<OneTimeLink[]>;
  revokeInvitation(input: { id: string; actor: Actor; now: number }): Promise<boolean>;
}

/** A sign-in that was sent to a provider and has not come back. */
export interface OauthAttempt {
  readonly provider: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly returnTo: string;
  /** Hash of the secret in the browser that began it. */
  readonly browserHash: string;
  /** The account that links, rather than signs in. */
  readonly accountId: string | null;
  /** Hash of the invitation that a new account would use. */
  readonly invitation: string | null;
  readonly expiresAt: number;
}

export interface IdentityStore {
  findIdentity(input: { provider: string; providerId: string }): Promise<Identity | undefined>;
  listIdentities(accountId: string): Promise<Identity[]>;
  /** Throws `identity-taken` when another account has it; the same account's is left as it is. */
  linkIdentity(input: { identity: Identity; actor: Actor; now: number }): Promise<void>;
  /** Throws `identity-not-found`, and `last-sign-in` when neither a password nor another identity is left. */
  unlinkIdentity(input: {
    id: string;
    accountId: string;
    actor: Actor;
    now: number;
  }): Promise<void>;
  beginOauth(input: { stateHash: string; attempt: OauthAttempt }): Promise<void>;
  /** Gives an attempt out once. */
  takeOauth(input: { stateHash: string }): Promise<OauthAttempt | undefined>;
}
