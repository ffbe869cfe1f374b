/** Who may let the server fetch URLs: its traffic and its address are used, so it is the owner's to say. */
import type { Account } from "../accounts/account-store.ts";
import { scopesOf } from "../accounts/role.ts";

/** `admins` are the owner and the admins; `everyone` is whoever may store files, so never a guest. */
export type FetchPermission = "owner" | "admins" | "everyone" | "off";

export function mayFetch(
  { role, disabledAt }: Pick<Account, "role" | "disabledAt">,
  permission: FetchPermission,
): boolean {
  if (disabledAt !== null || !scopesOf(role).has("files:write")) return false;
  if (permission === "everyone") return true;
  if (permission === "admins") return role === "owner" || role === "admin";
  return permission === "owner" && role === "owner";
}
