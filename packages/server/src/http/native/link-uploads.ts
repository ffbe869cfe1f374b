/**
 * `/s/{token}/uploads`: what a visitor of a file request sends in parts, so that a cut costs only what was not acknowledged. The upload is the
 * request's owner's, who may watch and abort it; its id, with the link, is what makes it the visitor's. They learn nothing of what becomes of it.
 */
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { CoreError, isCoreError } from "../../core/errors.ts";
import type { RequestShare } from "../../core/sharing/share.ts";
import type { Visit, Visits } from "../../core/sharing/visit.ts";
import type { ThroughRequest } from "../../core/uploads/upload-store.ts";
import { isOpen, type Upload } from "../../core/uploads/upload.ts";
import { missingParts } from "../../core/uploads/ranges.ts";
import { actorOf } from "../shared/actor.ts";
import { dropUndefined } from "../shared/drop-undefined.ts";
import { mediaTypeOf } from "../shared/media-type.ts";
import { findOwnUpload } from "../shared/uploads.ts";
import { keepAskingLink, knockOf } from "./link-knock.ts";
import { problemSchema } from "./schemas.ts";
import {
  createLinkUploadBody,
  linkPartParams,
  linkUploadParams,
  linkUploadSchema,
  linkParams,
} from "./share-schemas.ts";
import { contentDigest, receiveParts } from "./upload-bytes.ts";
import { receivedSchema } from "./upload-schemas.ts";
import type { UploadRoutes } from "./uploads.ts";

export interface LinkUploadRoutes extends UploadRoutes {
  readonly visits: Visits;
}

interface VisitorRequest {
  readonly request: FastifyRequest;
  readonly params: { readonly token: string; readonly id: string };
}

/** Of all visitors of one request: they take places of its owner, who needs some too. */
const maxOpenUploads = 100;

const refused = { "4XX": problemSchema, "5XX": problemSchema };
const tags = ["Links"];
const security: [] = [];
const config = { access: "public" } as const;

export function throughRequest({ share }: Visit<RequestShare>): ThroughRequest {
  const { id: shareId, passwordVersion } = share;
  return { shareId, passwordVersion, maxOpenUploads };
}

/** What some refusals tell is the owner's affair. */
export async function asVisitor<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isCoreError(error, "quota-exceeded", "disk-full", "shared-folder-full"))
      throw new CoreError("request-full", { limitBytes: null }, { cause: error });
    if (isCoreError(error, "too-many-uploads"))
      throw new CoreError("too-many-uploads", { limit: maxOpenUploads }, { cause: error });
    if (isCoreError(error, "parent-gone", "node-trashed", "node-not-found", "share-right-missing"))
      throw new CoreError("shared-link-not-found", {}, { cause: error });
    throw error;
  }
}

export function registerLinkUploads(instance: FastifyInstance, routes: LinkUploadRoutes): void {
  const app = instance.withTypeProvider<ZodTypeProvider>();
  const { visits, createUpload, completeUpload, lifecycle } = routes;

  app.post(
    "/s/:token/uploads",
    {
      config,
      schema: {
        tags,
        security,
        summary: "Begin to send a file in parts, for whoever asked for it",
        params: linkParams,
        body: createLinkUploadBody,
        response: { 201: linkUploadSchema, ...refused },
      },
    },
    async (request, reply) => {
      const { token } = request.params;
      const visit = await visits.openRequest(knockOf({ request, token }));
      const { name, size, digests, mediaType, partSize } = request.body;
      const { upload } = await asVisitor(() =>
        createUpload({
          ownerId: visit.share.ownerId,
          actor: actorOf(request),
          dialect: "link",
          parentId: visit.top.id,
          name,
          size,
          mediaType: mediaTypeOf(mediaType, name),
          onConflict: "keep-both",
          through: throughRequest(visit),
          claimed: dropUndefined(digests ?? {}),
          ...dropUndefined({ partSize }),
        }),
      );
      reply.code(201).header("location", `/api/v1/s/${token}/uploads/${upload.id}`);
      return describe(routes, upload);
    },
  );

  app.get(
    "/s/:token/uploads/:id",
    {
      config,
      schema: {
        tags,
        security,
        summary: "What is held of it, and what is missing",
        params: linkUploadParams,
        response: { 200: linkUploadSchema, ...refused },
      },
    },
    async (request) =>
      describe(routes, await findSent(routes, { request, params: request.params })),
  );

  app.post(
    "/s/:token/uploads/:id/complete",
    {
      config,
      schema: {
        tags,
        security,
        summary: "Every part is there: verify, and hand over",
        params: linkUploadParams,
        response: { 200: linkUploadSchema, ...refused },
      },
    },
    async (request) => {
      const { id } = await findSent(routes, { request, params: request.params });
      const actor = actorOf(request);
      return describe(routes, await asVisitor(() => completeUpload({ id, actor })));
    },
  );

  app.delete(
    "/s/:token/uploads/:id",
    {
      config,
      schema: {
        tags,
        security,
        summary: "Give it up, and its room back",
        params: linkUploadParams,
        response: { 204: z.null(), ...refused },
      },
    },
    async (request, reply) => {
      const { id } = await findSent(routes, { request, params: request.params });
      await lifecycle.abort(id, actorOf(request));
      return reply.code(204).send(null);
    },
  );
}

/** In a scope without body parsers. */
export function registerLinkParts(instance: FastifyInstance, routes: LinkUploadRoutes): void {
  const app = instance.withTypeProvider<ZodTypeProvider>();

  app.put(
    "/s/:token/uploads/:id/parts/:number",
    {
      config: {
        ...config,
        bytes: { mediaType: "application/octet-stream", headers: contentDigest },
      },
      schema: {
        tags,
        security,
        summary: "Send one or several whole consecutive parts",
        params: linkPartParams,
        response: { 200: receivedSchema, ...refused },
      },
    },
    async (request) => {
      const upload = await findSent(routes, { request, params: request.params });
      const { number } = request.params;
      return asVisitor(() => receiveParts(routes, { request, upload, number }));
    },
  );
}

/** By the link, asked anew, through which it was begun. Throws `upload-not-found` for all others. */
async function findSent(
  { visits, uploads }: LinkUploadRoutes,
  { request, params: { token, id } }: VisitorRequest,
): Promise<Upload> {
  const visit = await visits.openRequest(knockOf({ request, token }));
  const { share } = visit;
  const upload = await findOwnUpload(uploads, { id, ownerId: share.ownerId });
  if (upload.shareId !== share.id) throw new CoreError("upload-not-found", { id });
  keepAskingLink(visits, { request, visit, ids: [share.nodeId] });
  return upload;
}

async function describe({ uploads }: LinkUploadRoutes, upload: Upload) {
  const { id, name, size, partSize, state, offset, receivedBytes, expiresAt } = upload;
  const missing =
    size !== null && isOpen(upload)
      ? { missing: missingParts(await uploads.ranges(id), { size, partSize }) }
      : {};
  return {
    id,
    name,
    size: size ?? 0,
    partSize,
    state,
    offset,
    receivedBytes,
    ...missing,
    expiresAt: new Date(expiresAt).toISOString(),
  };
}
