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

interface Change {
  readonly kind: "stored" | "removed" | "unknown";
  readonly fileId: string;
}

/** Answers to this page's own requests come a little later than the events that they cause; and many changes are one refresh. */
const GATHER_MS = 1_000;
const MAX_REMEMBERED = 10_000;

/** Says when files changed elsewhere: on another device, in another tab, by a program. */
export function createFollowChanges({
  client,
  isShown,
  onChange,
}: {
  client: Pick<Client, "events">;
  isShown: (fileId: string) => boolean;
  onChange: () => void;
}): FollowedChanges {
  const own = new Set<string>();
  let changes: Change[] = [];
  let following: AbortController | null = null;
  let lastId: number | undefined;
  let gathering: ReturnType<typeof setTimeout> | null = null;

  const isForeign = ({ kind, fileId }: Change): boolean => {
    if (kind === "unknown") return true;
    return kind === "stored" ? !own.delete(fileId) : isShown(fileId);
  };
  const settle = (): void => {
    gathering = null;
    const gathered = changes;
    changes = [];
    // Each is looked at, so that own files are forgotten once they were heard of.
    if (gathered.filter(isForeign).length > 0) onChange();
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
    noteOwn(fileId) {
      if (own.size >= MAX_REMEMBERED) own.clear();
      own.add(fileId);
    },
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
  const { fileId } = data;
  switch (kind) {
    case "reset":
      return { kind: "unknown", fileId: "" };
    case "file.stored":
      return { kind: "stored", fileId: subjectId ?? "" };
    case "file.removed":
      return { kind: "removed", fileId: subjectId ?? "" };
    case "upload.completed":
      return typeof fileId === "string" ? { kind: "stored", fileId } : undefined;
    default:
      return undefined;
  }
}
