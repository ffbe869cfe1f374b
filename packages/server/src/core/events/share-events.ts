import type { BusinessEvent, EventKind } from "../events.ts";
import type { Share } from "../sharing/share.ts";

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
