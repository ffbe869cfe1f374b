/** What the drive reports. `data.parentId` is the folder whose listing changed; `data.fromParentId` the one that lost the node. */
import type { Actor, BusinessEvent, EventKind } from "../events.ts";
import type { NodeKind } from "../drive/node.ts";

export interface NodeFacts {
  readonly id: string;
  readonly ownerId: string;
  readonly parentId: string | null;
  readonly name: string;
  readonly kind: NodeKind;
}

export function nodeEvent(
  kind: Extract<EventKind, `node.${string}` | `version.${string}`>,
  {
    node,
    actor,
    at,
    more = {},
  }: {
    node: NodeFacts;
    actor: Actor;
    at: number;
    more?: BusinessEvent["data"];
  },
): BusinessEvent {
  const { parentId, name } = node;
  const data = { parentId, name, kind: node.kind, ...more };
  return { kind, accountId: node.ownerId, actor, subjectId: node.id, data, at };
}

/** About no node in particular: what was in the trash is not told one by one. */
export function trashEmptied(
  accountId: string,
  { actor, at }: { actor: Actor; at: number },
): BusinessEvent {
  return { kind: "trash.emptied", accountId, actor, subjectId: null, data: {}, at };
}
