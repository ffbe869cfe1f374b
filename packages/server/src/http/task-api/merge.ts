/** `POST /api/mergeChunks`, and the URL that it answers. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { CoreError, isCoreError } from "../../core/errors.ts";
import { isId } from "../../core/ids.ts";
import { actorOf } from "../shared/actor.ts";
import { accountOf } from "../shared/authenticate.ts";
import type { FamilyDependencies } from "../shared/chunks/family.ts";
import { explainMissing, layoutOf } from "../shared/chunks/task-layout.ts";
import { sendContent } from "../shared/content-response.ts";
import { readJson } from "../shared/json-body.ts";
import { findOwnUpload } from "../shared/uploads.ts";
import { findPublished } from "../shared/published.ts";
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
    return { download_url: `/uploads/${file.id}/${encodeURIComponent(file.name)}` };
  } catch (error) {
    if (!isCoreError(error, "upload-incomplete")) throw error;
    const upload = await findOwnUpload(uploads, { id, ownerId });
    const layout = layoutOf(upload, await tasks.find(id));
    if (!layout) throw error;
    throw explainMissing(error, { layout, held: await uploads.ranges(id) });
  }
}

/** The name in the URL is for people: the file is found by its id. */
export async function sendUpload(
  { files, readContent }: FamilyDependencies,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
): Promise<FastifyReply | void> {
  const { id } = request.params as { id: string };
  const file = isId(id) ? await files.find(id) : undefined;
  if (file?.ownerId !== accountOf(request).id) throw new CoreError("file-not-found", { id });
  return sendContent({ request, reply }, { file, readContent, inline: false });
}
