/**
 * Bytes from a remote into an upload: the one there is, from its durable offset, where the remote proves by its validator that the content is
 * the same; else from the start. Where it cannot prove it, what is held is compared with what comes, and a difference is a conflict, so
 * a file is never put together from two versions.
 */
import { isCoreError } from "../errors.ts";
import type { Actor } from "../events.ts";
import type { CompleteUpload } from "../uploads/complete.ts";
import type { CreateUpload, CreateUploadResult } from "../uploads/create.ts";
import type { UploadLifecycle } from "../uploads/lifecycle.ts";
import type { ReceiveBytes } from "../uploads/receive.ts";
import type { UploadStore } from "../uploads/upload-store.ts";
import { assertReceiving, isOpen, type Upload } from "../uploads/upload.ts";
import type { FetchStore } from "./fetch-store.ts";
import type { Fetch } from "./fetch.ts";
import { chooseRemoteName } from "./remote-name.ts";
import { parseRemoteUrl, RemoteFailure, type Remote, type RemoteContent } from "./remote.ts";
import type { Clock } from "../clock.ts";

export interface TransferDependencies {
  readonly fetches: Pick<FetchStore, "attach">;
  readonly remote: Remote;
  readonly uploads: Pick<UploadStore, "find">;
  readonly createUpload: (input: CreateUpload) => Promise<CreateUploadResult>;
  readonly receiveBytes: ReceiveBytes;
  readonly completeUpload: CompleteUpload;
  readonly lifecycle: Pick<UploadLifecycle, "abort">;
  readonly limits: { readonly maxBytes: number };
  readonly clock: Clock;
}

/** Its owner wanted it, wherever they are by now. */
export function actorFor({ ownerId }: Fetch): Actor {
  return { accountId: ownerId, address: null };
}

/** Its owner has paused the upload, or writes to it by other means: the download waits, and nothing has failed. */
export class GaveWay extends Error {
  override readonly name = "GaveWay";
}

export type Transfer = (fetch: Fetch, work: { signal: AbortSignal }) => Promise<Upload>;

export function createTransfer(dependencies: TransferDependencies): Transfer {
  const { fetches, remote, uploads, createUpload, receiveBytes, completeUpload, lifecycle } =
    dependencies;
  const { maxBytes } = dependencies.limits;

  return async (fetch, { signal }) => {
    const held = await findHeld(fetch);
    // A crash may have come between the file and the row that says so.
    if (held?.state === "complete") return held;
    if (held?.state === "completing") return finish(fetch, held);
    if (held && held.size !== null && held.offset === held.size) return finish(fetch, held);

    const { validator } = fetch;
    await using content = await remote.open({
      url: parseRemoteUrl(fetch.url),
      resume:
        held && held.offset > 0 && validator !== null ? { offset: held.offset, validator } : null,
      signal,
    });
    if (content.size !== null && content.size > maxBytes)
      throw new RemoteFailure("too-large", {
        detail: `${content.size} bytes; ${maxBytes} are allowed`,
      });
    const upload = await uploadFor(fetch, { held, content });
    await receive(upload, content);
    return await finish(fetch, upload);
  };

  /** Undefined: begin anew. */
  async function findHeld({ uploadId }: Fetch): Promise<Upload | undefined> {
    const upload = uploadId === null ? undefined : await uploads.find(uploadId);
    if (!upload || upload.state === "expired" || upload.state === "failed") return undefined;
    if (upload.state === "paused") throw new GaveWay();
    if (upload.state === "receiving") return upload;
    if (upload.state === "aborted") assertReceiving(upload);
    return upload;
  }

  async function uploadFor(
    fetch: Fetch,
    { held, content }: { held: Upload | undefined; content: RemoteContent },
  ): Promise<Upload> {
    const fits =
      held && (held.size === content.size || content.size === null || held.size === null);
    const upload = held && fits ? held : await begin(fetch, content);
    const isCurrent = await fetches.attach({
      id: fetch.id,
      run: fetch.run,
      uploadId: upload.id,
      name: upload.name,
      validator: content.validator,
      totalBytes: content.size ?? upload.size,
      now: dependencies.clock.now(),
    });
    if (held && isCurrent && upload !== held) await lifecycle.abort(held.id, actorFor(fetch));
    if (isCurrent) return upload;
    // Cancelled meanwhile: nobody else knows of an upload that was just begun.
    if (upload !== held) await lifecycle.abort(upload.id, actorFor(fetch));
    throw new RemoteFailure("cut", { detail: "cancelled", mayPass: true });
  }

  async function begin(fetch: Fetch, content: RemoteContent): Promise<Upload> {
    const begun = {
      ownerId: fetch.ownerId,
      dialect: "offline",
      name: fetch.name ?? chooseRemoteName(content.names),
      size: content.size,
      mediaType: content.mediaType,
      onConflict: "keep-both",
      // A crash before the fetch knows of it: the next try finds it by this.
      resumeKey: `fetch:${fetch.id}`,
      actor: actorFor(fetch),
    } as const;
    const { parentId, ownerId } = fetch;
    try {
      return (await createUpload({ ...begun, parentId: parentId ?? ownerId })).upload;
    } catch (error) {
      if (!isCoreError(error, "node-not-found", "node-trashed", "share-right-missing")) throw error;
      return (await createUpload(begun)).upload;
    }
  }

  /**
   * Nobody watches: a folder that is gone by now (or in the trash, or shared no longer) is no reason to lose what came, so it goes to the
   * root, and the row of the fetch says so.
   */
  async function finish(fetch: Fetch, { id }: Upload): Promise<Upload> {
    const actor = actorFor(fetch);
    try {
      return await completeUpload({ id, actor });
    } catch (error) {
      if (!isCoreError(error, "parent-gone", "share-right-missing")) throw error;
      return await completeUpload({ id, actor, target: { parentId: fetch.ownerId } });
    }
  }

  async function receive({ id }: Upload, content: RemoteContent): Promise<void> {
    try {
      await receiveBytes({
        id,
        source: content.source,
        place: ({ size }) => ({
          start: content.start,
          limit: size ?? content.size ?? maxBytes,
          unit: "byte",
          endsContent: () => true,
        }),
      });
    } catch (error) {
      if (!isCoreError(error, "superseded", "upload-paused")) throw error;
      const now = await uploads.find(id);
      if (now && !isOpen(now)) assertReceiving(now);
      throw new GaveWay("another writer took over", { cause: error });
    }
  }
}
