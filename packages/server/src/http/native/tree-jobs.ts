/** `/jobs`: copies and deletions that take longer than a request. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { Clock } from "../../core/clock.ts";
import type { NodeStore } from "../../core/drive/node-store.ts";
import type { TreeJob } from "../../core/drive/tree-job.ts";
import { CoreError } from "../../core/errors.ts";
import { isId } from "../../core/ids.ts";
import { accountOf } from "../shared/authenticate.ts";
import { formatJob } from "./node-codec.ts";
import { jobPageSchema, jobSchema, nodeIdParams, pageQuery } from "./node-schemas.ts";
import { problemSchema } from "./schemas.ts";

export interface TreeJobRoutes {
  readonly nodes: NodeStore;
  readonly clock: Clock;
}

const refused = { "4XX": problemSchema, "5XX": problemSchema };
const tags = ["Drive"];

export function registerTreeJobs(instance: FastifyInstance, { nodes, clock }: TreeJobRoutes): void {
  const app = instance.withTypeProvider<ZodTypeProvider>();

  const own = async (request: FastifyRequest, id: string): Promise<TreeJob> => {
    const job = isId(id) ? await nodes.findJob(id) : undefined;
    if (job?.accountId !== accountOf(request).id) throw new CoreError("job-not-found", { id });
    return job;
  };

  app.get(
    "/jobs",
    {
      schema: {
        tags,
        summary: "One's jobs, newest first",
        querystring: pageQuery,
        response: { 200: jobPageSchema, ...refused },
      },
    },
    async (request) => {
      const { limit, cursor } = request.query;
      const accountId = accountOf(request).id;
      const page = await nodes.jobs({
        accountId,
        limit,
        ...(cursor === undefined ? {} : { cursor }),
      });
      return { items: page.items.map(formatJob), nextCursor: page.nextCursor };
    },
  );

  app.get(
    "/jobs/:id",
    {
      schema: {
        tags,
        summary: "Progress and result",
        params: nodeIdParams,
        response: { 200: jobSchema, ...refused },
      },
    },
    async (request) => formatJob(await own(request, request.params.id)),
  );

  app.post(
    "/jobs/:id/cancel",
    {
      schema: {
        tags,
        summary: "Stop it; what a copy had made goes away. Idempotent",
        params: nodeIdParams,
        response: { 200: jobSchema, ...refused },
      },
    },
    async (request) => {
      const { id } = await own(request, request.params.id);
      await nodes.endJob({ id, state: "cancelled", now: clock.now() });
      return formatJob(await own(request, id));
    },
  );
}
