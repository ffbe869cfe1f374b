import type { GrantRight, ShareKind } from "../../core/sharing/share.ts";

export interface SharesTable {
  id: string;
  owner_id: string;
  node_id: string;
  kind: ShareKind;
  /** SHA-256 of the token, hex; null for a named account. */
  token_hash: string | null;
  password_hash: string | null;
  password_version: number;
  expires_at: number | null;
  max_downloads: number | null;
  downloads: number;
  preview_only: 0 | 1;
  max_bytes: number | null;
  received_bytes: number;
  grantee_id: string | null;
  grantee_right: GrantRight | null;
  created_at: number;
  updated_at: number;
}

export interface SharingSchema {
  shares: SharesTable;
}
