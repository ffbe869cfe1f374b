/** What visitors of a link bring about: files for its owner, and copies in a drive of their own. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { DriveAccess } from "../../core/drive/access.ts";
import type { FileStore } from "../../core/drive/file-store.ts";
import type { NodeStore } from "../../core/drive/node-store.ts";
import { CoreError } from "../../core/errors.ts";
import type { ShareStore } from "../../core/sharing/share-store.ts";
import type { RequestShare } from "../../core/sharing/share.ts";
import type { Knock, Visit, Visits } from "../../core/sharing/visit.ts";
import type { Clock } from "../../core/clock.ts";
import type { Authenticate } from "../shared/authenticate.ts";
import { memberOf } from "../shared/member.ts";
import { smallFileBytes } from "../shared/whole-file.ts";
import { checkBeforeStoring, putFile, type PutFileRoutes } from "./files.ts";
import { keepAskingLink, knockOf } from "./link-knock.ts";
import { asVisitor, throughRequest } from "./link-uploads.ts";
import { sendOutcome } from "./nodes.ts";
import { begunSchema, doneSchema } from "./node-schemas.ts";
import { problemSchema } from "./schemas.ts";
import { linkFileParams, linkParams, receivedSchema, saveBody } from "./share-schemas.ts";

export interface LinkChangeRoutes extends PutFileRoutes {
  readonly files: FileStore;
  readonly visits: Visits;
  readonly shares: ShareStore;
  readonly nodes: NodeStore;
  readonly access: DriveAccess;
  readonly authenticate: Authenticate;
  readonly clock: Clock;
}

const refused = { "4XX": problemSchema, "5XX": problemSchema };
const tags = ["Links"];
const config = { access: "public" } as const;

export function registerLinkSave(instance: FastifyInstance, routes: LinkChangeRoutes): void {
  const app = instance.withTypeProvider<ZodTypeProvider>();
  const { visits, nodes, access, clock } = routes;

  app.post(
    "/s/:token/save",
    {
      config,
      schema: {
        tags,
        summary: "Into one's own drive, by reference. Counts as a download",
        params: linkParams,
        body: saveBody,
        response: { 200: doneSchema, 202: begunSchema, ...refused },
      },
    },
    async (request, reply) => {
      const principal = await routes.authenticate.identify(request, reply);
      if (!principal) throw new CoreError("unauthenticated", {});
      if (!principal.scopes.has("files:write"))
        throw new CoreError("forbidden", { needed: "files:write" });
      const { token } = request.params;
      const visit = await visits.openLink(knockOf({ request, token }));
      const { ids = [visit.top.id], parentId } = request.body;
      for (const id of ids) await visits.reach(visit, id);
      const by = memberOf(request);
      const folder = await access.open({ accountId: by.accountId, id: parentId, right: "edit" });
      const { id: shareId, passwordVersion } = visit.share;
      const outcome = await nodes.copy({
        ownerId: folder.ownerId,
        actor: { accountId: by.accountId, address: by.address },
        now: clock.now(),
        ids,
        parentId: folder.id,
        onConflict: "keep-both",
        reader: { kind: "link", shareId, passwordVersion },
      });
      return sendOutcome(reply, outcome);
    },
  );
}

/** In a scope without body parsers. */
export function registerLinkUpload(instance: FastifyInstance, routes: LinkChangeRoutes): void {
  const app = instance.withTypeProvider<ZodTypeProvider>();

  app.put(
    "/s/:token/files/:name",
    {
      config: {
        ...config,
        bytes: {
          mediaType: "application/octet-stream",
          headers: {
            "content-length": "Needed",
            "content-digest": "RFC 9530; checked before anything is stored",
          },
        },
      },
      schema: {
        tags,
        security: [],
        summary: "A file for whoever asked for it; a name that is taken there gets a number",
        params: linkFileParams,
        response: { 201: receivedSchema, ...refused },
      },
    },
    async (request, reply) => {
      const { token, name } = request.params;
      const size = await receiveFile(routes, { request, knock: knockOf({ request, token }), name });
      // Not the name that it got, which would tell what is there.
      return reply.code(201).send({ name, size });
    },
  );
}

async function receiveFile(
  routes: LinkChangeRoutes,
  { request, knock, name }: { request: FastifyRequest; knock: Knock; name: string },
): Promise<number> {
  const visit = await routes.visits.openRequest(knock);
  keepAskingLink(routes.visits, { request, visit, ids: [visit.top.id] });
  const bytes = declaredLength(request);
  // The body may have taken long: a link that was revoked or locked anew meanwhile receives nothing.
  const stillOpen = async () => void (await routes.visits.openRequest(knock));
  const file = {
    request,
    ownerId: visit.share.ownerId,
    name,
    parentId: visit.top.id,
    onConflict: "keep-both",
  } as const;
  const checked = checkBeforeStoring(routes, stillOpen);
  return asVisitor(async () => {
    if (bytes <= smallFileBytes) return storeCounted(routes, { visit, bytes, file, checked });
    // Its upload counts the bytes, and tells of it in the log.
    return (await putFile(checked, { ...file, through: throughRequest(visit) })).size;
  });
}

/** A small file is one commit, and has no upload that could count for it. */
async function storeCounted(
  { shares, clock }: LinkChangeRoutes,
  {
    visit: { share, actor },
    bytes,
    file,
    checked,
  }: {
    visit: Visit<RequestShare>;
    bytes: number;
    file: Parameters<typeof putFile>[1];
    checked: PutFileRoutes;
  },
): Promise<number> {
  const { id, passwordVersion, ownerId, maxBytes } = share;
  const taken = await shares.takeBytes({ id, passwordVersion, bytes, now: clock.now() });
  if (taken === "gone") throw new CoreError("shared-link-not-found", {});
  if (taken === "spent") throw new CoreError("request-full", { limitBytes: maxBytes });
  try {
    const adder = { accountId: ownerId, shareId: id };
    const { name, size } = await putFile(checked, { ...file, adder });
    await shares.recordUpload({ id, data: { name, size }, actor, now: clock.now() });
    return size;
  } catch (error) {
    await shares.returnBytes({ id, bytes });
    throw error;
  }
}

function declaredLength({ headers }: FastifyRequest): number {
  const text = headers["content-length"];
  if (text === undefined || headers["transfer-encoding"] !== undefined)
    throw new CoreError("invalid-request", { field: "Content-Length", reason: "is needed" });
  return Number(text);
}
