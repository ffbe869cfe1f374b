/** A session: one sign-in of one person on one device, until it is signed out, revoked, or left alone for as long as a refresh token lives. */
import type { Account } from "./account-store.ts";

export type SignInMethod = "password" | "set-up" | "sign-up" | "reset" | `oauth:${string}`;

export interface Session {
  readonly id: string;
  readonly accountId: string;
  /** How often its refresh token was replaced. */
  readonly generation: number;
  /** Of the refresh token of this generation; no other is stored. */
  readonly refreshHash: string;
  readonly rotatedAt: number;
  readonly createdAt: number;
  readonly expiresAt: number;
  /** How long its access tokens live. */
  readonly accessMs: number;
  readonly method: SignInMethod;
  readonly address: string | null;
  readonly userAgent: string | null;
}

export interface SessionHolder {
  readonly session: Session;
  readonly account: Account;
}

/** Where somebody signs in from. */
export interface Device {
  readonly address: string | null;
  readonly userAgent: string | null;
}
