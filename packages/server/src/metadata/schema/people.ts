import type { LinkKind } from "../../core/accounts/people-store.ts";
import type { Role } from "../../core/accounts/role.ts";
import type { SignInMethod } from "../../core/accounts/session.ts";

export interface CredentialsTable {
  account_id: string;
  password_hash: string | null;
  totp_secret: string | null;
  totp_confirmed_at: number | null;
  totp_last_step: number;
}

export interface RecoveryCodesTable {
  hash: string;
  account_id: string;
}

export interface SessionsTable {
  id: string;
  account_id: string;
  generation: number;
  refresh_hash: string;
  rotated_at: number;
  created_at: number;
  expires_at: number;
  access_ms: number;
  method: SignInMethod;
  address: string | null;
  user_agent: string | null;
}

export interface OneTimeLinksTable {
  id: string;
  hash: string;
  kind: LinkKind;
  account_id: string | null;
  role: Role;
  quota_bytes: number | null;
  created_by: string | null;
  created_at: number;
  expires_at: number;
}

/** Who people are elsewhere. */
export interface UserAuthTable {
  id: string;
  provider: string;
  provider_id: string;
  user_id: string;
  name: string | null;
  email: string | null;
  created_at: number;
}

export interface OauthAttemptsTable {
  state_hash: string;
  browser_hash: string;
  provider: string;
  nonce: string;
  verifier: string;
  return_to: string;
  account_id: string | null;
  invitation: string | null;
  expires_at: number;
}

export interface PeopleSchema {
  credentials: CredentialsTable;
  recovery_codes: RecoveryCodesTable;
  sessions: SessionsTable;
  one_time_links: OneTimeLinksTable;
  user_auth: UserAuthTable;
  oauth_attempts: OauthAttemptsTable;
}
