/** Shares as the native API shows them. */
import type { DriveNode } from "../../core/drive/node.ts";
import type { RecordedEvent } from "../../core/events.ts";
import type { Visit } from "../../core/sharing/visit.ts";
import type { Share, UserShare } from "../../core/sharing/share.ts";

import { formatNode } from "./node-codec.ts";

const instant = (ms: number): string => new Date(ms).toISOString();
const maybe = (ms: number | null): string | null => (ms === null ? null : instant(ms));

const nothing = {
  hasPassword: false,
  maxDownloads: null,
  downloads: 0,
  previewOnly: false,
  maxBytes: null,
  receivedBytes: 0,
  granteeId: null,
  right: null,
};

export function formatShare(
  share: Share,
  {
    node,
    url,
    granteeName,
  }: { node: DriveNode | undefined; url: string | null; granteeName: string | null },
) {
  return {
    id: share.id,
    kind: share.kind,
    node: node ? { id: node.id, name: node.name, kind: node.kind } : null,
    url,
    ...nothing,
    ...ownFacts(share),
    granteeName,
    expiresAt: maybe(share.expiresAt),
    createdAt: instant(share.createdAt),
    updatedAt: instant(share.updatedAt),
  };
}

function ownFacts(share: Share) {
  if (share.kind === "user") return { granteeId: share.granteeId, right: share.right };
  const hasPassword = share.passwordHash !== null;
  if (share.kind === "request") {
    const { maxBytes, receivedBytes } = share;
    return { hasPassword, maxBytes, receivedBytes };
  }
  const { maxDownloads, downloads, previewOnly } = share;
  return { hasPassword, maxDownloads, downloads, previewOnly };
}

export function formatGrant({
  share,
  ownerName,
  node,
}: {
  share: UserShare;
  ownerName: string;
  node: DriveNode;
}) {
  const { id, ownerId, right, expiresAt, createdAt } = share;
  return {
    id,
    ownerId,
    ownerName,
    right,
    sharedAt: instant(createdAt),
    expiresAt: maybe(expiresAt),
    node: formatNode(node),
  };
}

export function formatLogLine({ kind, actor, data, at }: RecordedEvent) {
  return { kind, actor: { ...actor }, data: { ...data }, at: instant(at) };
}

/** What visitors are told of a node: nothing of the drive around it, nor of what its owner says of it. */
export function formatLinkNode(node: DriveNode) {
  const { id, kind, name } = node;
  const modifiedAt = instant(node.modifiedAt);
  if (node.kind === "folder") return { id, kind, name, modifiedAt };
  const { size, mediaType, version } = node;
  return { id, kind, name, modifiedAt, size, mediaType, version };
}

export function formatLink({ share, top, ownerName }: Visit) {
  const common = { ownerName, expiresAt: maybe(share.expiresAt) };
  if (share.kind === "request") {
    const { maxBytes, receivedBytes } = share;
    const bytesLeft = maxBytes === null ? null : Math.max(0, maxBytes - receivedBytes);
    return { kind: share.kind, ...common, folderName: top.name, bytesLeft };
  }
  const { maxDownloads, downloads, previewOnly } = share;
  const downloadsLeft = maxDownloads === null ? null : Math.max(0, maxDownloads - downloads);
  return { kind: share.kind, ...common, node: formatLinkNode(top), previewOnly, downloadsLeft };
}
