/** `/uploads`: create, send bytes in parts or by appending, ask, pause, resume, complete, abort. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { DriveAccess } from "../../core/drive/access.ts";
import type { FileStore } from "../../core/drive/file-store.ts";
import { CoreError } from "../../core/errors.ts";
import type { CompleteUpload } from "../../core/uploads/complete.ts";
import type { CreateUpload, CreateUploadResult, UploadLimits } from "../../core/uploads/create.ts";
import type { UploadLifecycle } from "../../core/uploads/lifecycle.ts";
import { missingParts } from "../../core/uploads/ranges.ts";
import type { ReceiveBytes } from "../../core/uploads/receive.ts";
import type { UploadStore, UploadTarget } from "../../core/uploads/upload-store.ts";
import { isOpen, type Upload } from "../../core/uploads/upload.ts";
import { dropUndefined } from "../shared/drop-undefined.ts";
import { actorOf } from "../shared/actor.ts";
import { accountOf } from "../shared/authenticate.ts";
import { createBodySource, type BodyOptions } from "../shared/body-source.ts";
import {
  parseBytes,
  parseDigestHeader,
  parseStructuredBoolean,
  single,
} from "../shared/headers.ts";
import { findPublished } from "../shared/published.ts";
import { findOwnUpload } from "../shared/uploads.ts";
import { openTarget } from "../shared/target.ts";
import { splitPlace } from "./place.ts";
import { formatUpload } from "./codec.ts";
import {
  completeBody,
  createUploadBody,
  idParams,
  listUploadsQuery,
  partParams,
  problemSchema,
  receivedSchema,
  uploadPageSchema,
  uploadSchema,
} from "./schemas.ts";
import { z } from "zod";

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
export const contentDigest = { "content-digest": "RFC 9530; checked before the acknowledgement" };
const octets = "application/octet-stream";

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

  app.get(
    "/uploads",
    {
      schema: {
        tags,
        summary: "List uploads, newest first",
        querystring: listUploadsQuery,
        response: { 200: uploadPageSchema, ...refused },
      },
    },
    async (request) => {
      const { state, limit, cursor } = request.query;
      const page = await uploads.list({
        ownerId: accountOf(request).id,
        limit,
        ...(state ? { states: [state] } : {}),
        ...(cursor === undefined ? {} : { cursor }),
      });
      return {
        items: page.items.map((upload) => formatUpload(upload)),
        nextCursor: page.nextCursor,
      };
    },
  );

  app.get(
    "/uploads/:id",
    {
      schema: {
        tags,
        summary: "One upload: what is held and what is missing",
        params: idParams,
        response: { 200: uploadSchema, ...refused },
      },
    },
    async (request, reply) => {
      const upload = await own(request, request.params.id);
      setOffsetHeaders(reply, upload);
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

  for (const action of ["pause", "resume"] as const) {
    app.post(
      `/uploads/:id/${action}`,
      {
        schema: {
          tags,
          summary: action === "pause" ? "Refuse bytes until resumed" : "Accept bytes again",
          params: idParams,
          response: { 200: uploadSchema, ...refused },
        },
      },
      async (request) => {
        const { id } = await own(request, request.params.id);
        return describeUpload(routes, await lifecycle[action](id, actorOf(request)));
      },
    );
  }

  app.delete(
    "/uploads/:id",
    {
      schema: {
        tags,
        summary: "Abort and free the bytes",
        params: idParams,
        response: { 204: z.null(), ...refused },
      },
    },
    async (request, reply) => {
      const { id } = await own(request, request.params.id);
      await lifecycle.abort(id, actorOf(request));
      return reply.code(204).send(null);
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

/** Routes whose body is bytes, in a scope without body parsers. */
export function registerUploadBytes(instance: FastifyInstance, routes: UploadRoutes): void {
  const app = instance.withTypeProvider<ZodTypeProvider>();
  const { uploads, receiveBytes, completeUpload } = routes;
  const { maxFileBytes } = routes.limits;
  const own = (request: FastifyRequest, id: string) =>
    findOwnUpload(uploads, { id, ownerId: accountOf(request).id });

  app.put(
    "/uploads/:id/parts/:number",
    {
      config: { bytes: { mediaType: octets, headers: contentDigest } },
      schema: {
        tags,
        summary: "Send one or several whole consecutive parts",
        params: partParams,
        response: { 200: receivedSchema, ...refused },
      },
    },
    async (request) => {
      const { id, number } = request.params;
      return receiveParts(routes, { request, upload: await own(request, id), number });
    },
  );

  app.patch(
    "/uploads/:id",
    {
      config: {
        bytes: {
          mediaType: octets,
          headers: {
            "upload-offset": "Must equal the offset",
            "upload-complete": "?1 declares the end of an upload of unknown size",
            ...contentDigest,
          },
        },
      },
      schema: {
        tags,
        summary: "Append at the offset",
        params: idParams,
        response: { 204: z.null(), ...refused },
      },
    },
    async (request, reply) => {
      const { id } = await own(request, request.params.id);
      const actual = parseBytes(
        single(request.headers["upload-offset"], "Upload-Offset") ?? "",
        "Upload-Offset",
      );
      const complete = parseStructuredBoolean(
        single(request.headers["upload-complete"], "Upload-Complete"),
        "Upload-Complete",
      );
      const claimed = parseDigestHeader(
        single(request.headers["content-digest"], "Content-Digest"),
        "Content-Digest",
      );
      const upload = await receiveBytes({
        id,
        source: createBodySource(request.raw, routes.body),
        claimed,
        place: (now) => {
          if (actual !== now.offset)
            throw new CoreError("offset-mismatch", { expected: now.offset, actual });
          const limit = now.size ?? maxFileBytes;
          return { start: actual, limit, unit: "byte", endsContent: () => complete === true };
        },
      });
      const actor = actorOf(request);
      const settled = upload.state === "completing" ? await completeUpload({ id, actor }) : upload;
      setOffsetHeaders(reply, settled);
      return reply.code(204).send(null);
    },
  );
}

