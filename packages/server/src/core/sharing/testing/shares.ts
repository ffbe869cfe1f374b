import { newId } from "../../ids.ts";
import { NOW } from "../../uploads/testing/stores.ts";
import { hashSecret } from "../../accounts/secret.ts";
import type { LinkShare, UserShare } from "../share.ts";

export function newLink(changes: Partial<LinkShare> & { ownerId: string }): LinkShare {
  const id = newId();
  return {
    id,
    kind: "link",
    nodeId: newId(),
    tokenHash: hashSecret(id),
    passwordHash: null,
    passwordVersion: 1,
    expiresAt: null,
    maxDownloads: null,
    downloads: 0,
    previewOnly: false,
    createdAt: NOW,
    updatedAt: NOW,
    ...changes,
  };
}

export function newGrant(
  changes: Partial<UserShare> & { ownerId: string; granteeId: string },
): UserShare {
  return {
    id: newId(),
    kind: "user",
    nodeId: newId(),
    right: "view",
    expiresAt: null,
    createdAt: NOW,
    updatedAt: NOW,
    ...changes,
  };
}
