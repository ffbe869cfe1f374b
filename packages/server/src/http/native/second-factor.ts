/** `/me/totp`: one's second factor. */
import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import type { OwnAccount } from "../../core/accounts/own-account.ts";
import { codeBody, passwordBody } from "./people-schemas.ts";
import { problemSchema } from "./schemas.ts";
import { whoAsks } from "./who-asks.ts";

const tags = ["Accounts"];
const refused = { "4XX": problemSchema, "5XX": problemSchema };
const nothing = { 204: z.null(), ...refused };
const own = { config: { access: "account" as const } };
const bodyLimit = 4 * 1024 * 1024;

export function registerSecondFactor(
  instance: FastifyInstance,
  { ownAccount }: { ownAccount: OwnAccount },
): void {
  const app = instance.withTypeProvider<ZodTypeProvider>();
  const codes = z.object({ recoveryCodes: z.array(z.string()).describe("Shown this once") });

  app.post(
    "/me/totp",
    {
      ...own,
      bodyLimit,
      schema: {
        tags,
        summary: "Propose a second factor: in force once confirmed",
        body: passwordBody,
        response: { 200: z.object({ secret: z.string(), uri: z.string() }), ...refused },
      },
    },
    async (request, reply) => {
      reply.header("cache-control", "no-store");
      return await ownAccount.proposeTotp({ ...request.body, ...whoAsks(request) });
    },
  );

  app.post(
    "/me/totp/confirm",
    {
      ...own,
      schema: {
        tags,
        summary: "Prove that an authenticator has it",
        body: codeBody,
        response: { 200: codes, ...refused },
      },
    },
    async (request, reply) => {
      reply.header("cache-control", "no-store");
      const { code } = request.body;
      return { recoveryCodes: await ownAccount.confirmTotp({ code, ...whoAsks(request) }) };
    },
  );

  app.post(
    "/me/totp/recovery-codes",
    {
      ...own,
      bodyLimit,
      schema: {
        tags,
        summary: "New recovery codes; the earlier ones are dead",
        body: passwordBody,
        response: { 200: codes, ...refused },
      },
    },
    async (request, reply) => {
      reply.header("cache-control", "no-store");
      const recoveryCodes = await ownAccount.replaceRecoveryCodes({
        ...request.body,
        ...whoAsks(request),
      });
      return { recoveryCodes };
    },
  );

  app.post(
    "/me/totp/disable",
    {
      ...own,
      bodyLimit,
      schema: { tags, summary: "Do without it", body: passwordBody, response: nothing },
    },
    async (request, reply) => {
      await ownAccount.disableTotp({ ...request.body, ...whoAsks(request) });
      return reply.code(204).send(null);
    },
  );
}
