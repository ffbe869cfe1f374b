/** What an owner does with fetches: ask for one, cancel, try again, forget. */
import type { Clock } from "../clock.ts";
import { parseName } from "../drive/name.ts";
import { CoreError, isCoreError } from "../errors.ts";
import type { Actor } from "../events.ts";
import { newId } from "../ids.ts";
import type { UploadLifecycle } from "../uploads/lifecycle.ts";
import type { FetchLimits, FetchStore } from "./fetch-store.ts";
import { hasEnded, type Fetch } from "./fetch.ts";
import { parseRemoteUrl, type Remote } from "./remote.ts";
import type { RunningFetches } from "./running.ts";

export interface NewFetch {
  readonly ownerId: string;
  readonly url: string;
  readonly name?: string;
  readonly parentId?: string | null;
}

export interface ManageFetches {
  /** Throws `url-refused`, `name-refused`, `too-many-fetches`. */
  create(input: NewFetch, actor: Actor): Promise<Fetch>;
  /** Ends it and frees what it has received. Idempotent; a complete or failed one refuses with `fetch-ended`. */
  cancel(id: string, actor: Actor): Promise<Fetch>;
  /** Queues a failed or cancelled one again; an open one is left as it is, a complete one refuses. */
  retry(id: string, actor: Actor): Promise<Fetch>;
  /** Forgets it; an open one is cancelled first. Its file stays. */
  remove(id: string, actor: Actor): Promise<void>;
}

export function createManageFetches({
  fetches,
  remote,
  running,
  lifecycle,
  limits,
  clock,
  wake,
}: {
  fetches: FetchStore;
  remote: Pick<Remote, "refuses">;
  running: RunningFetches;
  lifecycle: Pick<UploadLifecycle, "abort">;
  limits: FetchLimits;
  clock: Clock;
  /** There may be something to do. */
  wake: () => void;
}): ManageFetches {
  const find = async (id: string): Promise<Fetch> => {
    const fetch = await fetches.find(id);
    if (!fetch) throw new CoreError("fetch-not-found", { id });
    return fetch;
  };

  const free = async ({ uploadId }: Fetch, actor: Actor): Promise<void> => {
    if (uploadId === null) return;
    try {
      await lifecycle.abort(uploadId, actor);
    } catch (error) {
      // It became a file at the last moment, or is gone: both are ends.
      if (!isCoreError(error)) throw error;
    }
  };

  const cancel = async (id: string, actor: Actor): Promise<Fetch> => {
    const cancelled = await fetches.cancel({ id, limits, actor, now: clock.now() });
    if (!cancelled) {
      const fetch = await find(id);
      if (fetch.state !== "cancelled")
        throw new CoreError("fetch-ended", { id, state: fetch.state });
      return fetch;
    }
    await running.interrupt(id);
    // Read again: the upload may have been attached just before the end.
    const ended = await find(id);
    await free(ended, actor);
    wake();
    return ended;
  };

  return {
    cancel,
    async create({ ownerId, url: text, name, parentId = null }, actor) {
      const url = parseRemoteUrl(text);
      if (remote.refuses(url))
        throw new CoreError("url-refused", { reason: "not a public address" });
      const now = clock.now();
      const created = await fetches.create({
        fetch: {
          id: newId(now),
          ownerId,
          url: url.href,
          name: name === undefined ? null : parseName(name),
          parentId,
        },
        limits,
        actor,
        now,
      });
      wake();
      return created;
    },
    async retry(id, actor) {
      const before = await find(id);
      if (before.state === "complete")
        throw new CoreError("fetch-ended", { id, state: before.state });
      if (!hasEnded(before)) return before;
      const restarted = await fetches.restart({ id, limits, actor, now: clock.now() });
      wake();
      return restarted ?? find(id);
    },
    async remove(id, actor) {
      const fetch = await find(id);
      if (!hasEnded(fetch)) {
        try {
          await cancel(id, actor);
        } catch (error) {
          if (!isCoreError(error, "fetch-ended")) throw error;
        }
      } else if (fetch.state === "failed") {
        await free(fetch, actor);
      }
      await fetches.remove(id);
    },
  };
}
