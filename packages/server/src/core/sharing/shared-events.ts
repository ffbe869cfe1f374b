/**
 * What happens in what is shared with an account, for its live stream: read from the log of the owner's drive, by the rights of that moment.
 * So a share that ended is silent at once, nothing is written twice, and what happened before something was shared is not told.
 */
import type { Clock } from "../clock.ts";
import type { EventKind, RecordedEvent } from "../events.ts";
import type { NodeStore } from "../drive/node-store.ts";
import type { ShareStore } from "./share-store.ts";
import type { UserShare } from "./share.ts";

export interface SharedEvents {
  /** Who shares something with the account now. */
  owners(accountId: string): Promise<readonly string[]>;
  /** Of events in others' drives those that the account may see, as it may see them. Its own stay as they are. */
  show(input: {
    accountId: string;
    events: readonly RecordedEvent[];
  }): Promise<readonly RecordedEvent[]>;
}

/** What changes a listing, or what a file is. Marks, versions and sign-ins are their owner's affair. */
const shown: ReadonlySet<EventKind> = new Set<EventKind>([
  "node.created",
  "node.replaced",
  "node.renamed",
  "node.moved",
  "node.trashed",
  "node.restored",
  "node.deleted",
  "file.stored",
  "file.removed",
  "upload.completed",
]);

export function createSharedEvents({
  shares,
  nodes,
  clock,
}: {
  shares: Pick<ShareStore, "ownersSharing" | "grantsOn">;
  nodes: Pick<NodeStore, "trail">;
  clock: Clock;
}): SharedEvents {
  return {
    owners: (accountId) => shares.ownersSharing({ accountId, now: clock.now() }),
    async show({ accountId, events }) {
      const foreign = events.filter(({ accountId: ownerId }) => ownerId !== accountId);
      if (foreign.length === 0) return events;
      const paths = await findPaths(nodes, foreign);
      const nodeIds = new Set([...paths.values()].flat());
      for (const event of foreign) nodeIds.add(nodeOf(event) ?? "");
      const grants = await shares.grantsOn({
        accountId,
        nodeIds: [...nodeIds],
        now: clock.now(),
      });
      const byNode = Map.groupBy(grants, ({ nodeId }) => nodeId);
      return events.flatMap((event) =>
        event.accountId === accountId ? [event] : showForeign(event, { paths, byNode }),
      );
    },
  };
}

interface Sight {
  /** Of each live folder, from itself up. */
  readonly paths: ReadonlyMap<string, readonly string[]>;
  readonly byNode: ReadonlyMap<string, readonly UserShare[]>;
}

async function findPaths(
  nodes: Pick<NodeStore, "trail">,
  events: readonly RecordedEvent[],
): Promise<Map<string, readonly string[]>> {
  const folders = new Set(
    events
      .filter(isShown)
      .flatMap(({ data }) => [idOf(data["parentId"]), idOf(data["fromParentId"])]),
  );
  const paths = new Map<string, readonly string[]>();
  for (const id of folders) {
    const trail = id === undefined ? undefined : await nodes.trail(id);
    if (trail?.isLive)
      paths.set(
        trail.node.id,
        [trail.node, ...trail.folders].map((one) => one.id),
      );
  }
  return paths;
}

const idOf = (value: unknown): string | undefined =>
  typeof value === "string" ? value : undefined;
const isShown = ({ kind }: RecordedEvent): boolean => shown.has(kind);

/** Of an upload the subject is the upload. */
function nodeOf({ kind, subjectId, data }: RecordedEvent): string | undefined {
  return idOf(kind === "upload.completed" ? data["fileId"] : subjectId);
}

function showForeign(event: RecordedEvent, sight: Sight): RecordedEvent[] {
  if (!isShown(event)) return [];
  const { parentId, fromParentId, ...rest } = event.data;
  const seen = (id: unknown): string | undefined => {
    const folderId = idOf(id);
    return seesFolder(event, { sight, id: folderId }) ? folderId : undefined;
  };
  const to = seen(parentId);
  const from = seen(fromParentId);
  const left = fromParentId === undefined ? {} : { fromParentId: from ?? null };
  if (to !== undefined) return [asStored({ ...event, data: { parentId: to, ...left, ...rest } })];
  // Where it went, and what it is called there, is not theirs to know.
  if (from !== undefined) {
    const data = { parentId: null, ...left, kind: rest["kind"] ?? null };
    return [{ ...event, kind: "node.moved", data }];
  }
  const isShared = isGranted(event, { sight, id: nodeOf(event) });
  return isShared ? [asStored({ ...event, data: { parentId: null, ...left, ...rest } })] : [];
}

/** Somebody else's upload is nothing that they could look up: to them it is a file that is there now. */
function asStored(event: RecordedEvent): RecordedEvent {
  if (event.kind !== "upload.completed") return event;
  const { fileId, instant: _how, ...data } = event.data;
  return { ...event, kind: "file.stored", subjectId: idOf(fileId) ?? null, data };
}

function seesFolder(
  event: RecordedEvent,
  { sight, id }: { sight: Sight; id: string | undefined },
): boolean {
  const path = id === undefined ? [] : (sight.paths.get(id) ?? []);
  return path.some((one) => isGranted(event, { sight, id: one }));
}

function isGranted(
  { accountId: ownerId, at }: RecordedEvent,
  { sight, id }: { sight: Sight; id: string | undefined },
): boolean {
  const grants = id === undefined ? [] : (sight.byNode.get(id) ?? []);
  return grants.some((grant) => grant.ownerId === ownerId && grant.createdAt <= at);
}
