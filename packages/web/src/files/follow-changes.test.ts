import type { Client, LiveEvent } from "@sampan/sdk";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createFollowChanges, type Change } from "./follow-changes.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const eventOf = (kind: string, subjectId: string, more: Partial<LiveEvent> = {}): LiveEvent => ({
  id: 1,
  kind,
  subjectId,
  actorId: null,
  at: null,
  data: {},
  ...more,
});

function setUp() {
  const asked: (number | undefined)[] = [];
  let tell: (event: LiveEvent) => void = () => undefined;
  const events: Client["events"] = async function* (options) {
    asked.push(options?.after);
    const signal = options?.signal;
    for (;;) {
      yield await new Promise<LiveEvent>((resolve, reject) => {
        tell = resolve;
        signal?.addEventListener("abort", () => reject(signal.reason as Error));
      });
    }
  };
  const onChanges = vi.fn<(changes: readonly Change[]) => void>();
  const changes = createFollowChanges({ client: { events }, onChanges });
  const hear = async (...heard: LiveEvent[]) => {
    for (const event of heard) {
      tell(event);
      await vi.advanceTimersByTimeAsync(1);
    }
  };
  changes.follow();
  return { changes, onChanges, asked, hear };
}

it("says once what happened elsewhere, and to which folders", async () => {
  const { onChanges, hear } = setUp();
  await hear(
    eventOf("node.created", "a", { data: { parentId: "p" } }),
    eventOf("upload.completed", "u", { data: { fileId: "b" } }),
    eventOf("node.moved", "c", { data: { parentId: "p", fromParentId: "q" } }),
    eventOf("node.trashed", "d", { data: { parentId: "p" } }),
    eventOf("upload.progress", "u", { id: null }),
    eventOf("of another day", "e"),
  );
  expect(onChanges).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(onChanges.mock.calls).toEqual([
    [
      [
        { kind: "stored", nodeId: "a", folderIds: ["p"] },
        { kind: "stored", nodeId: "b", folderIds: [] },
        { kind: "changed", nodeId: "c", folderIds: ["p", "q"] },
        { kind: "removed", nodeId: "d", folderIds: ["p"] },
      ],
    ],
  ]);
});

it("keeps quiet about what the page stored itself, whichever it hears of first, but not about what comes after", async () => {
  const { changes, onChanges, hear } = setUp();
  changes.noteOwn("a");
  await hear(
    eventOf("file.stored", "a"),
    eventOf("node.created", "a", { data: { parentId: "p" } }),
    eventOf("upload.completed", "u", { data: { fileId: "b" } }),
  );
  changes.noteOwn("b");
  await vi.advanceTimersByTimeAsync(2_000);
  expect(onChanges).not.toHaveBeenCalled();
  await hear(eventOf("node.renamed", "a"));
  await vi.advanceTimersByTimeAsync(20_000);
  expect(onChanges).toHaveBeenCalledTimes(1);
  await hear(eventOf("node.replaced", "a"));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(onChanges).toHaveBeenCalledTimes(2);
});

it("goes on where it was after a pause, and forgets everything when somebody leaves", async () => {
  const { changes, onChanges, asked, hear } = setUp();
  await hear(eventOf("upload.created", "u", { id: 41 }));
  changes.pause();
  changes.follow();
  await hear(eventOf("file.stored", "a", { id: 42 }));
  changes.leave();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(onChanges).not.toHaveBeenCalled();
  changes.follow();
  expect(asked).toEqual([undefined, 41, undefined]);
  await hear(eventOf("reset", "", { subjectId: null }));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(onChanges.mock.calls).toEqual([[[{ kind: "unknown" }]]]);
});
