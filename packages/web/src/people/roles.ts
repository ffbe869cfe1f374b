import type { Role, User } from "@sampan/sdk";

type Who = Pick<User, "role">;

/** Nobody hands out more than what is below themselves, and there is one owner. */
export function rolesToGive({ role }: Who): Role[] {
  return role === "owner" ? ["admin", "member", "guest"] : ["member", "guest"];
}

/** The owner above all others, admins above members and guests. */
export function mayChange(by: Who, { role }: Who): boolean {
  if (role === "owner") return false;
  return by.role === "owner" || (by.role === "admin" && role !== "admin");
}
