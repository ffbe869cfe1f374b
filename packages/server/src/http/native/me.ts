/** `/me`: one's own account: password, sessions, tokens, identities. */
import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import type { OwnAccount } from "../../core/accounts/own-account.ts";
import type { PeopleStore } from "../../core/accounts/people-store.ts";
import type { Clock } from "../../core/clock.ts";
import { CoreError } from "../../core/errors.ts";
import { actorOf } from "../shared/actor.ts";
import { principalOf } from "../shared/authenticate.ts";
import type { SessionCookies } from "../shared/session-cookies.ts";
import { registerSecondFactor } from "./second-factor.ts";
import { whoAsks } from "./who-asks.ts";
import { formatSession, formatToken, formatUser } from "./people-codec.ts";
import {
  changePasswordBody,
  endSessionsQuery,
  identitySchema,
  meSchema,
  newTokenBody,
  sessionSchema,
  tokenSchema,
} from "./people-schemas.ts";
import { idParams, problemSchema } from "./schemas.ts";

export interface MeRoutes {
  readonly people: PeopleStore;
  readonly ownAccount: OwnAccount;
  readonly cookies: SessionCookies;
  readonly clock: Clock;
}

const tags = ["Accounts"];
const refused = { "4XX": problemSchema, "5XX": problemSchema };
const nothing = { 204: z.null(), ...refused };
const own = { config: { access: "account" as const } };
const bodyLimit = 4 * 1024 * 1024;

export function registerMe(instance: FastifyInstance, routes: MeRoutes): void {
  const app = instance.withTypeProvider<ZodTypeProvider>();
  const { people, ownAccount } = routes;

  app.get(
    "/me",
    {
      // Whoever has any token may ask what it is good for.
      config: { access: "signed-in" },
      schema: { tags, summary: "Who I am", response: { 200: meSchema, ...refused } },
    },
    async (request) => {
      const { account, scopes } = principalOf(request);
      const user = await people.findUser(account.id);
      if (!user) throw new CoreError("unauthenticated", {});
      const recoveryCodesLeft = await people.countRecoveryCodes(account.id);
      return { ...formatUser(user), scopes: [...scopes], recoveryCodesLeft };
    },
  );

  app.put(
    "/me/password",
    {
      ...own,
      bodyLimit,
      schema: {
        tags,
        summary: "Change the password; every other session ends",
        body: changePasswordBody,
        response: nothing,
      },
    },
    async (request, reply) => {
      await ownAccount.changePassword({ ...request.body, ...whoAsks(request) });
      return reply.code(204).send(null);
    },
  );

  app.get(
    "/me/sessions",
    {
      ...own,
      schema: {
        tags,
        summary: "Where I am signed in",
        response: { 200: z.object({ items: z.array(sessionSchema) }), ...refused },
      },
    },
    async (request) => {
      const { accountId, sessionId } = whoAsks(request);
      const sessions = await people.listSessions(accountId);
      const now = routes.clock.now();
      const live = sessions.filter(({ expiresAt }) => expiresAt > now);
      return { items: live.map((session) => formatSession(session, sessionId)) };
    },
  );

  app.delete(
    "/me/sessions",
    {
      ...own,
      schema: {
        tags,
        summary: "Sign out everywhere else",
        querystring: endSessionsQuery,
        response: nothing,
      },
    },
    async (request, reply) => {
      const { accountId, sessionId: keep, actor } = whoAsks(request);
      const endTokens = request.query.tokens === "1";
      await people.endSessions({ accountId, keep, endTokens, actor, now: routes.clock.now() });
      return reply.code(204).send(null);
    },
  );

  app.delete(
    "/me/sessions/:id",
    { ...own, schema: { tags, summary: "Sign out there", params: idParams, response: nothing } },
    async (request, reply) => {
      const { id } = request.params;
      const { accountId, sessionId, actor } = whoAsks(request);
      const now = routes.clock.now();
      const isOver = await people.endSession({ id, accountId, why: "revoked", actor, now });
      if (!isOver) throw new CoreError("session-not-found", { id });
      if (id === sessionId) routes.cookies.clear(reply);
      return reply.code(204).send(null);
    },
  );

  app.get(
    "/me/tokens",
    {
      ...own,
      schema: {
        tags,
        summary: "API tokens",
        response: { 200: z.object({ items: z.array(tokenSchema) }), ...refused },
      },
    },
    async (request) => ({
      items: (await people.listTokens(principalOf(request).account.id)).map(formatToken),
    }),
  );

  app.post(
    "/me/tokens",
    {
      ...own,
      schema: {
        tags,
        summary: "Make an API token: no wider than what asks for it; shown this once",
        body: newTokenBody,
        response: { 201: tokenSchema.extend({ token: z.string() }), ...refused },
      },
    },
    async (request, reply) => {
      const { name, scopes, expiresAt } = request.body;
      const made = await ownAccount.createToken({
        name,
        scopes,
        expiresAt: typeof expiresAt === "string" ? Date.parse(expiresAt) : null,
        principal: principalOf(request),
        actor: actorOf(request),
      });
      reply.code(201).header("cache-control", "no-store");
      return { ...formatToken(made.apiToken), token: made.token };
    },
  );

  app.delete(
    "/me/tokens/:id",
    { ...own, schema: { tags, summary: "Revoke a token", params: idParams, response: nothing } },
    async (request, reply) => {
      const { id } = request.params;
      const { accountId, actor } = whoAsks(request);
      const now = routes.clock.now();
      if (!(await people.revokeToken({ id, accountId, actor, now })))
        throw new CoreError("token-not-found", { id });
      return reply.code(204).send(null);
    },
  );

  registerSecondFactor(instance, routes);
  registerIdentities(instance, routes);
}

function registerIdentities(instance: FastifyInstance, { people, clock }: MeRoutes): void {
  const app = instance.withTypeProvider<ZodTypeProvider>();

  app.get(
    "/me/identities",
    {
      ...own,
      schema: {
        tags,
        summary: "Where else I can sign in with",
        response: { 200: z.object({ items: z.array(identitySchema) }), ...refused },
      },
    },
    async (request) => {
      const identities = await people.listIdentities(principalOf(request).account.id);
      const items = identities.map(({ id, provider, name, email, createdAt }) => ({
        id,
        provider,
        name,
        email,
        createdAt: new Date(createdAt).toISOString(),
      }));
      return { items };
    },
  );

  app.delete(
    "/me/identities/:id",
    { ...own, schema: { tags, summary: "Unlink", params: idParams, response: nothing } },
    async (request, reply) => {
      const { accountId, actor } = whoAsks(request);
      const { id } = request.params;
      await people.unlinkIdentity({ id, accountId, actor, now: clock.now() });
      return reply.code(204).send(null);
    },
  );
}
