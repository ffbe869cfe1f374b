/** `/nodes` and `/folders`: the tree, one node or several at a time. */
import type { FastifyInstance, FastifyReply } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import type { DriveAccess } from "../../core/drive/access.ts";
import type { ChangeTree } from "../../core/drive/change-tree.ts";
import type { NodeStore, TreeOutcome } from "../../core/drive/node-store.ts";
import { parsePath } from "../../core/drive/path.ts";
import { CoreError } from "../../core/errors.ts";
import { dropUndefined } from "../shared/drop-undefined.ts";
import { memberOf } from "../shared/member.ts";
import { formatNode, formatNodePage, formatOutcome, formatTrail } from "./node-codec.ts";
import {
  begunSchema,
  changeNodeBody,
  childrenQuery,
  copyBody,
  copyOneBody,
  deleteQuery,
  doneSchema,
  idsBody,
  makeFolderBody,
  moveBody,
  nodeIdParams,
  nodeInPlaceSchema,
  nodePageSchema,
  nodeSchema,
  pathQuery,
  starBody,
} from "./node-schemas.ts";
import { problemSchema } from "./schemas.ts";

export interface NodeRoutes {
  readonly nodes: NodeStore;
  readonly access: DriveAccess;
  readonly changeTree: ChangeTree;
}

const refused = { "4XX": problemSchema, "5XX": problemSchema };
const tags = ["Drive"];

export function registerNodes(instance: FastifyInstance, routes: NodeRoutes): void {
  registerTree(instance, routes);
  registerSingle(instance, routes);
  registerSeveral(instance, routes);
}

function registerTree(instance: FastifyInstance, routes: NodeRoutes): void {
  const app = instance.withTypeProvider<ZodTypeProvider>();
  const { nodes, access, changeTree } = routes;

  app.get(
    "/nodes",
    {
      schema: {
        tags,
        summary: "Find by path",
        querystring: pathQuery,
        response: { 200: nodeInPlaceSchema, ...refused },
      },
    },
    async (request) => {
      const { accountId } = memberOf(request);
      const { path, from } = request.query;
      const folder = await access.open({ accountId, id: from, right: "view" });
      const names = parsePath(path);
      const found = await nodes.findByNames({ folderId: folder.id, names });
      if (!found) throw new CoreError("node-not-found", { id: path });
      return inPlace(routes, { accountId, id: found.id });
    },
  );

  app.get(
    "/nodes/:id",
    {
      schema: {
        tags,
        summary: "One file or folder, `root` for the root folder",
        params: nodeIdParams,
        response: { 200: nodeInPlaceSchema, ...refused },
      },
    },
    async (request) => {
      const { accountId } = memberOf(request);
      const { id } = await access.open({ accountId, id: request.params.id, right: "view" });
      return inPlace(routes, { accountId, id });
    },
  );

  app.get(
    "/nodes/:id/children",
    {
      schema: {
        tags,
        summary: "What is in a folder, folders first",
        params: nodeIdParams,
        querystring: childrenQuery,
        response: { 200: nodePageSchema, ...refused },
      },
    },
    async (request) => {
      const { accountId } = memberOf(request);
      const folder = await access.open({ accountId, id: request.params.id, right: "view" });
      if (folder.kind === "file") throw new CoreError("not-a-folder", { id: folder.id });
      const page = await nodes.children({
        folderId: folder.id,
        ...dropUndefined(request.query),
      });
      return formatNodePage(routes, { accountId, page });
    },
  );

  app.post(
    "/folders",
    {
      schema: {
        tags,
        summary: "Make a folder",
        body: makeFolderBody,
        response: { 201: nodeSchema, ...refused },
      },
    },
    async (request, reply) => {
      const { path, ...place } = request.body;
      const folder = await changeTree.makeFolder(memberOf(request), {
        names: parsePath(path),
        ...dropUndefined(place),
      });
      return reply
        .code(201)
        .header("location", `/api/v1/nodes/${folder.id}`)
        .send(formatNode(folder));
    },
  );
}

