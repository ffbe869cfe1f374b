import type { Client, LiveEvent } from "@sampan/sdk";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createFollowChanges } from "./follow-changes.ts";

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

function setUp(shown: string[] = []) {
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
  const onChange = vi.fn<() => void>();
  const isShown = (id: string) => shown.includes(id);
  const changes = createFollowChanges({ client: { events }, isShown, onChange });
  const hear = async (...heard: LiveEvent[]) => {
    for (const event of heard) {
      tell(event);
      await vi.advanceTimersByTimeAsync(1);
    }
  };
  changes.follow();
  return { changes, onChange, asked, hear };
}

it("says once that files were stored, replaced or removed elsewhere", async () => {
  const { onChange, hear } = setUp(["gone"]);
  await hear(
    eventOf("file.stored", "a"),
    eventOf("upload.completed", "u", { data: { fileId: "b" } }),
    eventOf("file.removed", "gone"),
  );
  expect(onChange).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(onChange).toHaveBeenCalledTimes(1);
});

it("does not refresh for what the page did itself, whichever it hears of first", async () => {
  const { changes, onChange, hear } = setUp();
  changes.noteOwn("a");
  await hear(
    eventOf("file.stored", "a"),
    eventOf("upload.completed", "u", { data: { fileId: "b" } }),
    eventOf("file.removed", "deleted here"),
    eventOf("upload.created", "u"),
    eventOf("upload.progress", "u", { id: null }),
  );
  changes.noteOwn("b");
  await vi.advanceTimersByTimeAsync(2_000);
  expect(onChange).not.toHaveBeenCalled();
  // The same file again is a replacement by somebody else.
  await hear(eventOf("file.stored", "a"));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(onChange).toHaveBeenCalledTimes(1);
});

it("goes on where it was after a pause, and forgets everything when somebody leaves", async () => {
  const { changes, onChange, asked, hear } = setUp();
  await hear(eventOf("upload.created", "u", { id: 41 }));
  changes.pause();
  changes.follow();
  await hear(eventOf("file.stored", "a", { id: 42 }));
  changes.leave();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(onChange).not.toHaveBeenCalled();
  changes.follow();
  expect(asked).toEqual([undefined, 41, undefined]);
  await hear(eventOf("reset", "", { subjectId: null }));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(onChange).toHaveBeenCalledTimes(1);
});
