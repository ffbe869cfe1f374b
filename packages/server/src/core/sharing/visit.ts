/**
 * A visitor at a link. Everything is asked anew on every request: whether the token names a share, whether its owner may still use their drive,
 * whether the node is live there, whether the password was shown, whether downloads are left. So whatever takes one of these away holds at once,
 * for unlocked cookies and running tickets as well.
 *
 * A *ticket* makes one download of many requests: who took a download of something goes on with it, by ranges and in parallel, for a day. It
 * replaces the count only; every other question is asked of its holder too.
 */
import type { AttemptLimiter } from "../accounts/attempts.ts";
import type { PasswordHasher } from "../accounts/password.ts";
import { scopesOf } from "../accounts/role.ts";
import { hashSecret } from "../accounts/secret.ts";
import type { Clock } from "../clock.ts";
import type { DriveNode } from "../drive/node.ts";
import type { NodeStore } from "../drive/node-store.ts";
import { CoreError } from "../errors.ts";
import type { Actor } from "../events.ts";
import { isId } from "../ids.ts";
import { hasTokenShape, type Seal } from "./seal.ts";
import type { FoundShare, ShareStore } from "./share-store.ts";
import { isSpent, type LinkShare, type RequestShare, type VisitShare } from "./share.ts";

/** What a visitor shows. */
export interface Knock {
  readonly token: string;
  readonly credential: string | undefined;
  readonly actor: Actor;
}

export interface Visit<S extends VisitShare = VisitShare> {
  readonly share: S;
  readonly ownerName: string;
  /** What is shared. */
  readonly top: DriveNode;
  readonly actor: Actor;
}

/** A node of a link, with the folders between it and what is shared. */
export interface Reached {
  readonly node: DriveNode;
  /** From what is shared down to the parent; empty for what is shared itself. */
  readonly folders: readonly DriveNode[];
}

export interface Visits {
  /** Throws `shared-link-not-found`, `too-many-attempts`, `share-locked`. A spent link opens: it is content that is refused. */
  open(knock: Knock): Promise<Visit>;
  /** As `open`, for a link to read. Throws `downloads-spent` as well, unless a ticket of this target is shown. */
  openLink(
    knock: Knock,
    ticket?: { shown: string | undefined; target: string },
  ): Promise<Visit<LinkShare>>;
  openRequest(knock: Knock): Promise<Visit<RequestShare>>;
  /** What counts as the password for a while. Throws `share-locked`, `too-many-attempts`. */
  unlock(
    knock: Omit<Knock, "credential"> & { password: string },
  ): Promise<{ credential: string; expiresAt: number }>;
  /**
   * For what goes on for long after it was let in: throws what a visitor with the same password would meet now at this node. Of downloads it was
   * counted, and of guesses it is none.
   */
  assertStands(visit: Visit, nodeId: string): Promise<void>;
  /** By the chain of parents' ids, never by names. Throws `node-not-found` for whatever is not below what is shared. */
  reach(visit: Visit, id: string): Promise<Reached>;
  /**
   * Counts a download unless the ticket shown is one of this target. Returns a new ticket when it counted. Throws `downloads-spent`, `preview-only`,
   * `shared-link-not-found`.
   */
  takeDownload(
    visit: Visit<LinkShare>,
    input: { target: string; node: DriveNode; ticket: string | undefined },
  ): Promise<{ ticket: string; expiresAt: number } | undefined>;
}

const dayMs = 24 * 3_600_000;
const unlockedMs = 12 * 3_600_000;