function registerSingle(instance: FastifyInstance, routes: NodeRoutes): void {
  const app = instance.withTypeProvider<ZodTypeProvider>();
  const { changeTree } = routes;

  app.patch(
    "/nodes/:id",
    {
      schema: {
        tags,
        summary: "Rename, move, star, tag",
        params: nodeIdParams,
        body: changeNodeBody,
        response: { 200: nodeInPlaceSchema, ...refused },
      },
    },
    async (request) => {
      const by = memberOf(request);
      const { id } = request.params;
      const changed = await changeTree.change(by, { id, ...dropUndefined(request.body) });
      return inPlace(routes, { accountId: by.accountId, id: changed });
    },
  );

  app.post(
    "/nodes/:id/copy",
    {
      schema: {
        tags,
        summary: "Copy by reference",
        params: nodeIdParams,
        body: copyOneBody,
        response: { 200: doneSchema, 202: begunSchema, ...refused },
      },
    },
    async (request, reply) => {
      const outcome = await changeTree.copy(memberOf(request), {
        ids: [request.params.id],
        ...dropUndefined(request.body),
      });
      return sendOutcome(reply, outcome);
    },
  );

  app.delete(
    "/nodes/:id",
    {
      schema: {
        tags,
        summary: "To the trash, or for good",
        params: nodeIdParams,
        querystring: deleteQuery,
        response: { 202: begunSchema, 204: z.null(), ...refused },
      },
    },
    async (request, reply) => {
      const by = memberOf(request);
      const ids = [request.params.id];
      if (request.query.permanent !== "1") await changeTree.trash(by, ids);
      else {
        const outcome = await changeTree.remove(by, ids);
        if (outcome.kind === "job") return sendOutcome(reply, outcome);
      }
      return reply.code(204).send(null);
    },
  );
}

function registerSeveral(instance: FastifyInstance, { changeTree }: NodeRoutes): void {
  const app = instance.withTypeProvider<ZodTypeProvider>();

  app.post(
    "/nodes/move",
    {
      schema: {
        tags,
        summary: "Move several into a folder, all or none",
        body: moveBody,
        response: { 200: doneSchema, ...refused },
      },
    },
    async (request) => {
      const moved = await changeTree.move(memberOf(request), dropUndefined(request.body));
      return { ids: [...moved] };
    },
  );

  app.post(
    "/nodes/copy",
    {
      schema: {
        tags,
        summary: "Copy several by reference, all or none",
        body: copyBody,
        response: { 200: doneSchema, 202: begunSchema, ...refused },
      },
    },
    async (request, reply) => {
      const outcome = await changeTree.copy(memberOf(request), dropUndefined(request.body));
      return sendOutcome(reply, outcome);
    },
  );

  app.post(
    "/nodes/trash",
    {
      schema: {
        tags,
        summary: "Several to the trash",
        body: idsBody,
        response: { 204: z.null(), ...refused },
      },
    },
    async (request, reply) => {
      await changeTree.trash(memberOf(request), request.body.ids);
      return reply.code(204).send(null);
    },
  );

  app.post(
    "/nodes/delete",
    {
      schema: {
        tags,
        summary: "Several for good, also out of the trash",
        body: idsBody,
        response: { 200: doneSchema, 202: begunSchema, ...refused },
      },
    },
    async (request, reply) =>
      sendOutcome(reply, await changeTree.remove(memberOf(request), request.body.ids)),
  );

  app.post(
    "/nodes/star",
    {
      schema: {
        tags,
        summary: "Star several, or take the star away",
        body: starBody,
        response: { 204: z.null(), ...refused },
      },
    },
    async (request, reply) => {
      await changeTree.star(memberOf(request), request.body);
      return reply.code(204).send(null);
    },
  );
}

async function inPlace(routes: NodeRoutes, { accountId, id }: { accountId: string; id: string }) {
  const trail = await routes.nodes.trail(id);
  if (!trail) throw new CoreError("node-not-found", { id });
  return formatTrail(routes, {
    accountId,
    trail: { ...trail, folders: await routes.access.foldersSeen({ accountId, trail }) },
  });
}

export function sendOutcome(reply: FastifyReply, outcome: TreeOutcome): FastifyReply {
  const { status, body } = formatOutcome(outcome);
  return reply.code(status).send(body);
}
