/** The task API as one plugin: `/api/createUploadTask`, `/api/uploadChunk`, `/api/mergeChunks`, `/api/ping`, `/uploads/…`. */
import type { FastifyInstance } from "fastify";
import type { FamilyDependencies } from "../shared/chunks/family.ts";
import { below, type ErrorShape } from "../shared/error-shapes.ts";
import { acceptRawBodies } from "../shared/raw-bodies.ts";
import { assertIdentityCoding } from "../shared/uploads.ts";
import { receiveTaskChunk } from "./chunk.ts";
import { createCreateTask } from "./create.ts";
import { handleTaskError } from "./errors.ts";
import { mergeChunks, sendUpload } from "./merge.ts";

/** `/api` is shared with the native API and the pages about it. */
export const taskApiErrors: ErrorShape = {
  owns: (path) =>
    below("/api", "/uploads")(path) && !below("/api/v1", "/api/web", "/api/docs")(path),
  handle: handleTaskError,
};

export function registerTaskApi(app: FastifyInstance, dependencies: FamilyDependencies): void {
  const schema = { hide: true };
  const { admission } = dependencies;
  const createTask = createCreateTask(dependencies);
  void app.register(async (family) => {
    acceptRawBodies(family);
    family.setErrorHandler(handleTaskError);
    // No hook before it: whoever measures the way here is answered whatever else goes on.
    family.get("/api/ping", { schema }, async (_request, reply) =>
      reply.header("cache-control", "no-store").send(),
    );
    await family.register(async (signedIn) => {
      signedIn.addHook("onRequest", (request) => admission.byAddress(request));
      signedIn.addHook("onRequest", dependencies.authenticateOrInbox);
      signedIn.addHook("onRequest", (request) => admission.byUser(request));
      signedIn.addHook("onRequest", async (request) => assertIdentityCoding(request.raw));
      signedIn.post("/api/createUploadTask", { schema }, createTask);
      signedIn.post("/api/mergeChunks", { schema }, (request) =>
        mergeChunks(dependencies, request),
      );
      signedIn.post("/api/uploadChunk", { schema }, async (request, reply) => {
        await admission.chunk(request, () => receiveTaskChunk(dependencies, request));
        return reply.code(200).send();
      });
      signedIn.get("/uploads/:id/:name", { schema }, (request, reply) =>
        sendUpload(dependencies, { request, reply }),
      );
    });
  });
}
