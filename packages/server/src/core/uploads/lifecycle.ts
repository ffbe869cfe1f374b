/** Pause, resume, abort, repair and expiry: everything that moves an upload, and its annex with it, without bringing bytes. */
import type { BlobStore } from "../blobs/blob-store.ts";
import type { Capacity } from "../blobs/capacity.ts";
import type { Clock } from "../clock.ts";
import { CoreError, isCoreError } from "../errors.ts";
import { systemActor, type Actor } from "../events.ts";
import type { ActiveUploads } from "./active.ts";
import { findUpload } from "./receive.ts";
import type { UploadStore } from "./upload-store.ts";
import {
  assertReceiving,
  awaitedBytes,
  type Range,
  type Upload,
  type UploadState,
} from "./upload.ts";

export interface LifecycleDependencies {
  readonly uploads: UploadStore;
  readonly blobs: BlobStore;
  readonly active: ActiveUploads;
  readonly capacity: Capacity;
  readonly clock: Clock;
}

export interface UploadLifecycle {
  /** Idempotent. What has arrived is kept. */
  pause(id: string, actor: Actor): Promise<Upload>;
  resume(id: string, actor: Actor): Promise<Upload>;
  /** Ends it and frees its bytes. Idempotent on aborted uploads; a complete one refuses. */
  abort(id: string, actor: Actor): Promise<Upload>;
  /** Forgets every byte, so that a content that failed verification can be sent again. */
  dropParts(id: string): Promise<Upload>;
  /** Forgets the bytes in `range`: what comes next takes their place. Whoever is writing anywhere in the upload must begin again. */
  dropRange(id: string, range: Range): Promise<Upload>;
  /** Ends uploads past their time; returns how many. */
  expire(): Promise<number>;
}

export function createLifecycle({
  uploads,
  blobs,
  active,
  capacity,
  clock,
}: LifecycleDependencies): UploadLifecycle {
  const move = async (
    id: string,
    change: { from: UploadState[]; to: UploadState; actor: Actor; expiredBy?: number },
  ): Promise<Upload> => {
    const upload = await findUpload(uploads, id);
    if (upload.state === change.to) return upload;
    await active.interrupt(id, { keepBytes: change.to === "paused" });
    const moved = await uploads.transition({ id, ...change, now: clock.now() });
    if (moved) return moved;
    const now = await findUpload(uploads, id);
    if (now.state === change.to) return now;
    assertReceiving(now);
    throw new CoreError("superseded", { id });
  };

  const free = async (id: string): Promise<void> => {
    active.forget(id);
    capacity.release(id);
    await blobs.staging.remove(id);
  };

  const end = async (
    id: string,
    change: { to: "aborted" | "expired"; actor: Actor; expiredBy?: number },
  ): Promise<Upload> => {
    // Looked up before: an ended upload and what was its annex know nothing of each other.
    const annex = await findAnnex(id);
    const ended = await move(id, { from: ["receiving", "paused"], ...change });
    await free(id);
    if (annex) await endAnnex(annex.id);
    return ended;
  };

  const findAnnex = async (id: string): Promise<Upload | undefined> =>
    (await uploads.annexes([id])).get(id);

  const endAnnex = async (id: string): Promise<void> => {
    const change = { from: ["receiving", "paused"], to: "aborted", actor: systemActor } as const;
    await move(id, { ...change, from: [...change.from] });
    await free(id);
  };

  const moveBoth = async (
    id: string,
    change: { from: UploadState; to: UploadState; actor: Actor },
  ): Promise<Upload> => {
    const from = [change.from];
    const moved = await move(id, { ...change, from });
    const annex = await findAnnex(id);
    if (annex) await move(annex.id, { ...change, from }).catch(ignoreRefusal);
    return moved;
  };

  const drop = async (id: string, range: Range): Promise<Upload> => {
    assertReceiving(await findUpload(uploads, id));
    await active.interrupt(id);
    const dropped = await uploads.dropRange({ id, range, now: clock.now() });
    capacity.promise(id, awaitedBytes(dropped));
    // Who claimed in between is fenced, and must have stopped writing before anybody begins anew.
    await active.interrupt(id);
    active.forget(id);
    return dropped;
  };

  return {
    pause: (id, actor) => moveBoth(id, { from: "receiving", to: "paused", actor }),
    resume: (id, actor) => moveBoth(id, { from: "paused", to: "receiving", actor }),
    async abort(id, actor) {
      const upload = await findUpload(uploads, id);
      // A partial's bytes outlive it only through the file that joined them.
      if (upload.state === "paused" || upload.state === "receiving" || upload.state === "aborted")
        return end(id, { to: "aborted", actor });
      if (upload.state === "failed") {
        await free(id);
        return upload;
      }
      assertReceiving(upload);
      return upload;
    },
    dropParts: (id) => drop(id, { start: 0, end: Number.MAX_SAFE_INTEGER }),
    dropRange: drop,
    async expire() {
      const due = await uploads.expired({ now: clock.now(), limit: 500 });
      for (const { id, state } of due) {
        if (state === "completing") continue;
        const change = { to: "expired", actor: systemActor, expiredBy: clock.now() } as const;
        await end(id, change).catch(ignoreRefusal);
      }
      // Completed otherwise, or ended by a process that did not live to end its annex.
      for (const { id } of await uploads.strayAnnexes({ limit: 500 }))
        await endAnnex(id).catch(ignoreRefusal);
      return due.length;
    },
  };
}

/** It moved on while we looked: completed, aborted, or paused by its owner. The next round sees it as it is. */
function ignoreRefusal(error: unknown): void {
  if (!isCoreError(error)) throw error;
}
