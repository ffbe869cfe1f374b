/**
 * DELETE. An open upload is aborted. A finished one gives up what it made: a partial its bytes, any other its file, unless that
 * has other content by now, or is in a drive that was only shared. That is what "terminate" does in every tus server, and clients ask for it by name only.
 */
import { CoreError } from "../../core/errors.ts";
import type { Actor } from "../../core/events.ts";
import type { Upload } from "../../core/uploads/upload.ts";
import { actorOf } from "../shared/actor.ts";
import type { TusDependencies } from "./dependencies.ts";
import type { Exchange } from "./exchange.ts";
import { findLive } from "./lookup.ts";

export async function deleteUpload(dependencies: TusDependencies, { request, reply }: Exchange) {
  const upload = await findLive(dependencies, request);
  const actor = actorOf(request);
  if (upload.state !== "complete") await dependencies.lifecycle.abort(upload.id, actor);
  else if (upload.purpose === "partial") await dropPartial(dependencies, { upload, actor });
  else await removeFile(dependencies, { upload, actor });
  return reply.code(204).send();
}

/** Files that were joined from it keep their own hold on the bytes. */
async function dropPartial(
  { uploads, clock }: TusDependencies,
  { upload: { id }, actor }: { upload: Upload; actor: Actor },
): Promise<void> {
  const change = { from: ["complete"], to: "aborted", actor } as const;
  const dropped = await uploads.transition({ id, ...change, now: clock.now() });
  if (!dropped) throw new CoreError("upload-aborted", { id });
}

async function removeFile(
  { files, clock }: TusDependencies,
  { upload, actor }: { upload: Upload; actor: Actor },
): Promise<void> {
  const { fileId, ownerId, blobId } = upload;
  const file = fileId === null ? undefined : await files.find(fileId);
  if (file && file.ownerId !== ownerId)
    throw new CoreError("share-right-missing", { needed: "own" });
  if (file?.blobId === blobId)
    await files.remove({ id: file.id, ownerId, actor, now: clock.now() });
}
