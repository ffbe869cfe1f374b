/** HEAD, and GET, which some proxies let through where they answer HEAD themselves. */
import { CoreError } from "../../core/errors.ts";
import { actorOf } from "../shared/actor.ts";
import { keepAskingAccess } from "../shared/ask-access.ts";
import { sendContent } from "../shared/content-response.ts";
import { findPublished } from "../shared/published.ts";
import type { TusDependencies } from "./dependencies.ts";
import { setStatus } from "./describe.ts";
import type { Exchange } from "./exchange.ts";
import { findLive, settle } from "./lookup.ts";

export async function headUpload(dependencies: TusDependencies, { request, reply }: Exchange) {
  const found = await findLive(dependencies, request);
  const upload = await settle(dependencies, { upload: found, actor: actorOf(request) });
  setStatus(reply, upload);
  // 200 in answer to GET would say that the content is empty.
  return reply.code(request.method === "HEAD" ? 200 : 204).send();
}

/** With `Tus-Resumable` the upload is asked for, without it its content. */
export async function getUpload(dependencies: TusDependencies, exchange: Exchange) {
  const { request } = exchange;
  if (request.headers["tus-resumable"] !== undefined) return headUpload(dependencies, exchange);
  const upload = await findLive(dependencies, request);
  const { id, ownerId: accountId } = upload;
  const { access, readContent } = dependencies;
  const file = await findPublished(dependencies, upload);
  if (!file) throw new CoreError("file-not-found", { id });
  if (file.ownerId !== accountId)
    keepAskingAccess(access, { request, accountId, ids: [file.id], right: "view" });
  return sendContent(exchange, { file, readContent, inline: false });
}
