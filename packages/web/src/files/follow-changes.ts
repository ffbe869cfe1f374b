import type { Client, LiveEvent } from "@sampan/sdk";

export interface FollowedChanges {
  /** This page stored the file itself: the list has it already. */
  noteOwn(fileId: string): void;
  follow(): void;
  /** Until `follow` is called again. */
  pause(): void;
  /** Forgets everything, for another account's sake. */
  leave(): void;
}

/** Something happened to a node; `unknown` is anything, to anything. */
export type Change =
  | { readonly kind: "unknown" }
  | {
      readonly kind: "stored" | "changed" | "removed";
      readonly nodeId: string;
      /** The folders whose lists changed, as far as the event says. */
      readonly folderIds: readonly string[];
    };

/** Answers to this page's own requests come a little later than the events that they cause; and many changes are one refresh. */
const GATHER_MS = 1_000;
/** An event of an own file that comes later than this is about something else. */
const OWN_MS = 15_000;

/** Says what changed elsewhere: on another device, in another tab, by a program. */
export function createFollowChanges({
  client,
  onChanges,
}: {
  client: Pick<Client, "events">;
  onChanges: (changes: readonly Change[]) => void;
}): FollowedChanges {
  const own = new Map<string, number>();
  let changes: Change[] = [];
  let following: AbortController | null = null;
  let lastId: number | undefined;
  let gathering: ReturnType<typeof setTimeout> | null = null;

  const isOwn = (change: Change): boolean =>
    change.kind === "stored" && performance.now() - (own.get(change.nodeId) ?? -Infinity) < OWN_MS;
  const settle = (): void => {
    gathering = null;
    const gathered = changes.filter((change) => !isOwn(change));
    changes = [];
    for (const [id, notedAtMs] of own) {
      if (performance.now() - notedAtMs < OWN_MS) break;
      own.delete(id);
    }
    if (gathered.length > 0) onChanges(gathered);
  };
  const note = (event: LiveEvent): void => {
    if (event.id !== null) lastId = event.id;
    const change = changeOf(event);
    if (change === undefined) return;
    changes.push(change);
    gathering ??= setTimeout(settle, GATHER_MS);
  };

  async function run(signal: AbortSignal): Promise<void> {
    for await (const event of client.events({ after: lastId, signal })) note(event);
  }
  const pause = (): void => {
    following?.abort();
    following = null;
  };
  return {
    noteOwn: (fileId) => void own.set(fileId, performance.now()),
    follow() {
      if (following !== null) return;
      following = new AbortController();
      // It ends when it is paused, or with a refusal, which the session hears of; the list works without it.
      run(following.signal).catch(() => undefined);
    },
    pause,
    leave() {
      pause();
      if (gathering !== null) clearTimeout(gathering);
      gathering = null;
      lastId = undefined;
      changes = [];
      own.clear();
    },
  };
}

function changeOf({ kind, subjectId, data }: LiveEvent): Change | undefined {
  const { fileId, parentId, fromParentId } = data;
  const folderIds = [parentId, fromParentId].filter((id) => typeof id === "string");
  const of = (nodeId: unknown, what: "stored" | "changed" | "removed"): Change | undefined =>
    typeof nodeId === "string" ? { kind: what, nodeId, folderIds } : undefined;
  switch (kind) {
    case "reset":
    case "trash.emptied":
    case "grant.created":
    case "grant.changed":
    case "grant.ended":
      return { kind: "unknown" };
    case "file.stored":
    case "node.created":
    case "node.replaced":
      return of(subjectId, "stored");
    case "upload.completed":
      return of(fileId, "stored");
    case "file.removed":
    case "node.trashed":
    case "node.deleted":
      return of(subjectId, "removed");
    case "node.renamed":
    case "node.moved":
    case "node.restored":
    case "node.starred":
    case "node.unstarred":
    case "node.tagged":
      return of(subjectId, "changed");
    default:
      return undefined;
  }
}
