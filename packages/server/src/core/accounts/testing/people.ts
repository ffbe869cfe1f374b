/** Rows of people for suites. */
import { newId } from "../../ids.ts";
import { HOUR_MS, NOW, sha256Of } from "../../uploads/testing/stores.ts";
import type { ApiToken, Identity, NewAccount, OauthAttempt, OneTimeLink } from "../people-store.ts";
import type { Session } from "../session.ts";

export const actor = { accountId: null, address: "192.0.2.1" };

export function newAccount(changes: Partial<NewAccount> = {}): NewAccount {
  const id = newId();
  const person = { id, name: `person-${id.slice(-12)}`, role: "member" } as const;
  return { ...person, quotaBytes: null, passwordHash: "a hash", ...changes };
}

export function newSession(accountId: string, changes: Partial<Session> = {}): Session {
  return {
    id: newId(),
    accountId,
    generation: 0,
    refreshHash: sha256Of("0"),
    rotatedAt: NOW,
    createdAt: NOW,
    expiresAt: NOW + HOUR_MS,
    accessMs: 900_000,
    method: "password",
    address: "192.0.2.1",
    userAgent: null,
    ...changes,
  };
}

export function newToken(changes: Partial<ApiToken> = {}): ApiToken {
  return {
    id: newId(),
    name: "backup",
    scopes: ["files:read"],
    createdAt: NOW,
    expiresAt: NOW + 5,
    usedAt: null,
    ...changes,
  };
}

export function newLink(changes: Partial<OneTimeLink> = {}): OneTimeLink {
  return {
    id: newId(),
    kind: "invitation",
    accountId: null,
    role: "guest",
    quotaBytes: 7,
    createdBy: newId(),
    createdAt: NOW,
    expiresAt: NOW + HOUR_MS,
    ...changes,
  };
}

export function newIdentity(accountId: string, changes: Partial<Identity> = {}): Identity {
  const about = { provider: "github", providerId: newId(), name: null, email: null };
  return { id: newId(), accountId, ...about, createdAt: NOW, ...changes };
}

export function newAttempt(changes: Partial<OauthAttempt> = {}): OauthAttempt {
  return {
    provider: "github",
    nonce: "n",
    verifier: "v",
    returnTo: "/",
    browserHash: sha256Of("browser"),
    accountId: null,
    invitation: null,
    expiresAt: NOW + HOUR_MS,
    ...changes,
  };
}
