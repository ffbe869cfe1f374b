/** `/s/{token}`: what visitors of a link see and take. Public: the token is the proof, and every route asks everything anew. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { OpenArchive } from "../../core/archive/open-archive.ts";
import type { ReadContent } from "../../core/blobs/content.ts";
import type { Clock } from "../../core/clock.ts";
import type { DriveNode, FileNode } from "../../core/drive/node.ts";
import type { NodeStore } from "../../core/drive/node-store.ts";
import { CoreError } from "../../core/errors.ts";
import type { PreviewKind } from "../../core/previews/previewer.ts";
import type { Previews } from "../../core/previews/previews.ts";
import type { LinkShare } from "../../core/sharing/share.ts";
import type { NoteOpened } from "../../core/sharing/note-opened.ts";
import type { Visit, Visits } from "../../core/sharing/visit.ts";
import { actorOf } from "../shared/actor.ts";
import { sendArchive } from "../shared/archive-response.ts";
import { sendContent } from "../shared/content-response.ts";
import { sendPreview } from "../shared/preview-response.ts";
import type { SessionCookies } from "../shared/session-cookies.ts";
import { keepAskingLink, keepTicket, keepUnlocked, knockOf, ticketOf } from "./link-knock.ts";
import { excerptQuery, thumbnailQuery } from "./previews.ts";
import { contentQuery, problemSchema } from "./schemas.ts";
import { formatLink, formatLinkNode } from "./share-codec.ts";
import {
  linkChildrenQuery,
  linkNodeParams,
  linkPageSchema,
  linkParams,
  linkSchema,
  linkZipQuery,
  unlockBody,
  unlockedSchema,
} from "./share-schemas.ts";

export interface LinkRoutes {
  readonly visits: Visits;
  readonly noteOpened: NoteOpened;
  readonly nodes: NodeStore;
  readonly readContent: ReadContent;
  readonly previews: Previews;
  readonly openArchive: OpenArchive;
  readonly cookies: SessionCookies;
  readonly clock: Clock;
}

interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

const refused = { "4XX": problemSchema, "5XX": problemSchema };
const tags = ["Links"];
const config = { access: "public" } as const;
const security: [] = [];

/** What stands in the address is the key: it is told to no other site, and kept by no cache and no index. */
export async function guardLinkAnswers(_request: FastifyRequest, reply: FastifyReply) {
  reply.headers({
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-robots-tag": "noindex, nofollow",
  });
}

export function registerLinks(instance: FastifyInstance, routes: LinkRoutes): void {
  const app = instance.withTypeProvider<ZodTypeProvider>();
  const { visits, nodes, noteOpened, cookies, clock } = routes;

  app.get(
    "/s/:token",
    {
      config,
      schema: {
        tags,
        security,
        summary: "What the link is for",
        params: linkParams,
        response: { 200: linkSchema, ...refused },
      },
    },
    async (request) => {
      const knock = knockOf({ request, token: request.params.token });
      const visit = await visits.open(knock);
      // A spent link says so instead of what it was for.
      if (visit.share.kind === "link") await visits.openLink(knock);
      if (request.method === "GET") await noteOpened(visit);
      return formatLink(visit);
    },
  );

  app.post(
    "/s/:token/unlock",
    {
      config,
      schema: {
        tags,
        security,
        summary: "Show the password: the answer, also in a cookie, opens the link for 12 hours",
        params: linkParams,
        body: unlockBody,
        response: { 200: unlockedSchema, ...refused },
      },
    },
    async (request, reply) => {
      const { token } = request.params;
      const { password } = request.body;
      const unlocked = await visits.unlock({ token, password, actor: actorOf(request) });
      const { credential, expiresAt } = unlocked;
      keepUnlocked(reply, { cookies, clock, path: token, value: credential, expiresAt });
      return { credential, expiresAt: new Date(expiresAt).toISOString() };
    },
  );

  app.get(
    "/s/:token/children",
    {
      config,
      schema: {
        tags,
        security,
        summary: "A shared folder, or one below it",
        params: linkParams,
        querystring: linkChildrenQuery,
        response: { 200: linkPageSchema, ...refused },
      },
    },
    async (request) => {
      const { token } = request.params;
      const visit = await visits.openLink(knockOf({ request, token }));
      const { id = visit.top.id, limit, cursor, sort, order } = request.query;
      const { node, folders } = await visits.reach(visit, id);
      if (node.kind === "file") throw new CoreError("not-a-folder", { id });
      const page = await nodes.children({
        folderId: node.id,
        limit,
        sort,
        order,
        ...(cursor === undefined ? {} : { cursor }),
      });
      return {
        path: [...folders, node].map((folder) => ({ id: folder.id, name: folder.name })),
        items: page.items.map(formatLinkNode),
        nextCursor: page.nextCursor,
      };
    },
  );

  registerLinkPreviews(instance, routes);
  registerLinkContent(instance, routes);
}

