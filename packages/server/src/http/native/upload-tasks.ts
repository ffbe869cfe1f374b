/**
 * What is under way and what has ended: lists, one of them, pause, resume, abort, several at once, clearing away. A user manages their own; an
 * administrator everybody's, through whichever dialect they were begun. Bytes and completion stay the owner's alone (`uploads.ts`).
 */
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import type { Clock } from "../../core/clock.ts";
import { CoreError } from "../../core/errors.ts";
import { isId } from "../../core/ids.ts";
import type { UploadLifecycle } from "../../core/uploads/lifecycle.ts";
import type { Upload } from "../../core/uploads/upload.ts";
import { dropUndefined } from "../shared/drop-undefined.ts";
import { actorOf } from "../shared/actor.ts";
import { accountOf, principalOf } from "../shared/authenticate.ts";
import { logFailure, problemOf } from "../shared/problem.ts";

import { idParams, problemSchema } from "./schemas.ts";
import {
  batchActions,
  cleanedSchema,
  cleanUpBody,
  listUploadsQuery,
  uploadBatchBody,
  uploadBatchSchema,
  uploadPageSchema,
  uploadSchema,
} from "./upload-schemas.ts";
import {
  describeTask,
  listTasks,
  setOffsetHeaders,
  type UploadTaskViewDependencies,
} from "./upload-view.ts";

export interface UploadTaskRoutes extends UploadTaskViewDependencies {
  readonly lifecycle: UploadLifecycle;
  readonly clock: Clock;
}

const refused = { "4XX": problemSchema, "5XX": problemSchema };
const tags = ["Uploads"];
const actionsAtOnce = 16;
/** Records that go in one transaction. */
const maxRemoved = 1_000;
const spent = ["failed", "expired", "aborted"] as const;

export function registerUploadTasks(instance: FastifyInstance, routes: UploadTaskRoutes): void {
  registerLists(instance, routes);
  registerMoves(instance, routes);
  registerManyAtOnce(instance, routes);
}

function registerLists(instance: FastifyInstance, routes: UploadTaskRoutes): void {
  const app = instance.withTypeProvider<ZodTypeProvider>();

  app.get(
    "/uploads",
    {
      schema: {
        tags,
        summary: "Uploads of every protocol, newest first",
        querystring: listUploadsQuery,
        response: { 200: uploadPageSchema, ...refused },
      },
    },
    async (request, reply) => {
      const { state: states, owner, ...filters } = request.query;
      const ownerId = whose(request, owner);
      const page = await routes.uploads.list({ ownerId, ...dropUndefined({ states, ...filters }) });
      reply.header("cache-control", "no-store");
      return { items: await listTasks(routes, page.items), nextCursor: page.nextCursor };
    },
  );

  app.get(
    "/uploads/:id",
    {
      schema: {
        tags,
        summary: "One upload: what is held, what is missing, how fast it comes",
        params: idParams,
        response: { 200: uploadSchema, ...refused },
      },
    },
    async (request, reply) => {
      const upload = await findManaged(routes, { request, id: request.params.id });
      setOffsetHeaders(reply, upload);
      return describeTask(routes, upload);
    },
  );
}

function registerMoves(instance: FastifyInstance, routes: UploadTaskRoutes): void {
  const app = instance.withTypeProvider<ZodTypeProvider>();

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
      async (request) =>
        describeTask(routes, await act(routes, { request, action, id: request.params.id })),
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
      await act(routes, { request, action: "abort", id: request.params.id });
      return reply.code(204).send(null);
    },
  );
}

function registerManyAtOnce(instance: FastifyInstance, routes: UploadTaskRoutes): void {
  const app = instance.withTypeProvider<ZodTypeProvider>();
  const { uploads, lifecycle, clock } = routes;

  app.post(
    "/uploads/batch",
    {
      schema: {
        tags,
        summary: "Pause, resume or abort several; each has an outcome of its own",
        body: uploadBatchBody,
        response: { 200: uploadBatchSchema, ...refused },
      },
    },
    async (request) => {
      const { action } = request.body;
      const ids = [...new Set(request.body.ids)];
      const results = [];
      for (let at = 0; at < ids.length; at += actionsAtOnce) {
        const some = ids.slice(at, at + actionsAtOnce);
        results.push(
          ...(await Promise.all(some.map((id) => attempt(routes, { request, action, id })))),
        );
      }
      return { results };
    },
  );

  app.post(
    "/uploads/cleanup",
    {
      schema: {
        tags,
        summary: "Clear away records of uploads that have ended; files stay",
        body: cleanUpBody,
        response: { 200: cleanedSchema, ...refused },
      },
    },
    async (request) => {
      const { states = spent, before, owner } = request.body ?? {};
      const ownerId = whose(request, owner);
      await lifecycle.expire();
      const wanted = { ownerId, states, limit: maxRemoved, ...dropUndefined({ before }) };
      const by = { actor: actorOf(request), now: clock.now() };
      const { length: removed } = await uploads.forgetEnded({ ...wanted, ...by });
      return { removed, hasMore: removed === maxRemoved };
    },
  );
}

interface Asked {
  readonly request: FastifyRequest;
  readonly action: (typeof batchActions)[number];
  readonly id: string;
}

async function act(routes: UploadTaskRoutes, { request, action, id }: Asked): Promise<Upload> {
  const upload = await findManaged(routes, { request, id });
  return routes.lifecycle[action](upload.id, actorOf(request));
}

async function attempt(routes: UploadTaskRoutes, asked: Asked) {
  const { id, request } = asked;
  try {
    const upload = await describeTask(routes, await act(routes, asked));
    return { id, status: 200 as const, upload };
  } catch (error) {
    const problem = problemOf(error);
    logFailure(request, { error, status: problem.status });
    return { id, status: problem.status, problem };
  }
}

/** Null: everybody's. Throws `forbidden` when another's is asked for by who administers nothing. */
function whose(request: FastifyRequest, owner: string | undefined): string | null {
  const { id } = accountOf(request);
  if (owner === undefined || owner === id) return id;
  if (!isAdmin(request)) throw new CoreError("forbidden", { needed: "admin" });
  return owner === "all" ? null : owner;
}

/** Another's upload does not exist for who administers nothing. */
async function findManaged(
  { uploads }: Pick<UploadTaskRoutes, "uploads">,
  { request, id }: Pick<Asked, "request" | "id">,
): Promise<Upload> {
  const upload = isId(id) ? await uploads.find(id) : undefined;
  const isTheirs = upload?.ownerId === accountOf(request).id || isAdmin(request);
  if (!upload || upload.purpose === "annex" || !isTheirs)
    throw new CoreError("upload-not-found", { id });
  return upload;
}

function isAdmin(request: FastifyRequest): boolean {
  return principalOf(request).scopes.has("admin");
}
