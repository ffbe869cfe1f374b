/** The multipart API as one plugin, at `/file/mpupload`. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Actor } from "../../core/events.ts";
import { isOpen } from "../../core/uploads/upload.ts";
import { actorOf } from "../shared/actor.ts";
import { signIn } from "../shared/credentials.ts";
import { need, readFields, readQuery, type Fields } from "../shared/fields.ts";
import { handleNumbered, succeed } from "../shared/numbered-envelope.ts";
import { acceptRawBodies } from "../shared/raw-bodies.ts";
import { assertIdentityCoding, findOwnUpload } from "../shared/uploads.ts";
import { completeParts } from "./complete.ts";
import type { PartsDependencies } from "./dependencies.ts";
import { createInitUpload, describe } from "./init.ts";
import { findSized } from "./lookup.ts";
import { createReceivePart } from "./part.ts";

type Call = { ownerId: string; actor: Actor; fields: Fields };

export function registerMultipartApi(app: FastifyInstance, dependencies: PartsDependencies): void {
  const schema = { hide: true };
  const { admission, chunkBodies } = dependencies;
  const initUpload = createInitUpload(dependencies);
  const receivePart = createReceivePart(dependencies);

  const call =
    (serve: (call: Call) => Promise<object | null>) =>
    async (request: FastifyRequest, reply: FastifyReply): Promise<object> => {
      const fields = await readFields(request, chunkBodies);
      const ownerId = await signIn(dependencies, { request, reply, fields });
      return succeed(await serve({ ownerId, actor: actorOf(request), fields }));
    };

  void app.register(
    async (parts) => {
      acceptRawBodies(parts);
      parts.setErrorHandler(handleNumbered);
      parts.addHook("onRequest", (request) => admission.byAddress(request));
      parts.addHook("onRequest", async (request) => assertIdentityCoding(request.raw));
      parts.post("/init", { schema }, call(initUpload));
      parts.post(
        "/complete",
        { schema },
        call((asked) => completeParts(dependencies, asked)),
      );
      parts.post(
        "/cancel",
        { schema },
        call((asked) => cancelUpload(dependencies, asked)),
      );
      const status = call((asked) => showStatus(dependencies, asked));
      parts.get("/status", { schema }, status);
      parts.post("/status", { schema }, status);
      parts.post("/uppart", { schema, onRequest: takeAnyMediaType }, async (request, reply) => {
        const fields = readQuery(request);
        const ownerId = await signIn(dependencies, { request, reply, fields });
        await admission.chunk(request, () => receivePart({ request, ownerId, fields }));
        return succeed(null);
      });
    },
    { prefix: "/file/mpupload" },
  );
}

/** A part is its bytes whatever is said of them, also where that names no media type at all. */
async function takeAnyMediaType({ raw }: FastifyRequest): Promise<void> {
  const { "content-type": type } = raw.headers;
  if (type !== undefined && !/^[\w!#$&^.+-]+\/[\w!#$&^.+-]+\s*(;|$)/.test(type))
    raw.headers["content-type"] = "application/octet-stream";
}

/** Cancelling what is cancelled is fine; what is complete is a file by now, and stays. */
async function cancelUpload(
  { uploads, lifecycle }: PartsDependencies,
  { ownerId, actor, fields }: Call,
): Promise<null> {
  const { id } = await findOwnUpload(uploads, { id: need(fields, ["uploadid"]), ownerId });
  await lifecycle.abort(id, actor);
  return null;
}

async function showStatus(
  dependencies: PartsDependencies,
  { ownerId, fields }: Call,
): Promise<object> {
  const upload = await findSized(dependencies, { id: need(fields, ["uploadid"]), ownerId });
  const { ChunkExists, ...data } = await describe(dependencies, upload);
  return {
    Valid: isOpen(upload) && upload.expiresAt > dependencies.clock.now(),
    State: upload.state,
    ...data,
    ChunkExists,
    ExpiresAt: new Date(upload.expiresAt).toISOString(),
  };
}
