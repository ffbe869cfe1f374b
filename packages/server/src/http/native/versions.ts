/** `/nodes/{id}/versions`: what a file was before. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import type { ReadContent } from "../../core/blobs/content.ts";
import type { DriveAccess } from "../../core/drive/access.ts";
import type { ChangeTree } from "../../core/drive/change-tree.ts";
import type { FileNode } from "../../core/drive/node.ts";
import type { NodeStore } from "../../core/drive/node-store.ts";
import { CoreError } from "../../core/errors.ts";
import { sendContent } from "../shared/content-response.ts";
import { keepAskingAccess } from "../shared/ask-access.ts";
import { memberOf } from "../shared/member.ts";
import { formatNode, formatVersion } from "./node-codec.ts";
import { nodeIdParams, nodeSchema, versionListSchema, versionParams } from "./node-schemas.ts";
import { contentQuery, problemSchema } from "./schemas.ts";

export interface VersionRoutes {
  readonly nodes: NodeStore;
  readonly access: DriveAccess;
  readonly changeTree: ChangeTree;
  readonly readContent: ReadContent;
}

const refused = { "4XX": problemSchema, "5XX": problemSchema };
const tags = ["Drive"];

export function registerVersions(instance: FastifyInstance, routes: VersionRoutes): void {
  const app = instance.withTypeProvider<ZodTypeProvider>();
  const { nodes, changeTree, readContent } = routes;

  app.get(
    "/nodes/:id/versions",
    {
      schema: {
        tags,
        summary: "The contents of a file, the current one first",
        params: nodeIdParams,
        response: { 200: versionListSchema, ...refused },
      },
    },
    async (request) => {
      const { id } = await openFile(routes, { request, id: request.params.id });
      return { items: (await nodes.versions(id)).map(formatVersion) };
    },
  );

  app.get(
    "/nodes/:id/versions/:number/content",
    {
      schema: {
        tags,
        summary: "The bytes of a version",
        params: versionParams,
        querystring: contentQuery,
      },
    },
    async (request, reply) => {
      const { id, number } = request.params;
      const file = await openFile(routes, { request, id });
      const version = (await nodes.versions(file.id)).find((one) => one.number === number);
      if (!version) throw new CoreError("version-not-found", { id, number });
      const { size, mediaType, blobId, digests, createdAt: modifiedAt } = version;
      const content = { ...file, size, mediaType, blobId, digests, modifiedAt, version: number };
      const inline = request.query.download === "0";
      return sendContent({ request, reply }, { file: content, readContent, inline });
    },
  );

  app.post(
    "/nodes/:id/versions/:number/restore",
    {
      schema: {
        tags,
        summary: "Make an earlier content the newest version",
        params: versionParams,
        response: { 200: nodeSchema, ...refused },
      },
    },
    async (request) =>
      formatNode(await changeTree.restoreVersion(memberOf(request), request.params)),
  );

  app.delete(
    "/nodes/:id/versions/:number",
    {
      schema: {
        tags,
        summary: "Forget an earlier content",
        params: versionParams,
        response: { 204: z.null(), ...refused },
      },
    },
    async (request, reply) => {
      await changeTree.removeVersion(memberOf(request), request.params);
      return reply.code(204).send(null);
    },
  );
}

async function openFile(
  { access }: VersionRoutes,
  { request, id }: { request: FastifyRequest; id: string },
): Promise<FileNode> {
  const { accountId } = memberOf(request);
  // What a file was before is for those who work on it.
  const node = await access.open({ accountId, id, right: "edit" });
  if (node.kind !== "file") throw new CoreError("file-not-found", { id });
  if (node.ownerId !== accountId)
    keepAskingAccess(access, { request, accountId, ids: [id], right: "edit" });
  return node;
}
