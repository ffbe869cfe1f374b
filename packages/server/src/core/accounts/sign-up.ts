/** How accounts come to be, and how somebody gets back into one: set-up, invitation and reset links, and open sign-up. */
import type { Clock } from "../clock.ts";
import { CoreError } from "../errors.ts";
import type { Actor } from "../events.ts";
import { newId } from "../ids.ts";
import type { Account } from "./account-store.ts";
import { parseLoginName } from "./login-name.ts";
import type { Newcomers } from "./newcomers.ts";
import { assertPassword, type PasswordHasher } from "./password.ts";
import type { LinkKind, OneTimeLink, PeopleStore } from "./people-store.ts";
import type { Role } from "./role.ts";
import { hashSecret, newSecret } from "./secret.ts";
import type { Device } from "./session.ts";
import type { Sessions, SignedIn } from "./sessions.ts";

/** `first`: the owner by the set-up link, then by invitation. `open`: anybody. `closed`: nobody, invited or not. */
export type SignupPolicy = "first" | "open" | "closed";

export interface NewPerson {
  readonly name: string;
  readonly password: string;
  readonly device: Device;
  readonly accessMs?: number | undefined;
}

export interface SignUp {
  /** Throws `signup-closed`, `link-invalid`, `account-name-…`, `password-refused`, and, of those who come uninvited, `too-many-attempts`. */
  signUp(input: NewPerson & { invitation?: string | undefined }): Promise<SignedIn>;
  setUpOwner(input: NewPerson & { link: string }): Promise<SignedIn>;
  /** Signs in nobody: whoever has a second factor is asked for it. */
  resetPassword(input: { link: string; password: string; device: Device }): Promise<Account>;
  /** A link's secret, shown this once. Undefined when the owner is set up, or nobody may be. */
  offerSetUp(ownerId: string): Promise<string | undefined>;
  offerReset(input: { account: Account; actor: Actor }): Promise<Offer>;
  invite(input: { role: Role; quotaBytes: number | null; actor: Actor }): Promise<Offer>;
}

export interface Offer {
  readonly secret: string;
  readonly link: OneTimeLink;
}

export interface SignUpRules {
  readonly signup: SignupPolicy;
  readonly minPasswordChars: number;
  readonly defaultQuotaBytes: number | null;
}

const lifetimesMs: Record<LinkKind, number> = {
  "set-up": 24 * 3_600_000,
  invitation: 7 * 24 * 3_600_000,
  reset: 24 * 3_600_000,
};

export function createSignUp({
  people,
  sessions,
  hasher,
  newcomers,
  clock,
  rules,
}: {
  people: PeopleStore;
  sessions: Sessions;
  hasher: PasswordHasher;
  newcomers: Newcomers;
  clock: Clock;
  rules: SignUpRules;
}): SignUp {
  const { signup, minPasswordChars: minChars } = rules;

  /** What is refused is refused before the work of hashing; the write checks the link again. */
  const assertLink = async (secret: string, kind: LinkKind): Promise<string> => {
    const hash = hashSecret(secret);
    const link = await people.findLink(hash);
    if (link?.kind !== kind || link.expiresAt <= clock.now())
      throw new CoreError("link-invalid", {});
    return hash;
  };

  const offer = async (
    link: Pick<OneTimeLink, "kind" | "accountId" | "role" | "quotaBytes">,
    actor: Actor,
  ): Promise<Offer> => {
    const now = clock.now();
    const secret = newSecret();
    const times = { createdAt: now, expiresAt: now + lifetimesMs[link.kind] };
    const full = { ...link, ...times, id: newId(now), createdBy: actor.accountId };
    await people.createLink({ link: full, hash: hashSecret(secret), actor });
    return { secret, link: full };
  };

  return {
    async signUp({ name: text, password, invitation, device, accessMs }) {
      if (signup === "closed" || (signup === "first" && invitation === undefined))
        throw new CoreError("signup-closed", {});
      const name = parseLoginName(text);
      assertPassword(password, { minChars, name });
      const hash =
        invitation === undefined ? undefined : await assertLink(invitation, "invitation");
      if (hash === undefined) newcomers.admit(device.address);
      const passwordHash = await hasher.hash(password);
      const account = await people.createAccount({
        account: {
          id: newId(clock.now()),
          name,
          role: "member",
          quotaBytes: rules.defaultQuotaBytes,
          passwordHash,
        },
        ...(hash === undefined ? {} : { invitation: hash }),
        actor: visitor(device),
        now: clock.now(),
      });
      return await sessions.open({ account, method: "sign-up", device, accessMs });
    },

    async setUpOwner({ link: secret, name: text, password, device, accessMs }) {
      const link = await assertLink(secret, "set-up");
      const name = parseLoginName(text);
      assertPassword(password, { minChars, name });
      const passwordHash = await hasher.hash(password);
      const input = { link, name, passwordHash, actor: visitor(device), now: clock.now() };
      const account = await people.setUpOwner(input);
      return await sessions.open({ account, method: "set-up", device, accessMs });
    },

    async resetPassword({ link: secret, password, device }) {
      const link = await assertLink(secret, "reset");
      assertPassword(password, { minChars, name: "" });
      const passwordHash = await hasher.hash(password);
      const input = { link, passwordHash, actor: visitor(device), now: clock.now() };
      return await people.resetPassword(input);
    },

    async offerSetUp(ownerId) {
      const credentials = await people.findCredentials(ownerId);
      if (signup === "closed" || !credentials || credentials.passwordHash !== null)
        return undefined;
      const link = { kind: "set-up", accountId: ownerId, role: "owner", quotaBytes: null } as const;
      return (await offer(link, { accountId: null, address: null })).secret;
    },

    offerReset: ({ account: { id, role }, actor }) =>
      offer({ kind: "reset", accountId: id, role, quotaBytes: null }, actor),

    async invite({ role, quotaBytes, actor }) {
      if (signup === "closed") throw new CoreError("signup-closed", {});
      return await offer({ kind: "invitation", accountId: null, role, quotaBytes }, actor);
    },
  };
}

function visitor({ address }: Device): Actor {
  return { accountId: null, address };
}
