/** `POST /api/mergeChunks`, and the URL that it answers. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { CoreError, isCoreError } from "../../core/errors.ts";
import { isId } from "../../core/ids.ts";
import { actorOf } from "../shared/actor.ts";
import { keepAskingAccess } from "../shared/ask-access.ts";
import { accountOf } from "../shared/authenticate.ts";
import type { FamilyDependencies } from "../shared/chunks/family.ts";
import { explainMissing, layoutOf } from "../shared/chunks/task-layout.ts";
import { sendContent } from "../shared/content-response.ts";
import { readJson } from "../shared/json-body.ts";
import { findOwnUpload } from "../shared/uploads.ts";
import { findPublished } from "../shared/published.ts";
import { formatDownloadUrl } from "../shared/download-url.ts";
import { parseBody } from "./create.ts";

const bodySchema = z.object({ task_id: z.string().max(100) });

export async function mergeChunks(
  dependencies: FamilyDependencies,
  request: FastifyRequest,
): Promise<{ download_url: string }> {
  const { uploads, files, access, tasks, finishTask, chunkBodies } = dependencies;
  const json = await readJson(request.raw, { body: chunkBodies.body, limitBytes: 4096 });
  const { task_id: id } = parseBody(bodySchema, json);
  const ownerId = accountOf(request).id;
  try {
    const done = await finishTask({ id, ownerId, actor: actorOf(request) });
    const file = await findPublished({ files, access }, done);
    if (!file) throw new CoreError("file-not-found", { id });
    return { download_url: formatDownloadUrl(file) };
  } catch (error) {
    if (!isCoreError(error, "upload-incomplete")) throw error;
    const upload = await findOwnUpload(uploads, { id, ownerId });
    const layout = layoutOf(upload, await tasks.find(id));
    if (!layout) throw error;
    throw explainMissing(error, { layout, held: await uploads.ranges(id) });
  }
}

export async function sendUpload(
  { files, access, readContent }: FamilyDependencies,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
): Promise<FastifyReply | void> {
  const { id } = request.params as { id: string };
  const ownerId = accountOf(request).id;
  const file = isId(id)
    ? await findPublished({ files, access }, { ownerId, fileId: id })
    : undefined;
  if (!file) throw new CoreError("file-not-found", { id });
  if (file.ownerId !== ownerId)
    keepAskingAccess(access, { request, accountId: ownerId, ids: [id], right: "view" });
  return sendContent({ request, reply }, { file, readContent, inline: false });
}
