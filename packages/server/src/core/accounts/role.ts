/**
 * Who may do what. A role is what an account may do; a scope is one kind of it, which an API token may be limited to. What a request may do is
 * what both allow.
 */

/** There is one owner; an admin runs the site beside them; a member has a drive; a guest reads what is shared with them. */
export type Role = "owner" | "admin" | "member" | "guest";

/** `account`: the own account's sign-in, sessions and tokens. `owner`: what no admin may do. */
export type Scope = "files:read" | "files:write" | "account" | "admin" | "owner";

export const roles: readonly Role[] = ["owner", "admin", "member", "guest"];
export const scopes: readonly Scope[] = ["files:read", "files:write", "account", "admin", "owner"];

const scopesByRole: Readonly<Record<Role, ReadonlySet<Scope>>> = {
  owner: new Set(scopes),
  admin: new Set<Scope>(["files:read", "files:write", "account", "admin"]),
  member: new Set<Scope>(["files:read", "files:write", "account"]),
  guest: new Set<Scope>(["files:read", "account"]),
};

export function scopesOf(role: Role): ReadonlySet<Scope> {
  return scopesByRole[role];
}

/** What a token of these scopes may do in the hands of this role. */
export function limitScopes(role: Role, wanted: readonly Scope[]): ReadonlySet<Scope> {
  const allowed = scopesByRole[role];
  return new Set(wanted.filter((scope) => allowed.has(scope)));
}
