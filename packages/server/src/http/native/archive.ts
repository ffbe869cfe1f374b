/** `/archive`: files and folders as one ZIP, resumable like a file. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import type { OpenArchive } from "../../core/archive/open-archive.ts";
import type { DriveAccess } from "../../core/drive/access.ts";
import type { Selections } from "../../core/archive/selections.ts";
import { CoreError } from "../../core/errors.ts";
import { keepAskingAccess } from "../shared/ask-access.ts";
import { accountOf } from "../shared/authenticate.ts";
import { sendArchive } from "../shared/archive-response.ts";
import { idParams, problemSchema } from "./schemas.ts";

export interface ArchiveRoutes {
  readonly openArchive: OpenArchive;
  readonly selections: Selections;
  readonly access: DriveAccess;
}

const refused = { "4XX": problemSchema, "5XX": problemSchema };
const tags = ["Archive"];
const maxIds = 10_000;

const archiveName = z.string().min(1).max(1024).optional().describe("What to save it as");

const archiveQuery = z.strictObject({
  ids: z
    .string()
    .min(1)
    .max(15_000)
    .optional()
    .describe("Ids of files and folders, with commas between them; everything when absent"),
  name: archiveName,
});

const archiveBody = z.strictObject({
  ids: z.array(z.string().max(100)).min(1).max(maxIds).optional(),
  name: archiveName,
});

const selectionSchema = z
  .object({
    id: z.string(),
    url: z.string(),
    name: z.string(),
    entries: z.int(),
    size: z.int(),
    expiresAt: z.iso.datetime(),
  })
  .meta({ id: "Archive" });

export function registerArchive(instance: FastifyInstance, routes: ArchiveRoutes): void {
  const app = instance.withTypeProvider<ZodTypeProvider>();
  const { openArchive, selections, access } = routes;

  const send = async (
    exchange: { request: FastifyRequest; reply: FastifyReply },
    chosen: { ids: readonly string[] | null; name: string | undefined },
  ) => {
    const { request } = exchange;
    const accountId = accountOf(request).id;
    const archive = await openArchive({ accountId, ...chosen });
    const { ids } = chosen;
    if (ids !== null && archive.ownerId !== accountId)
      keepAskingAccess(access, { request, accountId, ids, right: "view" });
    return sendArchive(exchange, archive);
  };

  app.get(
    "/archive",
    {
      schema: {
        tags,
        summary: "Files and folders as one ZIP: length and ETag beforehand, Range, conditionals",
        querystring: archiveQuery,
      },
    },
    async (request, reply) => {
      const { ids, name } = request.query;
      return send({ request, reply }, { ids: ids?.split(",") ?? null, name });
    },
  );

  app.post(
    "/archive",
    {
      schema: {
        tags,
        summary: "Keep a selection: it may be too long for an address",
        body: archiveBody,
        response: { 201: selectionSchema, ...refused },
      },
    },
    async (request, reply) => {
      const accountId = accountOf(request).id;
      const { ids = null } = request.body;
      const { name, plan } = await openArchive({ accountId, ids, name: request.body.name });
      const { id, expiresAt } = await selections.keep({ accountId, ids, name });
      const url = `/api/v1/archive/${id}`;
      return reply
        .code(201)
        .header("location", url)
        .send({
          id,
          url,
          name,
          entries: plan.entries.length,
          size: plan.size,
          expiresAt: new Date(expiresAt).toISOString(),
        });
    },
  );

  app.get(
    "/archive/:id",
    {
      schema: {
        tags,
        summary: "A kept selection as one ZIP",
        params: idParams,
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const selection = await selections.find(id);
      if (selection?.accountId !== accountOf(request).id)
        throw new CoreError("archive-not-found", { id });
      return send({ request, reply }, selection);
    },
  );
}
