/** What those who run the site do to the accounts of others, and who may do it to whom. */
import type { Clock } from "../clock.ts";
import { CoreError } from "../errors.ts";
import type { Actor } from "../events.ts";
import type { Account } from "./account-store.ts";
import type { PeopleStore, User } from "./people-store.ts";
import type { Role } from "./role.ts";
import type { Offer, SignUp } from "./sign-up.ts";

interface Asked {
  /** Who does it. */
  readonly by: Account;
  readonly actor: Actor;
}

export interface Users {
  /** Throws `account-not-found`, `forbidden`. */
  change(
    input: Asked & {
      id: string;
      role?: Role | undefined;
      quotaBytes?: number | null | undefined;
      isDisabled?: boolean | undefined;
    },
  ): Promise<User>;
  endSessions(input: Asked & { id: string; endTokens?: boolean | undefined }): Promise<void>;
  offerReset(input: Asked & { id: string }): Promise<Offer>;
  /** For somebody who lost their second factor. */
  disableTotp(input: Asked & { id: string }): Promise<void>;
  invite(input: Asked & { role: Role; quotaBytes: number | null }): Promise<Offer>;
}

export function createUsers({
  people,
  signUp,
  clock,
}: {
  people: PeopleStore;
  signUp: SignUp;
  clock: Clock;
}): Users {
  /** The account, if `by` stands above it: the owner above all others, an admin above members and guests. */
  const subject = async (id: string, by: Account): Promise<User> => {
    const user = await people.findUser(id);
    if (!user) throw new CoreError("account-not-found", { id });
    const needed = user.role === "owner" || user.role === "admin" ? "owner" : "admin";
    if (by.role !== "owner" && needed === "owner") throw new CoreError("forbidden", { needed });
    return user;
  };
  /** Nobody hands out more than what is below themselves, and there is one owner. */
  const assertMayGive = (role: Role, by: Account): void => {
    const mayGive = role !== "owner" && (role !== "admin" || by.role === "owner");
    if (!mayGive) throw new CoreError("forbidden", { needed: "owner" });
  };

  return {
    async change({ by, actor, id, role, quotaBytes, isDisabled }) {
      const user = await subject(id, by);
      if (user.role === "owner" && quotaBytes !== undefined)
        throw new CoreError("invalid-request", {
          field: "quotaBytes",
          reason: "the owner's quota is a setting of the server",
        });
      if (role !== undefined && role !== user.role) assertMayGive(role, by);
      const demotesOwner = user.role === "owner" && role !== undefined && role !== "owner";
      if (demotesOwner || (user.role === "owner" && isDisabled === true))
        throw new CoreError("forbidden", { needed: "owner" });
      return await people.changeUser({
        id,
        ...(role === undefined ? {} : { role }),
        ...(quotaBytes === undefined ? {} : { quotaBytes }),
        ...(isDisabled === undefined ? {} : { isDisabled }),
        actor,
        now: clock.now(),
      });
    },

    async endSessions({ by, actor, id, endTokens }) {
      await subject(id, by);
      await people.endSessions({ accountId: id, keep: null, endTokens, actor, now: clock.now() });
    },

    async offerReset({ by, actor, id }) {
      const account = await subject(id, by);
      return await signUp.offerReset({ account, actor });
    },

    async disableTotp({ by, actor, id }) {
      await subject(id, by);
      await people.disableTotp({ accountId: id, actor, now: clock.now() });
    },

    async invite({ by, actor, role, quotaBytes }) {
      assertMayGive(role, by);
      return await signUp.invite({ role, quotaBytes, actor });
    },
  };
}
