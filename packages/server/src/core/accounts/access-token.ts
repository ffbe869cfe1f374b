/** Access tokens: short-lived, signed, and worth nothing once their session is gone. The port of whoever signs them. */
export interface AccessClaims {
  readonly accountId: string;
  readonly sessionId: string;
  readonly expiresAt: number;
  /** Genuine, and late: good for nothing but to be renewed. */
  readonly isExpired: boolean;
}

export interface AccessTokens {
  issue(input: { accountId: string; sessionId: string; lifetimeMs: number }): Promise<string>;
  /** Undefined for whatever was not signed here, for this, in the one way that we sign. */
  verify(token: string): Promise<AccessClaims | undefined>;
}
