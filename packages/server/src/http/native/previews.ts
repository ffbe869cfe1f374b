/** `/files/{id}/thumbnail` and `/files/{id}/excerpt`: what a file looks like. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import type { ReadContent } from "../../core/blobs/content.ts";
import type { DriveAccess } from "../../core/drive/access.ts";
import type { FileEntry, FileStore } from "../../core/drive/file-store.ts";
import type { PreviewKind } from "../../core/previews/previewer.ts";
import type { Previews } from "../../core/previews/previews.ts";
import { accountOf } from "../shared/authenticate.ts";
import { sendPreview } from "../shared/preview-response.ts";
import { openFile } from "./files.ts";
import { idParams } from "./schemas.ts";

export interface PreviewRoutes {
  readonly files: FileStore;
  readonly previews: Previews;
  readonly readContent: ReadContent;
  readonly access: DriveAccess;
}

const tags = ["Files"];
const version = z.coerce
  .number()
  .int()
  .min(1)
  .optional()
  .describe("The file's version: the answer is then kept for good");
export const thumbnailQuery = z.strictObject({
  size: z.enum(["256", "1024"]).default("256").describe("Pixels of the longer side"),
  v: version,
});
export const excerptQuery = z.strictObject({ v: version });

export function registerPreviews(instance: FastifyInstance, routes: PreviewRoutes): void {
  const app = instance.withTypeProvider<ZodTypeProvider>();

  app.get(
    "/files/:id/thumbnail",
    {
      schema: {
        tags,
        summary: "A small picture (WebP); 202 while it is being made",
        params: idParams,
        querystring: thumbnailQuery,
      },
    },
    async (request, reply) => {
      const file = await openFile(routes, { request, id: request.params.id });
      const kind: PreviewKind = request.query.size === "256" ? "image-256" : "image-1024";
      return sendPreview(
        { request, reply },
        { ...routes, file, kind, version: request.query.v, shared: isForeign(request, file) },
      );
    },
  );

  app.get(
    "/files/:id/excerpt",
    {
      schema: {
        tags,
        summary: "The first 64 KiB of a text, in UTF-8; 202 while it is being made",
        params: idParams,
        querystring: excerptQuery,
      },
    },
    async (request, reply) => {
      const file = await openFile(routes, { request, id: request.params.id });
      const { v } = request.query;
      return sendPreview(
        { request, reply },
        { ...routes, file, kind: "text", version: v, shared: isForeign(request, file) },
      );
    },
  );
}

function isForeign(request: FastifyRequest, { ownerId }: FileEntry): boolean {
  return ownerId !== accountOf(request).id;
}
