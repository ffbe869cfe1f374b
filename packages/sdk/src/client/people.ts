/** The people of a site, for its owner and admins. */
import { callEmpty, callJson, type Call, type CallOptions } from "../call.ts";
import type { AuditEvent, Invitation, Offer, Page, Role, User } from "../wire.ts";
import type { ListPage } from "./drive.ts";
import { eachOf } from "./pages.ts";

export interface ChangeUser extends CallOptions {
  role?: Role | undefined;
  /** Null: as much as there is room for. */
  quotaBytes?: number | null | undefined;
  disabled?: boolean | undefined;
}

export interface ListAudit extends ListPage {
  kind?: string | undefined;
  /** The id of the account that did it. */
  actor?: string | undefined;
  /** The id of the account that it concerns. */
  account?: string | undefined;
  subject?: string | undefined;
  /** RFC 3339; `from` is included, `to` is not. */
  from?: string | undefined;
  to?: string | undefined;
}

export type PeopleCalls = ReturnType<typeof createPeopleCalls>;

export function createPeopleCalls(call: Call) {
  function listUsers({ limit, cursor, signal }: ListPage = {}) {
    const query = { limit, cursor };
    return callJson<Page<User>>(call, { method: "GET", path: "/admin/users", query, signal });
  }

  function listAudit({ signal, ...query }: ListAudit = {}) {
    return callJson<Page<AuditEvent>>(call, { method: "GET", path: "/audit", query, signal });
  }

  return {
    /** Oldest first. */
    listUsers,

    eachUser: (options: Omit<ListPage, "cursor"> = {}) =>
      eachOf((cursor) => listUsers({ limit: 1_000, ...options, cursor })),

    /** Newest first. A page with a filter may be short, even empty, before the last. */
    listAudit,

    eachAuditEvent: (options: Omit<ListAudit, "cursor"> = {}) =>
      eachOf((cursor) => listAudit({ limit: 1_000, ...options, cursor })),

    /** Disabling ends the account's sessions and tokens at once. */
    changeUser(id: string, { signal, ...json }: ChangeUser) {
      return callJson<User>(call, { method: "PATCH", path: userPath(id), json, signal });
    },

    async endUserSessions(id: string, options: CallOptions = {}): Promise<void> {
      await callEmpty(call, { ...options, method: "DELETE", path: `${userPath(id)}/sessions` });
    },

    /** For somebody who lost the second factor. */
    async removeUserTotp(id: string, options: CallOptions = {}): Promise<void> {
      await callEmpty(call, { ...options, method: "DELETE", path: `${userPath(id)}/totp` });
    },

    /** A one-time link for a new password; it is in this answer and nowhere else. */
    offerReset(id: string, options: CallOptions = {}) {
      const path = `${userPath(id)}/reset-link`;
      return callJson<Offer>(call, { ...options, method: "POST", path });
    },

    /** Those that nobody has used. */
    async listInvitations(options: CallOptions = {}): Promise<Invitation[]> {
      const request = { ...options, method: "GET", path: "/admin/invitations" };
      return (await callJson<{ items: Invitation[] }>(call, request)).items;
    },

    /** A one-time link that makes an account; it is in this answer and nowhere else. */
    invite({
      signal,
      ...json
    }: CallOptions & { role?: Role | undefined; quotaBytes?: number | null | undefined } = {}) {
      const request = { method: "POST", path: "/admin/invitations", json, signal };
      return callJson<Offer & { invitation: Invitation }>(call, request);
    },

    async revokeInvitation(id: string, options: CallOptions = {}): Promise<void> {
      const path = `/admin/invitations/${encodeURIComponent(id)}`;
      await callEmpty(call, { ...options, method: "DELETE", path });
    },
  };
}

function userPath(id: string): string {
  return `/admin/users/${encodeURIComponent(id)}`;
}
