/** The folder that a request names for what it sends. */
import type { FastifyRequest } from "fastify";
import type { Adder } from "../../core/drive/adder.ts";
import type { DriveAccess, Right } from "../../core/drive/access.ts";
import { CoreError } from "../../core/errors.ts";
import { keepAskingAccess } from "./ask-access.ts";
import { accountOf } from "./authenticate.ts";

export interface Target {
  readonly parentId: string;
  /** Whose drive it is in, and whose quota it counts against. */
  readonly ownerId: string;
}

/** A folder, in one's own drive or shared with one; the asker's root when none is named. Throws `node-not-found`, `share-right-missing`, `not-a-folder`. */
export async function openPlace(
  access: DriveAccess,
  {
    request,
    id,
    right = "edit",
  }: { request: FastifyRequest; id: string | undefined; right?: Right },
): Promise<Target> {
  const accountId = accountOf(request).id;
  // Most of what is sent goes to the root, which needs no look-up.
  if (id === undefined || id === "root" || id === accountId)
    return { parentId: accountId, ownerId: accountId };
  const folder = await access.open({ accountId, id, right });
  if (folder.kind === "file") throw new CoreError("not-a-folder", { id });
  if (folder.ownerId !== accountId)
    keepAskingAccess(access, { request, accountId, ids: [id], right });
  return { parentId: folder.id, ownerId: folder.ownerId };
}

/** As `openPlace`, for what stays open for long: whoever lands something there asks again. */
export async function openTarget(
  access: DriveAccess,
  { request, id }: { request: FastifyRequest; id: string | undefined },
): Promise<string> {
  return (await openPlace(access, { request, id })).parentId;
}

/** Who adds to a folder of somebody else; undefined in one's own, where nobody takes the right back. */
export function adderTo({ ownerId }: Target, request: FastifyRequest): Adder | undefined {
  const accountId = accountOf(request).id;
  return ownerId === accountId ? undefined : { accountId, shareId: null };
}
