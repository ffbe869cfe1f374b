/** `/fetches`: offline downloads. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import type { Account } from "../../core/accounts/account-store.ts";
import type { DriveAccess } from "../../core/drive/access.ts";
import { CoreError } from "../../core/errors.ts";
import type { FetchStore } from "../../core/fetches/fetch-store.ts";
import type { Fetch } from "../../core/fetches/fetch.ts";
import type { ManageFetches } from "../../core/fetches/manage.ts";
import { isId } from "../../core/ids.ts";
import { actorOf } from "../shared/actor.ts";
import { accountOf } from "../shared/authenticate.ts";
import {
  createFetchBody,
  fetchPageSchema,
  fetchSchema,
  listFetchesQuery,
} from "./fetch-schemas.ts";
import { openTarget } from "../shared/target.ts";
import { idParams, problemSchema } from "./schemas.ts";

export interface FetchRoutes {
  readonly fetches: FetchStore;
  readonly manageFetches: ManageFetches;
  /** Whether this account may ask for new ones. */
  readonly mayFetch: (account: Account) => boolean;
  /** The setting that says so. */
  readonly fetchSetting: string;
}

const refused = { "4XX": problemSchema, "5XX": problemSchema };
const tags = ["Offline downloads"];

export function registerFetches(
  instance: FastifyInstance,
  routes: FetchRoutes & { readonly access: DriveAccess },
): void {
  const app = instance.withTypeProvider<ZodTypeProvider>();
  const { fetches, manageFetches, access } = routes;

  /** Someone else's is answered as one that does not exist. */
  const own = async (request: FastifyRequest, id: string): Promise<Fetch> => {
    const fetch = isId(id) ? await fetches.find(id) : undefined;
    if (fetch?.ownerId !== accountOf(request).id) throw new CoreError("fetch-not-found", { id });
    return fetch;
  };

  app.post(
    "/fetches",
    {
      schema: {
        tags,
        summary: "Fetch a URL into the drive",
        body: createFetchBody,
        response: { 201: fetchSchema, ...refused },
      },
    },
    async (request, reply) => {
      assertMayFetch(routes, request);
      const { url, name, parentId: id } = request.body;
      const ownerId = accountOf(request).id;
      const folderId = await openTarget(access, { request, id: id ?? undefined });
      const fetch = await manageFetches.create(
        {
          ownerId,
          url,
          ...(name === undefined ? {} : { name }),
          parentId: folderId === ownerId ? null : folderId,
        },
        actorOf(request),
      );
      reply.code(201).header("location", `/api/v1/fetches/${fetch.id}`);
      return formatFetch(fetch);
    },
  );

  app.get(
    "/fetches",
    {
      schema: {
        tags,
        summary: "List offline downloads, newest first",
        querystring: listFetchesQuery,
        response: { 200: fetchPageSchema, ...refused },
      },
    },
    async (request) => {
      const { limit, cursor } = request.query;
      const ownerId = accountOf(request).id;
      const page = await fetches.list({
        ownerId,
        limit,
        ...(cursor === undefined ? {} : { cursor }),
      });
      return { items: page.items.map(formatFetch), nextCursor: page.nextCursor };
    },
  );

  app.get(
    "/fetches/:id",
    {
      schema: {
        tags,
        summary: "One offline download: state and progress",
        params: idParams,
        response: { 200: fetchSchema, ...refused },
      },
    },
    async (request) => formatFetch(await own(request, request.params.id)),
  );

  for (const action of ["cancel", "retry"] as const) {
    app.post(
      `/fetches/:id/${action}`,
      {
        schema: {
          tags,
          summary:
            action === "cancel" ? "End it and free what it has received" : "Queue it once more",
          params: idParams,
          response: { 200: fetchSchema, ...refused },
        },
      },
      async (request) => {
        const { id } = await own(request, request.params.id);
        if (action === "retry") assertMayFetch(routes, request);
        return formatFetch(await manageFetches[action](id, actorOf(request)));
      },
    );
  }

  app.delete(
    "/fetches/:id",
    {
      schema: {
        tags,
        summary: "Forget it; cancels an open one; its file stays",
        params: idParams,
        response: { 204: z.null(), ...refused },
      },
    },
    async (request, reply) => {
      const { id } = await own(request, request.params.id);
      await manageFetches.remove(id, actorOf(request));
      return reply.code(204).send(null);
    },
  );
}

function assertMayFetch({ mayFetch, fetchSetting }: FetchRoutes, request: FastifyRequest): void {
  if (!mayFetch(accountOf(request)))
    throw new CoreError("fetches-not-allowed", { setting: fetchSetting });
}

function formatFetch(fetch: Fetch): z.infer<typeof fetchSchema> {
  const { id, url, name, parentId, state, receivedBytes, totalBytes, attempts, failure } = fetch;
  return {
    id,
    url,
    name,
    parentId,
    state,
    receivedBytes,
    totalBytes,
    attempts,
    ...(failure === null ? {} : { failure }),
    uploadId: fetch.uploadId,
    fileId: fetch.fileId,
    createdAt: new Date(fetch.createdAt).toISOString(),
    updatedAt: new Date(fetch.updatedAt).toISOString(),
  };
}
