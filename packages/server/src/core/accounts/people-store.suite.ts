import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { newId } from "../ids.ts";
import { HOUR_MS, NOW, sha256Of } from "../uploads/testing/stores.ts";
import type { OpenStores, Stores } from "../uploads/testing/stores.ts";
import {
  actor,
  newAccount,
  newAttempt,
  newIdentity,
  newLink,
  newSession,
  newToken,
} from "./testing/people.ts";
import type { PeopleStore } from "./people-store.ts";

/** What every adapter of `PeopleStore` must do. */
export function describePeopleStore(name: string, open: OpenStores): void {
  describe(`${name} as a people store`, () => {
    let stores: Stores;
    let people: PeopleStore;

    beforeEach(async () => {
      stores = await open();
      people = stores.people;
    });
    afterEach(() => stores.close());

    const create = async (changes: Parameters<typeof newAccount>[0] = {}) =>
      await people.createAccount({ account: newAccount(changes), actor, now: NOW });
    const refusal = (code: string) => expect.objectContaining({ code }) as Error;

    describe("accounts", () => {
      it("are found by their name in any case and form", async () => {
        const { id } = await create({ name: "Zoë", passwordHash: "h" });
        const found = await people.findByLoginName("ZOE\u0308");
        expect(found).toMatchObject({
          account: { id, name: "Zoë" },
          passwordHash: "h",
          totp: null,
        });
        expect(await people.findByLoginName("zoe")).toBeUndefined();
        expect(await people.findCredentials(id)).toEqual(found);
      });

      it("have a name each", async () => {
        await create({ name: "twin" });
        await expect(create({ name: "TWIN" })).rejects.toEqual(refusal("account-name-taken"));
        expect((await people.listUsers({ limit: 9 })).items).toHaveLength(1);
      });

      it("are listed in the order in which they came, a page at a time", async () => {
        const ids = [];
        for (let i = 0; i < 5; i++) ids.push((await create({ id: newId(NOW + i) })).id);
        const first = await people.listUsers({ limit: 3 });
        const second = await people.listUsers({ limit: 3, cursor: first.nextCursor! });
        expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(ids);
        expect(second.nextCursor).toBeNull();
        await expect(people.listUsers({ limit: 3, cursor: "x" })).rejects.toEqual(
          refusal("invalid-request"),
        );
      });

      it("change only in what is given", async () => {
        const { id } = await create({ quotaBytes: 5 });
        const change = (changes: object) =>
          people.changeUser({ id, ...changes, actor, now: NOW + 1 });
        expect(await change({ role: "admin" })).toMatchObject({ role: "admin", quotaBytes: 5 });
        expect(await change({ quotaBytes: null })).toMatchObject({ quotaBytes: null });
        expect(await change({ isDisabled: true })).toMatchObject({ disabledAt: NOW + 1 });
        expect(await change({ isDisabled: false })).toMatchObject({
          role: "admin",
          disabledAt: null,
        });
        await expect(
          people.changeUser({ id: newId(), role: "admin", actor, now: NOW }),
        ).rejects.toEqual(refusal("account-not-found"));
      });

      it("lose their sessions when they are disabled, and not when they are not", async () => {
        const { id } = await create();
        await people.openSession({ session: newSession(id), actor });
        await people.changeUser({ id, quotaBytes: 1, actor, now: NOW });
        expect(await people.listSessions(id)).toHaveLength(1);
        await people.changeUser({ id, isDisabled: true, actor, now: NOW });
        expect(await people.listSessions(id)).toEqual([]);
      });
    });

    describe("links", () => {
      const hash = sha256Of("secret");
      const createOwner = async () => {
        const owner = { id: newId(), name: "owner", quotaBytes: null, now: NOW };
        return (await stores.accounts.ensureOwner(owner)).id;
      };

      it("make one account, with the role and quota that they carry", async () => {
        const link = newLink({ createdBy: await createOwner() });
        await people.createLink({ link, hash, actor });
        expect(await people.findLink(hash)).toEqual(link);
        expect(await people.listInvitations({ now: NOW })).toEqual([link]);
        const sign = () =>
          people.createAccount({ account: newAccount(), invitation: hash, actor, now: NOW });
        expect(await sign()).toMatchObject({ role: "guest", quotaBytes: 7 });
        await expect(sign()).rejects.toEqual(refusal("link-invalid"));
        expect(await people.listInvitations({ now: NOW })).toEqual([]);
      });

      it("end with the power of whoever gave them", async () => {
        const { id: createdBy } = await create({ name: "admin", role: "admin" });
        const { id: accountId } = await create({ name: "member" });
        await people.createLink({ link: newLink({ createdBy }), hash, actor });
        const link = newLink({ kind: "reset", accountId, createdBy });
        await people.createLink({ link, hash: sha256Of("reset"), actor });
        const use = () =>
          people.resetPassword({ link: sha256Of("reset"), passwordHash: "x", actor, now: NOW });
        const sign = () =>
          people.createAccount({ account: newAccount(), invitation: hash, actor, now: NOW });
        for (const [during, after] of [
          [{ isDisabled: true }, { isDisabled: false }],
          [{ role: "member" }, { role: "admin" }],
        ] as const) {
          await people.changeUser({ id: createdBy, ...during, actor, now: NOW });
          await expect(use()).rejects.toEqual(refusal("link-invalid"));
          await expect(sign()).rejects.toEqual(refusal("link-invalid"));
          await people.changeUser({ id: createdBy, ...after, actor, now: NOW });
        }
        // Whom an admin may not reset now, a link of theirs does not reset either.
        await people.changeUser({ id: accountId, role: "admin", actor, now: NOW });
        await expect(use()).rejects.toEqual(refusal("link-invalid"));
        expect(await sign()).toMatchObject({ role: "guest" });
      });

      it("stay good when the account that they would make is refused", async () => {
        await create({ name: "taken" });
        await people.createLink({ link: newLink(), hash, actor });
        const account = newAccount({ name: "taken" });
        const sign = people.createAccount({ account, invitation: hash, actor, now: NOW });
        await expect(sign).rejects.toEqual(refusal("account-name-taken"));
        expect(await people.findLink(hash)).toBeDefined();
      });

      it("expire, and can be withdrawn", async () => {
        const link = newLink();
        await people.createLink({ link, hash, actor });
        const late = people.createAccount({
          account: newAccount(),
          invitation: hash,
          actor,
          now: link.expiresAt,
        });
        await expect(late).rejects.toEqual(refusal("link-invalid"));
        expect(await people.listInvitations({ now: link.expiresAt })).toEqual([]);
        const revoke = () => people.revokeInvitation({ id: link.id, actor, now: NOW });
        expect([await revoke(), await revoke()]).toEqual([true, false]);
      });

      it("of one kind do nothing of another", async () => {
        const { id: accountId } = await create({ passwordHash: "old" });
        await people.createLink({ link: newLink({ kind: "reset", accountId }), hash, actor });
        const owner = { link: hash, name: "thief", passwordHash: "x", actor, now: NOW };
        await expect(people.setUpOwner(owner)).rejects.toEqual(refusal("link-invalid"));
        const sign = people.createAccount({
          account: newAccount(),
          invitation: hash,
          actor,
          now: NOW,
        });
        await expect(sign).rejects.toEqual(refusal("link-invalid"));
      });

      it("replace the earlier reset link of the account", async () => {
        const { id: accountId } = await create();
        const createdBy = await createOwner();
        const link = () => newLink({ kind: "reset", accountId, createdBy });
        await people.createLink({ link: link(), hash, actor });
        await people.createLink({ link: link(), hash: sha256Of("second"), actor });
        expect(await people.findLink(hash)).toBeUndefined();
        await people.openSession({ session: newSession(accountId), actor });
        await people.createToken({ token: newToken(), accountId, hash: sha256Of("t"), actor });
        const made = newLink({ createdBy: accountId });
        await people.createLink({ link: made, hash: sha256Of("invitation"), actor });
        const other = newLink({ createdBy });
        await people.createLink({ link: other, hash: sha256Of("other"), actor });
        const input = { link: sha256Of("second"), passwordHash: "new", actor, now: NOW };
        expect(await people.resetPassword(input)).toMatchObject({ id: accountId });
        expect(await people.findCredentials(accountId)).toMatchObject({ passwordHash: "new" });
        expect(await people.listSessions(accountId)).toEqual([]);
        expect(await people.listTokens(accountId)).toEqual([]);
        expect(await people.listInvitations({ now: NOW })).toEqual([other]);
        await expect(people.resetPassword(input)).rejects.toEqual(refusal("link-invalid"));
      });

      it("name the owner", async () => {
        const id = newId();
        await stores.accounts.ensureOwner({ id, name: "owner", quotaBytes: null, now: NOW });
        await people.createLink({ link: newLink({ kind: "set-up", accountId: id }), hash, actor });
        const input = { link: hash, name: "Mei", passwordHash: "p", actor, now: NOW };
        expect(await people.setUpOwner(input)).toMatchObject({ id, name: "Mei", role: "owner" });
        expect(await people.findByLoginName("mei")).toMatchObject({ passwordHash: "p" });
        // The next start finds the owner by id, and leaves the name alone.
        await stores.accounts.ensureOwner({ id, name: "owner", quotaBytes: null, now: NOW });
        expect(await stores.accounts.find(id)).toMatchObject({ name: "Mei" });
      });
    });

    describe("sessions", () => {
      it("are found with their account until they end", async () => {
        const account = await create();
        const session = newSession(account.id);
        await people.openSession({ session, actor });
        expect(await people.findSession(session.id)).toEqual({ session, account });
        const { id, accountId } = session;
        const end = (of = accountId) =>
          people.endSession({ id, accountId: of, why: "signed-out", actor, now: NOW });
        expect(await end(newId())).toBe(false);
        expect([await end(), await end()]).toEqual([true, false]);
        expect(await people.findSession(id)).toBeUndefined();
      });

      it("rotate by compare-and-set", async () => {
        const { id: accountId } = await create();
        const session = newSession(accountId);
        await people.openSession({ session, actor });
        const rotate = (generation: number, secret: string) =>
          people.rotateSession({
            id: session.id,
            generation,
            refreshHash: sha256Of(secret),
            now: NOW + 1,
            expiresAt: NOW + 2 * HOUR_MS,
          });
        const outcomes = await Promise.all([rotate(0, "a"), rotate(0, "b")]);
        expect(outcomes.toSorted()).toEqual([false, true]);
        const winner = outcomes[0] ? "a" : "b";
        expect((await people.findSession(session.id))?.session).toEqual({
          ...session,
          generation: 1,
          refreshHash: sha256Of(winner),
          rotatedAt: NOW + 1,
          expiresAt: NOW + 2 * HOUR_MS,
        });
      });

      it("end together but for one, also when the password changes", async () => {
        const { id: accountId } = await create();
        const sessions = [newSession(accountId), newSession(accountId), newSession(accountId)];
        for (const session of sessions) await people.openSession({ session, actor });
        const keep = sessions[1]!.id;
        expect(await people.endSessions({ accountId, keep, actor, now: NOW })).toBe(2);
        await people.openSession({ session: sessions[0]!, actor });
        const change = { accountId, passwordHash: "n", keepSession: keep, actor, now: NOW };
        await people.changePassword(change);
        expect((await people.listSessions(accountId)).map(({ id }) => id)).toEqual([keep]);
      });

      it("end with the API tokens where that is asked for, and leave the owner's own", async () => {
        const { id: accountId } = await create();
        const give = () =>
          people.createToken({ token: newToken(), accountId, hash: sha256Of("t"), actor });
        const owners = { id: newId(), accountId, hash: sha256Of("o"), now: NOW };
        await stores.accounts.replaceToken(owners);
        await give();
        const change = { accountId, passwordHash: "n", keepSession: null, actor, now: NOW };
        await people.changePassword(change);
        await people.endSessions({ accountId, keep: null, actor, now: NOW });
        expect(await people.listTokens(accountId)).toHaveLength(1);
        await people.changePassword({ ...change, endTokens: true });
        expect(await people.listTokens(accountId)).toEqual([]);
        await give();
        await people.endSessions({ accountId, keep: null, endTokens: true, actor, now: NOW });
        expect(await people.listTokens(accountId)).toEqual([]);
        expect(await stores.accounts.findByTokenId(owners.id)).toBeDefined();
      });

      it("do not open by a password that has changed, or for whom was disabled, meanwhile", async () => {
        const { id: accountId } = await create({ passwordHash: "old" });
        const open = (passwordHash?: string) =>
          people.openSession({ session: newSession(accountId), passwordHash, actor });
        await open("old");
        const change = { accountId, passwordHash: "new", keepSession: null, actor, now: NOW };
        await people.changePassword(change);
        await expect(open("old")).rejects.toEqual(refusal("sign-in-failed"));
        await people.changeUser({ id: accountId, isDisabled: true, actor, now: NOW });
        await expect(open()).rejects.toEqual(refusal("account-disabled"));
        expect(await people.listSessions(accountId)).toEqual([]);
      });
    });

    it("keeps API tokens of each account, apart from the owner's own", async () => {
      const { id: accountId } = await create();
      const token = newToken();
      await people.createToken({ token, accountId, hash: sha256Of("t"), actor });
      await stores.accounts.replaceToken({ id: newId(), accountId, hash: sha256Of("o"), now: NOW });
      expect(await people.listTokens(accountId)).toEqual([token]);
      await people.touchTokens({ ids: [token.id], now: NOW + 3 });
      expect(await stores.accounts.findByTokenHash(sha256Of("t"))).toMatchObject({
        account: { id: accountId },
        tokenId: token.id,
        scopes: ["files:read"],
        expiresAt: NOW + 5,
        usedAt: NOW + 3,
      });
      const revoke = (of: string) =>
        people.revokeToken({ id: token.id, accountId: of, actor, now: NOW });
      expect(await revoke(newId())).toBe(false);
      expect(await revoke(accountId)).toBe(true);
      expect(await stores.accounts.findByTokenHash(sha256Of("t"))).toBeUndefined();
      expect(await stores.accounts.findByTokenHash(sha256Of("o"))).toBeDefined();
    });

    it("takes each time step and each recovery code once", async () => {
      const { id: accountId } = await create();
      const base = { accountId, actor, now: NOW };
      await people.proposeTotp({ accountId, secret: "A" });
      await people.proposeTotp({ accountId, secret: "B" });
      const hashes = [sha256Of("1"), sha256Of("2")];
      await people.confirmTotp({ ...base, step: 10, recoveryHashes: hashes });
      await expect(people.proposeTotp({ accountId, secret: "C" })).rejects.toEqual(
        refusal("totp-state"),
      );
      await expect(people.confirmTotp({ ...base, step: 11, recoveryHashes: [] })).rejects.toEqual(
        refusal("totp-state"),
      );
      const step = (number: number) => people.useTotpStep({ accountId, step: number });
      expect([await step(10), await step(9), await step(11), await step(11)]).toEqual([
        false,
        false,
        true,
        false,
      ]);
      const use = (hash: string) => people.useRecoveryCode({ ...base, hash });
      expect([await use(hashes[0]!), await use(hashes[0]!)]).toEqual([true, false]);
      expect(await people.countRecoveryCodes(accountId)).toBe(1);
      await people.replaceRecoveryCodes({ ...base, hashes: [sha256Of("3")] });
      expect([await use(hashes[1]!), await use(sha256Of("3"))]).toEqual([false, true]);
      await people.disableTotp(base);
      expect(await people.findCredentials(accountId)).toMatchObject({ totp: null });
      await expect(people.disableTotp(base)).rejects.toEqual(refusal("totp-state"));
    });

    describe("identities", () => {
      it("belong to one account each", async () => {
        const [a, b] = [await create(), await create()];
        const identity = newIdentity(a.id, { email: "a@example.com" });
        const { provider, providerId } = identity;
        await people.linkIdentity({ identity, actor, now: NOW });
        await people.linkIdentity({ identity: { ...identity, id: newId() }, actor, now: NOW });
        expect(await people.listIdentities(a.id)).toEqual([identity]);
        expect(await people.findIdentity({ provider, providerId })).toEqual(identity);
        const stolen = { ...identity, id: newId(), accountId: b.id };
        await expect(people.linkIdentity({ identity: stolen, actor, now: NOW })).rejects.toEqual(
          refusal("identity-taken"),
        );
        const elsewhere = newIdentity(b.id, { provider: "other", providerId });
        await people.linkIdentity({ identity: elsewhere, actor, now: NOW });
      });

      it("come with the account that they make, and the last is kept where there is no password", async () => {
        const account = newAccount({ passwordHash: null });
        const identity = newIdentity(account.id);
        await people.createAccount({ account, identity, actor, now: NOW });
        const unlink = (id: string) =>
          people.unlinkIdentity({ id, accountId: account.id, actor, now: NOW });
        await expect(unlink(identity.id)).rejects.toEqual(refusal("last-sign-in"));
        const second = newIdentity(account.id);
        await people.linkIdentity({ identity: second, actor, now: NOW });
        await unlink(identity.id);
        await expect(unlink(identity.id)).rejects.toEqual(refusal("identity-not-found"));
        const change = { accountId: account.id, passwordHash: "p", keepSession: null };
        await people.changePassword({ ...change, actor, now: NOW });
        await unlink(second.id);
        expect(await people.listIdentities(account.id)).toEqual([]);
      });

      it("give an attempt out once", async () => {
        const attempt = newAttempt();
        await people.beginOauth({ stateHash: sha256Of("s"), attempt });
        expect(await people.takeOauth({ stateHash: sha256Of("s") })).toEqual(attempt);
        expect(await people.takeOauth({ stateHash: sha256Of("s") })).toBeUndefined();
      });
    });

    it("removes what has expired, and nothing else", async () => {
      const { id } = await create();
      const [old, live] = [newSession(id, { expiresAt: NOW }), newSession(id)];
      for (const session of [old, live]) await people.openSession({ session, actor });
      await people.createLink({ link: newLink({ expiresAt: NOW }), hash: sha256Of("l"), actor });
      await people.beginOauth({
        stateHash: sha256Of("s"),
        attempt: newAttempt({ expiresAt: NOW }),
      });
      await stores.accounts.replaceToken({
        id: newId(),
        accountId: id,
        hash: sha256Of("o"),
        now: 0,
      });
      expect(await people.purgeExpired({ now: NOW, limit: 9 })).toBe(3);
      expect((await people.listSessions(id)).map((session) => session.id)).toEqual([live.id]);
      expect(await stores.accounts.findByTokenHash(sha256Of("o"))).toBeDefined();
      expect(await people.purgeExpired({ now: NOW, limit: 9 })).toBe(0);
    });
  });
}
