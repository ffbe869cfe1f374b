import type { BusinessEvent, EventKind } from "../events.ts";
import type { Share, UserShare } from "../sharing/share.ts";

/** Of the share's owner: visitors appear by address, or by account where they are signed in. */
export function shareEvent(
  kind: Extract<EventKind, `share.${string}`>,
  {
    share,
    actor,
    at,
    data = {},
  }: {
    share: Pick<Share, "id" | "ownerId" | "nodeId" | "kind">;
    actor: BusinessEvent["actor"];
    at: number;
    data?: BusinessEvent["data"];
  },
): BusinessEvent {
  const { id: subjectId, ownerId: accountId } = share;
  return {
    kind,
    accountId,
    actor,
    subjectId,
    data: { share: share.kind, nodeId: share.nodeId, ...data },
    at,
  };
}

/** The same of whom it is shared with: what they find among what is shared with them has changed. */
export function grantEvent(
  kind: Extract<EventKind, `grant.${string}`>,
  {
    share,
    actor,
    at,
    data = {},
  }: {
    share: UserShare;
    actor: BusinessEvent["actor"];
    at: number;
    data?: BusinessEvent["data"];
  },
): BusinessEvent {
  const { id: subjectId, granteeId: accountId, nodeId, ownerId, right } = share;
  return { kind, accountId, actor, subjectId, data: { nodeId, ownerId, right, ...data }, at };
}
