/**
 * The facts of people, one helper each. The account concerned sees them; what they are about is the account itself, or the session, token,
 * link or identity that is named. No helper takes a secret, nor the hash of one.
 */
import type { ApiToken, Identity, OneTimeLink } from "../accounts/people-store.ts";
import type { Role } from "../accounts/role.ts";
import type { Session } from "../accounts/session.ts";
import type { Actor, BusinessEvent, EventKind } from "../events.ts";

interface Occasion {
  readonly actor: Actor;
  readonly at: number;
}

/** Accounts make themselves: the actor is the new account, at the address that asked. */
export function signedUp(
  { id, name, role }: { id: string; name: string; role: Role },
  { invitation, actor, at }: Occasion & { invitation: string | null },
): BusinessEvent {
  const by = { ...actor, accountId: id };
  return aboutAccount("account.signed-up", {
    accountId: id,
    actor: by,
    at,
    data: { name, role, invitation },
  });
}

export function signInFailed(
  accountId: string,
  { reason, ...occasion }: Occasion & { reason: string },
): BusinessEvent {
  return aboutAccount("account.sign-in-failed", { ...occasion, accountId, data: { reason } });
}

export function roleChanged(
  accountId: string,
  { from, to, ...occasion }: Occasion & { from: Role; to: Role },
): BusinessEvent {
  return aboutAccount("account.role-changed", { ...occasion, accountId, data: { from, to } });
}

/** Null: no limit. */
export function quotaChanged(
  accountId: string,
  { from, to, ...occasion }: Occasion & { from: number | null; to: number | null },
): BusinessEvent {
  return aboutAccount("account.quota-changed", { ...occasion, accountId, data: { from, to } });
}

type BareAccountKind = `account.${
  | "disabled"
  | "enabled"
  | "password-changed"
  | "password-reset"
  | "totp-enabled"
  | "totp-disabled"
  | "recovery-codes-made"
  | "recovery-code-used"}`;

/** A change that its kind says everything about. */
export function accountChanged(
  kind: BareAccountKind,
  { accountId, actor, at }: Occasion & { accountId: string },
): BusinessEvent {
  return aboutAccount(kind, { accountId, actor, at, data: {} });
}

export function signedIn(
  { id, accountId, method, createdAt }: Session,
  actor: Actor,
): BusinessEvent {
  const data = { method };
  return { kind: "account.signed-in", accountId, actor, subjectId: id, data, at: createdAt };
}

const endings = {
  "signed-out": "account.signed-out",
  revoked: "session.revoked",
  "refresh-reused": "session.refresh-reused",
} as const satisfies Record<string, EventKind>;

export function sessionEnded(
  { id, accountId }: Pick<Session, "id" | "accountId">,
  { why, actor, at }: Occasion & { why: keyof typeof endings },
): BusinessEvent {
  return { kind: endings[why], accountId, actor, subjectId: id, data: {}, at };
}

export function tokenCreated(
  { id, name, scopes, expiresAt, createdAt: at }: ApiToken,
  { accountId, actor }: { accountId: string; actor: Actor },
): BusinessEvent {
  const data = { name, scopes: scopes.join(" "), expiresAt };
  return { kind: "token.created", accountId, actor, subjectId: id, data, at };
}

export function tokenRevoked(
  id: string,
  { accountId, actor, at }: Occasion & { accountId: string },
): BusinessEvent {
  return { kind: "token.revoked", accountId, actor, subjectId: id, data: {}, at };
}

/** An invitation concerns whoever made it, a reset link the account that it resets. The set-up link is the server's own: undefined. */
export function linkCreated(link: OneTimeLink, actor: Actor): BusinessEvent | undefined {
  const { id, kind, createdBy, role, quotaBytes, expiresAt, createdAt: at } = link;
  if (kind === "set-up") return undefined;
  const accountId = link.accountId ?? createdBy;
  if (accountId === null) throw new Error(`nobody made the ${kind} ${id}`);
  return kind === "invitation"
    ? {
        kind: "invitation.created",
        accountId,
        actor,
        subjectId: id,
        data: { role, quotaBytes, expiresAt },
        at,
      }
    : { kind: "account.reset-offered", accountId, actor, subjectId: id, data: { expiresAt }, at };
}

export function invitationRevoked(
  { id, createdBy: accountId }: { id: string; createdBy: string },
  { actor, at }: Occasion,
): BusinessEvent {
  return { kind: "invitation.revoked", accountId, actor, subjectId: id, data: {}, at };
}

export function identityLinked(
  { id, accountId, provider }: Pick<Identity, "id" | "accountId" | "provider">,
  { actor, at }: Occasion,
): BusinessEvent {
  const data = { provider };
  return { kind: "account.identity-linked", accountId, actor, subjectId: id, data, at };
}

export function identityUnlinked(
  { id, accountId, provider }: Pick<Identity, "id" | "accountId" | "provider">,
  { actor, at }: Occasion,
): BusinessEvent {
  const data = { provider };
  return { kind: "account.identity-unlinked", accountId, actor, subjectId: id, data, at };
}

function aboutAccount(
  kind: EventKind,
  { accountId, actor, at, data }: Occasion & Pick<BusinessEvent, "accountId" | "data">,
): BusinessEvent {
  return { kind, accountId, actor, subjectId: accountId, data, at };
}