function registerLinkPreviews(instance: FastifyInstance, routes: LinkRoutes): void {
  const app = instance.withTypeProvider<ZodTypeProvider>();
  const { visits } = routes;
  const send = async (
    { request, reply }: Exchange,
    {
      token,
      id,
      ...what
    }: { token: string; id: string; kind: PreviewKind; version: number | undefined },
  ) => {
    const visit = await visits.openLink(knockOf({ request, token }));
    const file = asFile((await visits.reach(visit, id)).node);
    return sendPreview({ request, reply }, { ...routes, file, ...what, shared: true });
  };

  app.get(
    "/s/:token/thumbnail/:id",
    {
      config,
      schema: {
        tags,
        security,
        summary: "A small picture (WebP); 202 while it is being made",
        params: linkNodeParams,
        querystring: thumbnailQuery,
      },
    },
    async (request, reply) => {
      const { size, v: version } = request.query;
      const kind = size === "256" ? "image-256" : "image-1024";
      return send({ request, reply }, { ...request.params, kind, version });
    },
  );

  app.get(
    "/s/:token/excerpt/:id",
    {
      config,
      schema: {
        tags,
        security,
        summary: "The first 64 KiB of a text, in UTF-8; 202 while it is being made",
        params: linkNodeParams,
        querystring: excerptQuery,
      },
    },
    async (request, reply) =>
      send({ request, reply }, { ...request.params, kind: "text", version: request.query.v }),
  );
}

function registerLinkContent(instance: FastifyInstance, routes: LinkRoutes): void {
  const app = instance.withTypeProvider<ZodTypeProvider>();
  const { visits, readContent, openArchive } = routes;

  app.get(
    "/s/:token/content/:id",
    {
      config,
      schema: {
        tags,
        security,
        summary: "The bytes of a file: Range, conditionals, digest. Counts as a download",
        params: linkNodeParams,
        querystring: contentQuery,
      },
    },
    async (request, reply) => {
      const { token, id } = request.params;
      const ticket = { shown: ticketOf(request), target: `content ${id}` };
      const visit = await visits.openLink(knockOf({ request, token }), ticket);
      assertMayTake(visit);
      const file = asFile((await visits.reach(visit, id)).node);
      keepAskingLink(visits, { request, visit, ids: [id] });
      const path = `${token}/content/${id}`;
      return sendContent(
        { request, reply },
        {
          file,
          readContent,
          inline: request.query.download === "0",
          begin: () => begin(routes, { request, reply, visit, node: file, ...ticket, path }),
        },
      );
    },
  );

  app.get(
    "/s/:token/zip",
    {
      config,
      schema: {
        tags,
        security,
        summary: "What is shared, or some of it, as one ZIP. Counts as a download",
        params: linkParams,
        querystring: linkZipQuery,
      },
    },
    async (request, reply) => {
      const { token } = request.params;
      const chosen = request.query.ids?.split(",").toSorted();
      const ticket = { shown: ticketOf(request), target: `zip ${chosen?.join() ?? ""}` };
      const visit = await visits.openLink(knockOf({ request, token }), ticket);
      assertMayTake(visit);
      const ids = chosen ?? [visit.top.id];
      for (const id of ids) await visits.reach(visit, id);
      const archive = await openArchive({ accountId: visit.share.ownerId, ids });
      keepAskingLink(visits, { request, visit, ids });
      return sendArchive({ request, reply }, archive, () =>
        begin(routes, {
          request,
          reply,
          visit,
          node: visit.top,
          ...ticket,
          path: `${token}/zip`,
        }),
      );
    },
  );
}

/** Counts, where this is not a part of what was counted. */
async function begin(
  { visits, cookies, clock }: LinkRoutes,
  {
    reply,
    visit,
    node,
    target,
    shown,
    path,
  }: Exchange & {
    visit: Visit<LinkShare>;
    node: DriveNode;
    target: string;
    shown: string | undefined;
    path: string;
  },
): Promise<void> {
  const taken = await visits.takeDownload(visit, { target, node, ticket: shown });
  if (!taken) return;
  keepTicket(reply, { cookies, clock, path, value: taken.ticket, expiresAt: taken.expiresAt });
}

/** Before anything of the content is told: length and digest are content as well. */
function assertMayTake({ share }: Visit<LinkShare>): void {
  if (share.previewOnly) throw new CoreError("preview-only", {});
}

function asFile(node: DriveNode): FileNode {
  if (node.kind === "folder") throw new CoreError("file-not-found", { id: node.id });
  return node;
}
