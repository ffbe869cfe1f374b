import type { Selectable } from "kysely";
import type { Share } from "../../core/sharing/share.ts";
import type { SharesTable } from "../schema/sharing.ts";

export type ShareRow = Selectable<SharesTable>;

export function toShare(row: ShareRow): Share {
  const facts = {
    id: row.id,
    ownerId: row.owner_id,
    nodeId: row.node_id,
    expiresAt: row.expires_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
  if (row.kind === "user") {
    const { grantee_id: granteeId, grantee_right: right } = row;
    if (granteeId === null || right === null) throw new Error(`a share with nobody: ${row.id}`);
    return { ...facts, kind: "user", granteeId, right };
  }
  const { token_hash: tokenHash, password_hash: passwordHash } = row;
  if (tokenHash === null) throw new Error(`a link without a token: ${row.id}`);
  const lock = { tokenHash, passwordHash, passwordVersion: row.password_version };
  if (row.kind === "request") {
    const { max_bytes: maxBytes, received_bytes: receivedBytes } = row;
    return { ...facts, ...lock, kind: "request", maxBytes, receivedBytes };
  }
  const { max_downloads: maxDownloads, downloads } = row;
  const previewOnly = row.preview_only === 1;
  return { ...facts, ...lock, kind: "link", maxDownloads, downloads, previewOnly };
}

const none = {
  token_hash: null,
  password_hash: null,
  password_version: 0,
  max_downloads: null,
  downloads: 0,
  preview_only: 0,
  max_bytes: null,
  received_bytes: 0,
  grantee_id: null,
  grantee_right: null,
} as const;

export function shareRow(share: Share): ShareRow {
  const facts = {
    ...none,
    id: share.id,
    owner_id: share.ownerId,
    node_id: share.nodeId,
    kind: share.kind,
    expires_at: share.expiresAt,
    created_at: share.createdAt,
    updated_at: share.updatedAt,
  };
  if (share.kind === "user")
    return { ...facts, grantee_id: share.granteeId, grantee_right: share.right };
  const lock = {
    token_hash: share.tokenHash,
    password_hash: share.passwordHash,
    password_version: share.passwordVersion,
  };
  if (share.kind === "request")
    return {
      ...facts,
      ...lock,
      max_bytes: share.maxBytes,
      received_bytes: share.receivedBytes,
    };
  return {
    ...facts,
    ...lock,
    max_downloads: share.maxDownloads,
    downloads: share.downloads,
    preview_only: share.previewOnly ? 1 : 0,
  };
}
