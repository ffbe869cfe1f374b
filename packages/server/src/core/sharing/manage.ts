/** What owners do with what they share. Only the owner of a drive shares from it. */
import type { PasswordHasher } from "../accounts/password.ts";
import type { PeopleStore } from "../accounts/people-store.ts";
import { hashSecret, isSameHash } from "../accounts/secret.ts";
import type { Clock } from "../clock.ts";
import type { Member } from "../drive/change-tree.ts";
import { isRoot, type DriveNode } from "../drive/node.ts";
import type { NodeStore } from "../drive/node-store.ts";
import { CoreError } from "../errors.ts";
import { isId, newId } from "../ids.ts";
import type { EndUploads } from "./end-uploads.ts";
import type { Seal } from "./seal.ts";
import type { ShareChanges, ShareStore } from "./share-store.ts";
import type { GrantRight, Share } from "./share.ts";

interface Lock {
  readonly password?: string | undefined;
}

export type NewShare = { readonly nodeId: string; readonly expiresAt: number | null } & (
  | (Lock & {
      readonly kind: "link";
      readonly maxDownloads: number | null;
      readonly previewOnly: boolean;
    })
  | (Lock & { readonly kind: "request"; readonly maxBytes: number | null })
  | { readonly kind: "user"; readonly name: string; readonly right: GrantRight }
);

export type ChangeShare = Omit<ShareChanges, "passwordHash"> & {
  /** Null takes it away. */
  readonly password?: string | null;
};

export interface ManageShares {
  /** Throws `node-not-found`, `not-a-folder`, `account-not-found`. */
  create(by: Member, share: NewShare): Promise<Share>;
  /** Throws `share-not-found`, for another's too. */
  find(by: Member, id: string): Promise<Share>;
  change(by: Member, change: { id: string; changes: ChangeShare }): Promise<Share>;
  revoke(by: Member, id: string): Promise<void>;
  /** Of somebody whom it is shared with. Throws `share-not-found`. */
  leave(by: Member, id: string): Promise<void>;
  /** Undefined where the server's secret is not the one that made it: the link works, but nobody can be shown it. */
  tokenOf(share: Share): string | undefined;
  /** Whom it is shared with; null for links, and for an account that is gone. */
  granteeNameOf(share: Share): Promise<string | null>;
}

/** What each kind has, besides when it expires. */
const settings: Record<Share["kind"], ReadonlySet<keyof ChangeShare>> = {
  link: new Set(["expiresAt", "password", "maxDownloads", "previewOnly"]),
  request: new Set(["expiresAt", "password", "maxBytes"]),
  user: new Set(["expiresAt", "right"]),
};

export function createManageShares({
  shares,
  nodes,
  people,
  hasher,
  seal,
  tellRevoked,
  endUploads,
  clock,
}: {
  shares: ShareStore;
  nodes: Pick<NodeStore, "trail">;
  people: Pick<PeopleStore, "findByLoginName" | "findUser">;
  hasher: PasswordHasher;
  seal: Seal;
  /** Something was taken back: what is on its way is asked about. */
  tellRevoked: () => void;
  endUploads: EndUploads;
  clock: Clock;
}): ManageShares {
  const ownNode = async (by: Member, id: string): Promise<DriveNode> => {
    const trail = isId(id) ? await nodes.trail(id) : undefined;
    if (!trail?.isLive || trail.node.ownerId !== by.accountId)
      throw new CoreError("node-not-found", { id });
    if (isRoot(trail.node))
      throw new CoreError("invalid-request", { field: "nodeId", reason: "the root is not shared" });
    return trail.node;
  };
  const change = ({ accountId, address }: Member) => ({
    actor: { accountId, address },
    now: clock.now(),
  });
  const lockOf = async (id: string, password: string | undefined) => ({
    tokenHash: hashSecret(seal.token(id)),
    passwordHash: password === undefined ? null : await hasher.hash(password),
    passwordVersion: 1,
  });
  const find = async (by: Member, id: string): Promise<Share> => {
    const share = isId(id) ? await shares.find(id) : undefined;
    if (share?.ownerId !== by.accountId) throw new CoreError("share-not-found", { id });
    return share;
  };
  const granteeOf = async (by: Member, name: string): Promise<string> => {
    const account = (await people.findByLoginName(name))?.account;
    if (!account || account.disabledAt !== null)
      throw new CoreError("account-not-found", { id: name });
    if (account.id === by.accountId)
      throw new CoreError("invalid-request", { field: "name", reason: "it is yours" });
    return account.id;
  };

  return {
    async create(by, wanted) {
      const node = await ownNode(by, wanted.nodeId);
      if (wanted.kind === "request" && node.kind === "file")
        throw new CoreError("not-a-folder", { id: node.id });
      const now = clock.now();
      const id = newId(now);
      const { expiresAt } = wanted;
      const facts = {
        id,
        ownerId: by.accountId,
        nodeId: node.id,
        expiresAt,
        createdAt: now,
        updatedAt: now,
      };
      const share = await (async (): Promise<Share> => {
        if (wanted.kind === "user") {
          const granteeId = await granteeOf(by, wanted.name);
          return { ...facts, kind: "user", granteeId, right: wanted.right };
        }
        const lock = await lockOf(id, wanted.password);
        if (wanted.kind === "request") {
          const { maxBytes } = wanted;
          return { ...facts, ...lock, kind: "request", maxBytes, receivedBytes: 0 };
        }
        const { maxDownloads, previewOnly } = wanted;
        return { ...facts, ...lock, kind: "link", maxDownloads, downloads: 0, previewOnly };
      })();
      return shares.create({ share, ...change(by) });
    },
    find,
    async change(by, { id, changes: { password, ...changes } }) {
      const share = await find(by, id);
      for (const [field, value] of Object.entries({ password, ...changes }))
        if (value !== undefined && !settings[share.kind].has(field as keyof ChangeShare))
          throw new CoreError("invalid-request", { field, reason: `not of a share ${share.kind}` });
      const passwordHash = typeof password === "string" ? await hasher.hash(password) : password;
      const changed = await shares.change({
        id,
        ownerId: by.accountId,
        changes: { ...changes, ...(passwordHash === undefined ? {} : { passwordHash }) },
        ...change(by),
      });
      if (!changed) throw new CoreError("share-not-found", { id });
      tellRevoked();
      return changed;
    },
    async revoke(by, id) {
      const isRevoked =
        isId(id) && (await shares.revoke({ id, ownerId: by.accountId, ...change(by) }));
      if (!isRevoked) throw new CoreError("share-not-found", { id });
      tellRevoked();
      await endUploads(id, by);
    },
    async leave(by, id) {
      const hasLeft =
        isId(id) && (await shares.leave({ id, granteeId: by.accountId, ...change(by) }));
      if (!hasLeft) throw new CoreError("share-not-found", { id });
      tellRevoked();
    },
    tokenOf(share) {
      if (share.kind === "user") return undefined;
      const token = seal.token(share.id);
      return isSameHash(hashSecret(token), share.tokenHash) ? token : undefined;
    },
    async granteeNameOf(share) {
      if (share.kind !== "user") return null;
      return (await people.findUser(share.granteeId))?.name ?? null;
    },
  };
}
