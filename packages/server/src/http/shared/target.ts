/** The folder that a request names for what it sends. */
import type { FastifyRequest } from "fastify";
import type { DriveAccess } from "../../core/drive/access.ts";
import { CoreError } from "../../core/errors.ts";
import { accountOf } from "./authenticate.ts";

/** The id of the folder; the asker's root when none is named. Throws `node-not-found`, `not-a-folder`. */
export async function openTarget(
  access: DriveAccess,
  { request, id }: { request: FastifyRequest; id: string | undefined },
): Promise<string> {
  const accountId = accountOf(request).id;
  // Most of what is sent goes to the root, which needs no look-up.
  if (id === undefined || id === "root" || id === accountId) return accountId;
  const folder = await access.open({ accountId, id, right: "edit" });
  if (folder.kind === "file") throw new CoreError("not-a-folder", { id });
  return folder.id;
}
