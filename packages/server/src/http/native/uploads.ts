/** `/uploads`: begin one, verify and publish it, or repair it. Bytes: `upload-bytes.ts`; what is under way: `upload-tasks.ts`. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import type { DriveAccess } from "../../core/drive/access.ts";
import type { FileStore } from "../../core/drive/file-store.ts";
import { CoreError } from "../../core/errors.ts";
import type { CompleteUpload } from "../../core/uploads/complete.ts";
import type { CreateUpload, CreateUploadResult, UploadLimits } from "../../core/uploads/create.ts";
import type { UploadLifecycle } from "../../core/uploads/lifecycle.ts";
import type { ReceiveBytes } from "../../core/uploads/receive.ts";
import type { UploadStore, UploadTarget } from "../../core/uploads/upload-store.ts";
import { dropUndefined } from "../shared/drop-undefined.ts";
import { actorOf } from "../shared/actor.ts";
import { accountOf } from "../shared/authenticate.ts";
import type { BodyOptions } from "../shared/body-source.ts";
import { findOwnUpload } from "../shared/uploads.ts";
import { openTarget } from "../shared/target.ts";

import { splitPlace } from "./place.ts";
import { idParams, problemSchema } from "./schemas.ts";
import { completeBody, createUploadBody, uploadSchema } from "./upload-schemas.ts";
import { describeUpload } from "./upload-view.ts";

export interface UploadRoutes {
  readonly uploads: UploadStore;
  readonly files: FileStore;
  readonly access: DriveAccess;
  readonly createUpload: (input: CreateUpload) => Promise<CreateUploadResult>;
  readonly receiveBytes: ReceiveBytes;
  readonly completeUpload: CompleteUpload;
  readonly lifecycle: UploadLifecycle;
  readonly body: BodyOptions;
  readonly limits: UploadLimits;
}

const refused = { "4XX": problemSchema, "5XX": problemSchema };
const tags = ["Uploads"];

export function registerUploads(instance: FastifyInstance, routes: UploadRoutes): void {
  const app = instance.withTypeProvider<ZodTypeProvider>();
  const { uploads, access, createUpload, completeUpload, lifecycle } = routes;
  const own = (request: FastifyRequest, id: string) =>
    findOwnUpload(uploads, { id, ownerId: accountOf(request).id });

  app.post(
    "/uploads",
    {
      schema: {
        tags,
        summary: "Begin an upload",
        body: createUploadBody,
        response: { 200: uploadSchema, 201: uploadSchema, ...refused },
      },
    },
    async (request, reply) => {
      const { digests, size, name, path, parentId, ...rest } = request.body;
      const place = splitPlace({ name, path });
      if (place === undefined)
        throw new CoreError("invalid-request", {
          field: "name",
          reason: "either a name or a path",
        });
      const { upload, created } = await createUpload({
        ownerId: accountOf(request).id,
        actor: actorOf(request),
        dialect: "native",
        size: size ?? null,
        ...(digests ? { claimed: dropUndefined(digests) } : {}),
        ...dropUndefined(rest),
        ...place,
        parentId: await openTarget(access, { request, id: parentId }),
      });
      reply.code(created ? 201 : 200).header("location", `/api/v1/uploads/${upload.id}`);
      return describeUpload(routes, upload);
    },
  );

  app.post(
    "/uploads/:id/complete",
    {
      schema: {
        tags,
        summary: "Verify and publish",
        params: idParams,
        body: completeBody,
        response: { 200: uploadSchema, ...refused },
      },
    },
    async (request) => {
      const { id } = await own(request, request.params.id);
      const { digests, size } = request.body ?? {};
      const completed = await completeUpload({
        id,
        actor: actorOf(request),
        claimed: dropUndefined(digests ?? {}),
        target: await targetOf(access, request),
        ...(size === undefined ? {} : { size }),
      });
      return describeUpload(routes, completed);
    },
  );

  app.delete(
    "/uploads/:id/parts",
    {
      schema: {
        tags,
        summary: "Forget every part, to send them again",
        params: idParams,
        response: { 200: uploadSchema, ...refused },
      },
    },
    async (request) => {
      const { id } = await own(request, request.params.id);
      return describeUpload(routes, await lifecycle.dropParts(id));
    },
  );
}

/** What a completion says of the place, where that is to be another than was said at creation. */
async function targetOf(
  access: DriveAccess,
  request: FastifyRequest & { body: z.infer<typeof completeBody> },
): Promise<Partial<UploadTarget>> {
  const { parentId: id, name, onConflict } = request.body ?? {};
  const parentId = id === undefined ? undefined : await openTarget(access, { request, id });
  return dropUndefined({ parentId, name, onConflict });
}
