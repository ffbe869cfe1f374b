/** The go-uploader API as one plugin, at `/go-uploader`. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { DiskUse } from "../../core/blobs/disk-use.ts";
import type { Actor } from "../../core/events.ts";
import { actorOf } from "../shared/actor.ts";
import { accountOf } from "../shared/authenticate.ts";
import type { FamilyDependencies } from "../shared/chunks/family.ts";
import { readFields, readQuery, type Fields } from "../shared/fields.ts";
import { readJson } from "../shared/json-body.ts";
import { below, type ErrorShape } from "../shared/error-shapes.ts";
import { acceptRawBodies } from "../shared/raw-bodies.ts";
import { assertIdentityCoding } from "../shared/uploads.ts";
import { createReceiveUploaderChunk } from "./chunk.ts";
import { describeTask } from "./describe.ts";
import { handleUploaderError, succeed } from "./envelope.ts";
import { getTask, parseFileId } from "./find-task.ts";
import { mergeUploaderChunks } from "./merge.ts";
import { describeSystem } from "./system.ts";
import { actOnTask, actOnTasks, cleanUp, listTasks, type Action } from "./tasks.ts";

export interface UploaderDependencies extends FamilyDependencies {
  readonly health: () => Promise<{
    readonly status: string;
    readonly checks: object;
    readonly acceptsWrites: boolean;
  }>;
  readonly diskUse: DiskUse;
  /** Prometheus text, and its Content-Type. */
  readonly metrics: { readonly contentType: string; render(): Promise<string> };
}

const schema = { hide: true };
const maxBatchBytes = 512 * 1024;

export const uploaderErrors: ErrorShape = {
  owns: below("/go-uploader"),
  handle: handleUploaderError,
};

export function registerGoUploader(app: FastifyInstance, dependencies: UploaderDependencies): void {
  const { admission, health } = dependencies;
  void app.register(
    async (family) => {
      acceptRawBodies(family);
      family.setErrorHandler(handleUploaderError);
      family.get("/health", { schema }, async (_request, reply) => {
        const { status, checks, acceptsWrites } = await health();
        reply.code(acceptsWrites ? 200 : 503).header("cache-control", "no-store");
        return succeed({ status, checks, uptime_seconds: Math.floor(process.uptime()) });
      });
      await family.register(async (signedIn) => {
        signedIn.addHook("onRequest", (request) => admission.byAddress(request));
        signedIn.addHook("onRequest", dependencies.authenticateOrInbox);
        signedIn.addHook("onRequest", (request) => admission.byUser(request));
        signedIn.addHook("onRequest", async (request) => assertIdentityCoding(request.raw));
        registerUploading(signedIn, dependencies);
        registerTasks(signedIn, dependencies);
        signedIn.get("/system", { schema }, async (request) =>
          succeed(await describeSystem(dependencies, accountOf(request).id)),
        );
        signedIn.get("/metrics", { schema }, async (_request, reply) => {
          const text = await dependencies.metrics.render();
          return reply.header("content-type", dependencies.metrics.contentType).send(text);
        });
      });
    },
    { prefix: "/go-uploader" },
  );
}

function registerUploading(app: FastifyInstance, dependencies: UploaderDependencies): void {
  const { admission, chunkBodies } = dependencies;
  const receiveChunk = createReceiveUploaderChunk(dependencies);
  app.post("/upload_chunk", { schema }, async (request) =>
    succeed(await admission.chunk(request, () => receiveChunk(request))),
  );
  app.post("/merge_chunks", { schema }, async (request) => {
    const fields = await readFields(request, chunkBodies);
    return succeed(await mergeUploaderChunks(dependencies, { ...callOf(request), fields }));
  });
  app.get("/upload_status", { schema }, async (request) => {
    const { ownerId, fields } = callOf(request);
    const found = await getTask(dependencies, { ownerId, fileId: parseFileId(fields) });
    return succeed(await describeTask(dependencies, found));
  });
}

function registerTasks(app: FastifyInstance, dependencies: UploaderDependencies): void {
  const { chunkBodies } = dependencies;
  const act = (action: Action) => async (request: FastifyRequest) =>
    succeed(await actOnTask(dependencies, { ...taskOf(request), action }));
  app.get("/tasks", { schema }, async (request) =>
    succeed(await listTasks(dependencies, callOf(request))),
  );
  app.post("/tasks/cleanup", { schema }, async (request) =>
    succeed(
      await cleanUp(dependencies, { ownerId: accountOf(request).id, actor: actorOf(request) }),
    ),
  );
  app.post("/tasks/batch", { schema }, async (request) => {
    const { body } = chunkBodies;
    const json = await readJson(request.raw, { body, limitBytes: maxBatchBytes });
    const { id: ownerId } = accountOf(request);
    return succeed(
      await actOnTasks(dependencies, { ownerId, actor: actorOf(request), body: json }),
    );
  });
  app.get("/tasks/:fileId", { schema }, async (request) =>
    succeed(await describeTask(dependencies, await getTask(dependencies, taskOf(request)))),
  );
  app.delete("/tasks/:fileId", { schema }, act("cancel"));
  app.post("/tasks/:fileId/pause", { schema }, act("pause"));
  app.post("/tasks/:fileId/resume", { schema }, act("resume"));
}

function callOf(request: FastifyRequest): { ownerId: string; actor: Actor; fields: Fields } {
  return { ownerId: accountOf(request).id, actor: actorOf(request), fields: readQuery(request) };
}

function taskOf(request: FastifyRequest): { ownerId: string; actor: Actor; fileId: string } {
  const { fileId } = request.params as { fileId: string };
  return { ownerId: accountOf(request).id, actor: actorOf(request), fileId };
}