export function createVisits({
  shares,
  nodes,
  seal,
  hasher,
  limiter,
  clock,
}: {
  shares: ShareStore;
  nodes: Pick<NodeStore, "trail">;
  seal: Seal;
  hasher: PasswordHasher;
  limiter: AttemptLimiter;
  clock: Clock;
}): Visits {
  const find = async ({ token, actor }: Omit<Knock, "credential">): Promise<Visit> => {
    const hash = hashSecret(token);
    const attempt = { target: `link ${hash}`, address: actor.address ?? "" };
    limiter.assertAllowed(attempt);
    const found = hasTokenShape(token) ? await shares.findByTokenHash(hash) : undefined;
    const top = found && counts(found, clock.now()) ? await liveNode(found.share) : undefined;
    if (!found || !top) {
      limiter.recordFailure(attempt);
      throw new CoreError("shared-link-not-found", {});
    }
    return { share: found.share, ownerName: found.owner.name, top, actor };
  };

  const reach = async (
    { share, top }: Pick<Visit, "share" | "top">,
    id: string,
  ): Promise<Reached> => {
    if (id === share.nodeId) return { node: top, folders: [] };
    const trail = isId(id) ? await nodes.trail(id) : undefined;
    const start = trail?.folders.findIndex((folder) => folder.id === share.nodeId) ?? -1;
    if (!trail?.isLive || start < 0 || trail.node.ownerId !== share.ownerId)
      throw new CoreError("node-not-found", { id });
    return { node: trail.node, folders: trail.folders.slice(start) };
  };

  const liveNode = async ({ nodeId, ownerId }: VisitShare): Promise<DriveNode | undefined> => {
    const trail = await nodes.trail(nodeId);
    return trail?.isLive && trail.node.ownerId === ownerId ? trail.node : undefined;
  };

  const open = async (knock: Knock): Promise<Visit> => {
    const visit = await find(knock);
    const { passwordHash } = visit.share;
    if (passwordHash !== null && !isUnlocked(visit.share, knock.credential))
      throw new CoreError("share-locked", { isWrong: false });
    return visit;
  };

  const isUnlocked = ({ id, passwordVersion }: VisitShare, credential: string | undefined) => {
    const [shareId, version, until] = seal.open("unlocked", credential ?? "") ?? [];
    const isFresh = Number(until) > clock.now();
    return shareId === id && version === String(passwordVersion) && isFresh;
  };

  const holdsTicket = (
    { id }: VisitShare,
    { shown, target }: { shown: string | undefined; target: string },
  ): boolean => {
    const [shareId, hash, until] = seal.open("ticket", shown ?? "") ?? [];
    return shareId === id && hash === hashSecret(target) && Number(until) > clock.now();
  };

  return {
    open,
    async openLink(knock, ticket) {
      const visit = await open(knock);
      const { share } = visit;
      // Whoever may only bring something is told nothing of what could be read.
      if (share.kind !== "link") throw new CoreError("shared-link-not-found", {});
      if (isSpent(share) && !(ticket && holdsTicket(share, ticket)))
        throw new CoreError("downloads-spent", { limit: share.maxDownloads ?? 0 });
      return { ...visit, share };
    },
    async openRequest(knock) {
      const visit = await open(knock);
      const { share } = visit;
      if (share.kind !== "request") throw new CoreError("shared-link-not-found", {});
      return { ...visit, share };
    },
    async unlock({ password, ...knock }) {
      const { share, actor } = await find(knock);
      const expiresAt = clock.now() + unlockedMs;
      const { id, passwordHash, passwordVersion } = share;
      const sealed = () => seal.seal("unlocked", [id, String(passwordVersion), String(expiresAt)]);
      if (passwordHash === null) return { credential: sealed(), expiresAt };
      const attempt = { target: `share ${id}`, address: actor.address ?? "" };
      limiter.assertAllowed(attempt);
      const isRight = await hasher.verify({ password, hash: passwordHash });
      // For those who waited while others guessed: an answer that comes too late is withheld.
      limiter.assertAllowed(attempt);
      if (!isRight) {
        limiter.recordFailure(attempt);
        await shares.recordVisit({ id, kind: "share.unlock-failed", actor, now: clock.now() });
        throw new CoreError("share-locked", { isWrong: true });
      }
      limiter.forgive(attempt);
      return { credential: sealed(), expiresAt };
    },
    reach,
    async assertStands({ share }, nodeId) {
      const found = await shares.findByTokenHash(share.tokenHash);
      const top = found && counts(found, clock.now()) ? await liveNode(found.share) : undefined;
      if (!found || !top) throw new CoreError("shared-link-not-found", {});
      if (found.share.passwordVersion !== share.passwordVersion)
        throw new CoreError("share-locked", { isWrong: false });
      if (found.share.kind === "link" && found.share.previewOnly)
        throw new CoreError("preview-only", {});
      await reach({ share: found.share, top }, nodeId);
    },
    async takeDownload({ share, actor }, { target, node, ticket }) {
      if (share.previewOnly) throw new CoreError("preview-only", {});
      if (holdsTicket(share, { shown: ticket, target })) return undefined;
      const { id, passwordVersion, maxDownloads } = share;
      const now = clock.now();
      const data = { nodeId: node.id, name: node.name };
      const taken = await shares.takeDownload({ id, passwordVersion, data, actor, now });
      if (taken === "gone") throw new CoreError("shared-link-not-found", {});
      if (taken === "spent") throw new CoreError("downloads-spent", { limit: maxDownloads ?? 0 });
      const expiresAt = now + dayMs;
      const sealed = seal.seal("ticket", [id, hashSecret(target), String(expiresAt)]);
      return { ticket: sealed, expiresAt };
    },
  };
}

function counts({ share, owner }: FoundShare, now: number): boolean {
  const hasExpired = share.expiresAt !== null && share.expiresAt <= now;
  return !hasExpired && !owner.isDisabled && scopesOf(owner.role).has("files:write");
}
