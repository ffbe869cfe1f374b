/** What "merge" and "complete" do in every family: own content at once, else what has arrived, verified. */
import type { AdoptContent } from "../../../core/dialects/adopt-content.ts";
import type { TaskStore } from "../../../core/dialects/task-store.ts";
import type { Digests } from "../../../core/blobs/digest.ts";
import { isCoreError } from "../../../core/errors.ts";
import type { CompleteUpload } from "../../../core/uploads/complete.ts";
import type { Actor } from "../../../core/events.ts";
import type { UploadStore } from "../../../core/uploads/upload-store.ts";
import type { Upload } from "../../../core/uploads/upload.ts";
import { findOwnUpload } from "../uploads.ts";

export interface FinishRequest {
  readonly id: string;
  readonly ownerId: string;
  readonly actor: Actor;
  readonly claimed?: Digests;
  /** Called when it is this request's turn, with the upload as it is then: the last moment to change it. */
  readonly prepare?: (upload: Upload) => Promise<Upload>;
  /** Another way to complete it, where there is one; undefined: the ordinary way. */
  readonly otherwise?: (upload: Upload) => Promise<Upload | undefined>;
}

/** May be asked again: a finished upload is the answer. After a digest that does not hold, chunks sent again replace what is held. */
export type FinishTask = (request: FinishRequest) => Promise<Upload>;

export function createFinishTask({
  uploads,
  tasks,
  adoptContent,
  completeUpload,
}: {
  uploads: Pick<UploadStore, "find">;
  tasks: Pick<TaskStore, "markSuspect">;
  adoptContent: AdoptContent;
  completeUpload: CompleteUpload;
}): FinishTask {
  const inTurn = createTurns();

  const finish = async (request: FinishRequest): Promise<Upload> => {
    const { id, ownerId, actor, claimed = {}, prepare, otherwise } = request;
    let upload = await findOwnUpload(uploads, { id, ownerId });
    if (upload.state !== "complete" && prepare) upload = await prepare(upload);
    const wanted = { ...upload, claimed: { ...upload.claimed, ...claimed } };
    const adopted = await adoptContent({ upload: wanted, actor });
    if (adopted) return adopted;
    try {
      return (await otherwise?.(upload)) ?? (await completeUpload({ id, claimed, actor }));
    } catch (error) {
      if (isCoreError(error, "digest-mismatch"))
        await tasks.markSuspect({ uploadId: id, isSuspect: true });
      throw error;
    }
  };
  return (request) => inTurn(request.id, () => finish(request));
}

/** One after another for each key, in order. */
export function createTurns(): <T>(key: string, work: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>();
  return async (key, work) => {
    const before = last.get(key) ?? Promise.resolve();
    const mine = before.then(work, work);
    last.set(key, mine);
    try {
      return await mine;
    } finally {
      if (last.get(key) === mine) last.delete(key);
    }
  };
}
