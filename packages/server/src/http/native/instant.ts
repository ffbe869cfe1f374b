/** `/uploads/{id}/challenge` and `/proof`: instant upload. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import type { InstantUpload } from "../../core/uploads/instant.ts";
import { actorOf } from "../shared/actor.ts";
import { accountOf } from "../shared/authenticate.ts";
import { findOwnUpload } from "../shared/uploads.ts";
import { idParams, problemSchema, sha256Schema } from "./schemas.ts";
import { uploadSchema } from "./upload-schemas.ts";
import { describeUpload } from "./upload-view.ts";
import type { UploadRoutes } from "./uploads.ts";

export interface InstantRoutes extends UploadRoutes {
  readonly instantUpload: InstantUpload;
}

const challengeBody = z.strictObject({
  sha256: sha256Schema.describe("Of the whole content; nothing else is taken for its identity"),
});

const challengeSchema = z
  .object({
    nonce: z.string().describe("Key of the proof, in hex; names the challenge"),
    ranges: z.array(z.object({ start: z.int(), length: z.int() })),
    expiresAt: z.iso.datetime(),
  })
  .meta({ id: "Challenge" });

const challengedSchema = z.object({
  upload: uploadSchema,
  challenge: challengeSchema
    .nullable()
    .describe("Null when the upload is complete: a file of yours had this content"),
});

const proofBody = z.strictObject({
  nonce: sha256Schema.describe("Of the challenge"),
  proof: sha256Schema.describe(
    "HMAC-SHA-256 in hex; key: the nonce's 32 bytes, message: the ranges' bytes in order",
  ),
});

const refused = { "4XX": problemSchema, "5XX": problemSchema };
const tags = ["Uploads"];

export function registerInstant(instance: FastifyInstance, routes: InstantRoutes): void {
  const app = instance.withTypeProvider<ZodTypeProvider>();
  const { uploads, instantUpload } = routes;
  const own = (request: FastifyRequest, id: string) =>
    findOwnUpload(uploads, { id, ownerId: accountOf(request).id });

  app.post(
    "/uploads/:id/challenge",
    {
      schema: {
        tags,
        summary: "Name the content, to complete without its bytes",
        params: idParams,
        body: challengeBody,
        response: { 200: challengedSchema, ...refused },
      },
    },
    async (request, reply) => {
      const { id } = await own(request, request.params.id);
      const { upload, challenge } = await instantUpload.challenge({
        id,
        ...request.body,
        actor: actorOf(request),
      });
      reply.header("cache-control", "no-store");
      return {
        upload: await describeUpload(routes, upload),
        challenge: challenge && {
          nonce: challenge.nonce,
          ranges: challenge.ranges.map(({ start, end }) => ({ start, length: end - start })),
          expiresAt: new Date(challenge.expiresAt).toISOString(),
        },
      };
    },
  );

  app.post(
    "/uploads/:id/proof",
    {
      schema: {
        tags,
        summary: "Prove to have the content; complete, or receiving: the bytes are needed",
        params: idParams,
        body: proofBody,
        response: { 200: uploadSchema, ...refused },
      },
    },
    async (request) => {
      const { id } = await own(request, request.params.id);
      const actor = actorOf(request);
      return describeUpload(routes, await instantUpload.prove({ id, ...request.body, actor }));
    },
  );
}
