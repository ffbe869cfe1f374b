import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { scopes } from "./role.ts";
import { newId } from "../ids.ts";
import { NOW, sha256Of } from "../uploads/testing/stores.ts";
import type { OpenStores, Stores } from "../uploads/testing/stores.ts";

/** What every adapter of `AccountStore` must do. */
export function describeAccountStore(name: string, open: OpenStores): void {
  describe(`${name} as an account store`, () => {
    let stores: Stores;

    beforeEach(async () => {
      stores = await open();
    });
    afterEach(() => stores.close());

    it("makes the owner once, and sets the quota each time", async () => {
      const owner = { id: newId(), name: "owner", quotaBytes: 100, now: NOW };
      const made = await stores.accounts.ensureOwner(owner);
      expect(made).toEqual({
        id: owner.id,
        name: "owner",
        role: "owner",
        disabledAt: null,
        quotaBytes: 100,
        usedBytes: 0,
        reservedBytes: 0,
      });
      const again = await stores.accounts.ensureOwner({ ...owner, quotaBytes: null });
      expect(again).toEqual({ ...made, quotaBytes: null });
      expect(await stores.accounts.find(owner.id)).toEqual(again);
      expect(await stores.accounts.find(newId())).toBeUndefined();
    });

    it("finds an account by its token, until another replaces it", async () => {
      const accountId = newId();
      const account = await stores.accounts.ensureOwner({
        id: accountId,
        name: "o",
        quotaBytes: null,
        now: NOW,
      });
      const set = (hash: string) =>
        stores.accounts.replaceToken({ id: newId(), accountId, hash, now: NOW });
      await set(sha256Of("first"));
      expect(await stores.accounts.findByTokenHash(sha256Of("first"))).toMatchObject({
        account,
        expiresAt: null,
        scopes,
      });
      await set(sha256Of("second"));
      expect(await stores.accounts.findByTokenHash(sha256Of("first"))).toBeUndefined();
      const second = await stores.accounts.findByTokenHash(sha256Of("second"));
      expect(second).toMatchObject({ account });
      expect(await stores.accounts.findByTokenId(second!.tokenId)).toEqual(second);
      await set(sha256Of("third"));
      expect(await stores.accounts.findByTokenId(second!.tokenId)).toBeUndefined();
    });

    it("gives no token to an account that does not exist", async () => {
      const token = { id: newId(), accountId: newId(), hash: sha256Of("t"), now: NOW };
      await expect(stores.accounts.replaceToken(token)).rejects.toBeInstanceOf(Error);
      expect(await stores.accounts.findByTokenHash(sha256Of("t"))).toBeUndefined();
    });
  });
}
