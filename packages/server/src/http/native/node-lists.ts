/** Nodes by what they have in common rather than where they are: recent, starred, tagged, found by name, in the trash. */
import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import type { ChangeTree } from "../../core/drive/change-tree.ts";
import type { DriveAccess } from "../../core/drive/access.ts";
import type { NameSearch, NodeStore, SearchScope } from "../../core/drive/node-store.ts";
import type { Clock } from "../../core/clock.ts";
import { CoreError } from "../../core/errors.ts";
import { memberOf } from "../shared/member.ts";
import { formatNode, formatNodePage } from "./node-codec.ts";
import {
  begunSchema,
  doneSchema,
  nodePageSchema,
  pageQuery,
  restoreBody,
  searchQuery,
  tagListSchema,
  taggedQuery,
  trashPageSchema,
} from "./node-schemas.ts";
import { sendOutcome } from "./nodes.ts";
import { problemSchema } from "./schemas.ts";

export interface NodeListRoutes {
  readonly nodes: NodeStore;
  readonly search: NameSearch;
  readonly changeTree: ChangeTree;
  readonly access: DriveAccess;
  readonly clock: Clock;
}

const refused = { "4XX": problemSchema, "5XX": problemSchema };
const tags = ["Drive"];
const listed = { 200: nodePageSchema, ...refused };

export function registerNodeLists(instance: FastifyInstance, routes: NodeListRoutes): void {
  const app = instance.withTypeProvider<ZodTypeProvider>();
  const { nodes, search } = routes;

  app.get(
    "/recent",
    {
      schema: {
        tags,
        summary: "Files by when they changed",
        querystring: pageQuery,
        response: listed,
      },
    },
    async (request) => {
      const { accountId } = memberOf(request);
      const page = await nodes.recent({ ownerId: accountId, ...pageOf(request.query) });
      return formatNodePage(routes, { accountId, page });
    },
  );

  app.get(
    "/starred",
    { schema: { tags, summary: "What has a star", querystring: pageQuery, response: listed } },
    async (request) => {
      const { accountId } = memberOf(request);
      const page = await nodes.starred({ accountId, ...pageOf(request.query) });
      return formatNodePage(routes, { accountId, page });
    },
  );

  app.get(
    "/tags",
    { schema: { tags, summary: "The tags in use", response: { 200: tagListSchema, ...refused } } },
    async (request) => ({ items: await nodes.tags(memberOf(request).accountId) }),
  );

  app.get(
    "/tagged",
    { schema: { tags, summary: "What has a tag", querystring: taggedQuery, response: listed } },
    async (request) => {
      const { accountId } = memberOf(request);
      const { tag } = request.query;
      const page = await nodes.tagged({ accountId, tag, ...pageOf(request.query) });
      return formatNodePage(routes, { accountId, page });
    },
  );

  app.get(
    "/search",
    {
      schema: {
        tags,
        summary:
          "Files and folders by a part of their name, newest first; in one's own drive unless said",
        querystring: searchQuery,
        response: listed,
      },
    },
    async (request) => {
      const { accountId } = memberOf(request);
      const { q: text, kind } = request.query;
      const page = await search.find({
        scope: await parseScope(routes, { accountId, ...request.query }),
        text,
        ...pageOf(request.query),
        ...(kind === undefined ? {} : { kind }),
      });
      return formatNodePage(routes, { accountId, page });
    },
  );
  registerTrash(instance, routes);
}

/** Below a folder that the asker may see, or by whose things they are. */
async function parseScope(
  { access, clock }: NodeListRoutes,
  { accountId, in: id, scope }: { accountId: string } & z.infer<typeof searchQuery>,
): Promise<SearchScope> {
  if (id === undefined) {
    if (scope === undefined || scope === "own") return { kind: "drive", ownerId: accountId };
    return { kind: "shared", accountId, withOwn: scope === "all", now: clock.now() };
  }
  if (scope !== undefined)
    throw new CoreError("invalid-request", { field: "scope", reason: "a folder is named" });
  const folder = await access.open({ accountId, id, right: "view" });
  if (folder.kind === "file") throw new CoreError("not-a-folder", { id });
  return { kind: "folder", ownerId: folder.ownerId, folderId: folder.id };
}

function registerTrash(instance: FastifyInstance, { nodes, changeTree }: NodeListRoutes): void {
  const app = instance.withTypeProvider<ZodTypeProvider>();

  app.get(
    "/trash",
    {
      schema: {
        tags,
        summary: "What is in the trash, last trashed first",
        querystring: pageQuery,
        response: { 200: trashPageSchema, ...refused },
      },
    },
    async (request) => {
      const ownerId = memberOf(request).accountId;
      const { items, nextCursor } = await nodes.trash({ ownerId, ...pageOf(request.query) });
      return {
        items: items.map(({ node, trashedAt, fromParentId }) => ({
          ...formatNode(node),
          trashedAt: new Date(trashedAt).toISOString(),
          fromParentId,
        })),
        nextCursor,
      };
    },
  );

  app.post(
    "/trash/restore",
    {
      schema: {
        tags,
        summary: "Out of the trash, back or into a folder",
        body: restoreBody,
        response: { 200: doneSchema, ...refused },
      },
    },
    async (request) => {
      const { ids, parentId, onConflict } = request.body;
      const restored = await changeTree.restore(memberOf(request), {
        ids,
        ...(parentId === undefined ? {} : { parentId }),
        ...(onConflict === undefined ? {} : { onConflict }),
      });
      return { ids: [...restored] };
    },
  );

  app.delete(
    "/trash",
    {
      schema: {
        tags,
        summary: "Empty the trash",
        response: { 202: begunSchema, 204: z.null(), ...refused },
      },
    },
    async (request, reply) => {
      const outcome = await changeTree.emptyTrash(memberOf(request));
      if (outcome.kind === "job") return sendOutcome(reply, outcome);
      return reply.code(204).send(null);
    },
  );
}

function pageOf({ limit, cursor }: { limit: number; cursor?: string | undefined }) {
  return { limit, ...(cursor === undefined ? {} : { cursor }) };
}
