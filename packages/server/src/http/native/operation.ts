/** `/health`, `/server`, `/checks`, `/admin/token`. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import type { Account, AccountStore } from "../../core/accounts/account-store.ts";
import { CoreError } from "../../core/errors.ts";
import type { UploadLimits } from "../../core/uploads/create.ts";
import type { InstantUpload } from "../../core/uploads/instant.ts";
import { accountOf } from "../shared/authenticate.ts";
import { batchLimits } from "./batch.ts";
import type { FetchRoutes } from "./fetches.ts";
import { smallFileBytes } from "../shared/whole-file.ts";
import { checkSchema, healthSchema, idParams, problemSchema, serverSchema } from "./schemas.ts";

type CheckView = z.infer<typeof checkSchema>;

export interface OperationRoutes {
  readonly accounts: AccountStore;
  readonly version: string;
  readonly instantUpload: InstantUpload;
  readonly limits: UploadLimits;
  readonly health: () => Promise<z.infer<typeof healthSchema> & { acceptsWrites: boolean }>;
  readonly checks: {
    start(): Readonly<Omit<CheckView, "problems">> & {
      problems: readonly CheckView["problems"][number][];
    };
    find(id: string): ReturnType<OperationRoutes["checks"]["start"]>;
  };
  /** Replaces the owner's token and keeps it where `sampan admin token` finds it. */
  readonly replaceOwnerToken: () => Promise<string>;
}

const refused = { "4XX": problemSchema, "5XX": problemSchema };
const tags = ["Operation"];

/** The only native route that needs no token. */
export function registerHealth(instance: FastifyInstance, { health }: OperationRoutes): void {
  instance.withTypeProvider<ZodTypeProvider>().get(
    "/health",
    {
      config: { access: "public" },
      schema: {
        tags,
        summary: "Whether the server keeps its promises",
        security: [],
        response: { 200: healthSchema, 503: healthSchema },
      },
    },
    async (_request, reply) => {
      const { acceptsWrites, status, checks } = await health();
      reply.code(acceptsWrites ? 200 : 503).header("cache-control", "no-store");
      return { status, checks };
    },
  );
}

export function registerOperation(
  instance: FastifyInstance,
  routes: OperationRoutes & Pick<FetchRoutes, "mayFetch" | "fetchSetting">,
): void {
  const app = instance.withTypeProvider<ZodTypeProvider>();
  const { version, limits, checks } = routes;

  app.get(
    "/server",
    {
      config: { access: "signed-in" },
      schema: {
        tags,
        summary: "Limits, durability and the account",
        response: { 200: serverSchema, ...refused },
      },
    },
    async (request) => {
      const { quotaBytes, usedBytes, reservedBytes } = await currentAccount(routes, request);
      return {
        version,
        durability: limits.durability,
        instant: routes.instantUpload.scope,
        limits: {
          maxFileBytes: limits.maxFileBytes,
          maxPartBytes: limits.maxFileBytes,
          maxParts: limits.maxParts,
          defaultPartBytes: limits.defaultPartBytes,
          maxBatchFiles: batchLimits.maxFiles,
          maxBatchBytes: batchLimits.maxBytes,
          maxBatchFileBytes: smallFileBytes,
        },
        offlineDownloads: {
          isAllowed: routes.mayFetch(accountOf(request)),
          setting: routes.fetchSetting,
        },
        account: { quotaBytes, usedBytes, reservedBytes },
      };
    },
  );

  app.post(
    "/checks",
    {
      config: { access: "admin" },
      schema: {
        tags,
        summary: "Re-read and verify every blob",
        response: { 202: checkSchema, ...refused },
      },
    },
    async (_request, reply) => reply.code(202).send({ ...checks.start(), problems: [] }),
  );

  app.get(
    "/checks/:id",
    {
      config: { access: "admin" },
      schema: {
        tags,
        summary: "Progress and result",
        params: idParams,
        response: { 200: checkSchema, ...refused },
      },
    },
    async (request) => {
      const check = checks.find(request.params.id);
      return { ...check, problems: [...check.problems] };
    },
  );

  app.post(
    "/admin/token",
    {
      config: { access: "owner" },
      schema: {
        tags,
        summary: "Replace the owner's token",
        response: { 200: z.object({ token: z.string() }), ...refused },
      },
    },
    async (_request, reply) => {
      reply.header("cache-control", "no-store");
      return { token: await routes.replaceOwnerToken() };
    },
  );
}

/** As it is now: what the token look-up remembers may be a second old. */
async function currentAccount(
  { accounts }: OperationRoutes,
  request: FastifyRequest,
): Promise<Account> {
  const { id } = accountOf(request);
  const account = await accounts.find(id);
  if (!account) throw new CoreError("unauthenticated", {});
  return account;
}