/** The body, from the start of a part. The upload is the asker's. */
export async function receiveParts(
  { receiveBytes, body, limits: { maxFileBytes } }: UploadRoutes,
  { request, upload, number }: { request: FastifyRequest; upload: Upload; number: string },
) {
  const { id, partSize, size } = upload;
  const start = partStart(number, { partSize, size, maxFileBytes });
  const claimed = parseDigestHeader(
    single(request.headers["content-digest"], "Content-Digest"),
    "Content-Digest",
  );
  let end = start;
  const { offset, receivedBytes } = await receiveBytes({
    id,
    source: countEnd(createBodySource(request.raw, body), (bytes) => (end += bytes)),
    claimed,
    place: (now) => ({
      start,
      limit: now.size ?? maxFileBytes,
      unit: "part",
      endsContent: (bodyEnd) => bodyEnd % now.partSize !== 0,
    }),
  });
  return { start, length: end - start, offset, receivedBytes };
}

function partStart(
  number: string,
  { partSize, size, maxFileBytes }: { partSize: number; size: number | null; maxFileBytes: number },
): number {
  const parts = Math.max(1, Math.ceil((size ?? maxFileBytes) / partSize));
  const value = /^(0|[1-9][0-9]{0,15})$/.test(number) ? Number(number) : Number.NaN;
  if (Number.isNaN(value) || value >= parts) {
    throw new CoreError("part-out-of-range", {
      number: Number.isNaN(value) ? -1 : value,
      parts: size === null ? null : parts,
    });
  }
  return value * partSize;
}

function countEnd(
  source: ReturnType<typeof createBodySource>,
  count: (bytes: number) => void,
): typeof source {
  return {
    declaredLength: source.declaredLength,
    async *chunks(options) {
      for await (const chunk of source.chunks(options)) {
        count(chunk.bytes.length);
        yield chunk;
      }
    },
  };
}

export async function describeUpload(routes: UploadRoutes, upload: Upload) {
  const { uploads } = routes;
  if (upload.fileId !== null) {
    const file = await findPublished(routes, upload);
    return formatUpload(upload, file ? { file } : {});
  }
  if (upload.size === null || !isOpen(upload)) return formatUpload(upload);
  const held = await uploads.ranges(upload.id);
  return formatUpload(upload, {
    missing: missingParts(held, { size: upload.size, partSize: upload.partSize }),
  });
}

function setOffsetHeaders(reply: FastifyReply, upload: Upload): void {
  void reply.headers({
    "upload-offset": upload.offset,
    "upload-complete": upload.state === "complete" ? "?1" : "?0",
    "cache-control": "no-store",
    ...(upload.size === null ? {} : { "upload-length": upload.size }),
  });
}
