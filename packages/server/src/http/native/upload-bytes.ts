/** Bytes of `/uploads`: whole parts anywhere, or appended at the offset. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { CoreError } from "../../core/errors.ts";
import type { Upload } from "../../core/uploads/upload.ts";
import { actorOf } from "../shared/actor.ts";
import { accountOf } from "../shared/authenticate.ts";
import { createBodySource } from "../shared/body-source.ts";
import {
  parseBytes,
  parseDigestHeader,
  parseStructuredBoolean,
  single,
} from "../shared/headers.ts";
import { findOwnUpload } from "../shared/uploads.ts";
import { idParams, problemSchema } from "./schemas.ts";
import { partParams, receivedSchema } from "./upload-schemas.ts";
import { setOffsetHeaders } from "./upload-view.ts";
import type { UploadRoutes } from "./uploads.ts";

const refused = { "4XX": problemSchema, "5XX": problemSchema };
const tags = ["Uploads"];
export const contentDigest = { "content-digest": "RFC 9530; checked before the acknowledgement" };
const octets = "application/octet-stream";

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
