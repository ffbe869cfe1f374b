/** `/admin/users` and `/admin/invitations`: the people of this site. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import type { PeopleStore } from "../../core/accounts/people-store.ts";
import type { SignUpRules } from "../../core/accounts/sign-up.ts";
import type { Users } from "../../core/accounts/users.ts";
import type { Clock } from "../../core/clock.ts";
import { CoreError } from "../../core/errors.ts";
import { actorOf } from "../shared/actor.ts";
import { accountOf } from "../shared/authenticate.ts";
import { formatInvitation, formatOffer, formatUser } from "./people-codec.ts";
import {
  changeUserBody,
  endSessionsQuery,
  invitationSchema,
  inviteBody,
  listUsersQuery,
  offerSchema,
  userPageSchema,
  userSchema,
} from "./people-schemas.ts";
import { idParams, problemSchema } from "./schemas.ts";

export interface UserRoutes {
  readonly people: PeopleStore;
  readonly users: Users;
  readonly rules: SignUpRules;
  readonly clock: Clock;
  /** Where browsers find this server, as far as a request shows it. */
  readonly baseUrl: (request: FastifyRequest) => string;
}

const tags = ["Administration"];
const refused = { "4XX": problemSchema, "5XX": problemSchema };
const nothing = { 204: z.null(), ...refused };
const admin = { config: { access: "admin" as const } };

export function registerUsers(instance: FastifyInstance, routes: UserRoutes): void {
  const app = instance.withTypeProvider<ZodTypeProvider>();
  const { people, users } = routes;

  app.get(
    "/admin/users",
    {
      ...admin,
      schema: {
        tags,
        summary: "Accounts, oldest first",
        querystring: listUsersQuery,
        response: { 200: userPageSchema, ...refused },
      },
    },
    async ({ query: { limit, cursor } }) => {
      const page = await people.listUsers({ limit, ...(cursor === undefined ? {} : { cursor }) });
      return { items: page.items.map(formatUser), nextCursor: page.nextCursor };
    },
  );

  app.get(
    "/admin/users/:id",
    {
      ...admin,
      schema: {
        tags,
        summary: "One account",
        params: idParams,
        response: { 200: userSchema, ...refused },
      },
    },
    async ({ params: { id } }) => {
      const user = await people.findUser(id);
      if (!user) throw new CoreError("account-not-found", { id });
      return formatUser(user);
    },
  );

  app.patch(
    "/admin/users/:id",
    {
      ...admin,
      schema: {
        tags,
        summary: "Change role or quota, disable (dead at once) or enable",
        params: idParams,
        body: changeUserBody,
        response: { 200: userSchema, ...refused },
      },
    },
    async (request) => {
      const { role, quotaBytes, disabled: isDisabled } = request.body;
      const { id } = request.params;
      const user = await users.change({ id, role, quotaBytes, isDisabled, ...whoAsks(request) });
      return formatUser(user);
    },
  );

  app.delete(
    "/admin/users/:id/sessions",
    {
      ...admin,
      schema: {
        tags,
        summary: "Sign somebody out everywhere",
        params: idParams,
        querystring: endSessionsQuery,
        response: nothing,
      },
    },
    async (request, reply) => {
      const endTokens = request.query.tokens === "1";
      await users.endSessions({ id: request.params.id, endTokens, ...whoAsks(request) });
      return reply.code(204).send(null);
    },
  );

  app.delete(
    "/admin/users/:id/totp",
    {
      ...admin,
      schema: {
        tags,
        summary: "Take away a second factor that was lost",
        params: idParams,
        response: nothing,
      },
    },
    async (request, reply) => {
      await users.disableTotp({ id: request.params.id, ...whoAsks(request) });
      return reply.code(204).send(null);
    },
  );

  app.post(
    "/admin/users/:id/reset-link",
    {
      ...admin,
      schema: {
        tags,
        summary: "A one-time link for a new password",
        params: idParams,
        response: { 201: offerSchema, ...refused },
      },
    },
    async (request, reply) => {
      const offer = await users.offerReset({ id: request.params.id, ...whoAsks(request) });
      reply.code(201).header("cache-control", "no-store");
      return formatOffer(offer, routes.baseUrl(request));
    },
  );

  registerInvitations(instance, routes);
}

function registerInvitations(instance: FastifyInstance, routes: UserRoutes): void {
  const app = instance.withTypeProvider<ZodTypeProvider>();
  const { people, users, rules, clock } = routes;

  app.get(
    "/admin/invitations",
    {
      ...admin,
      schema: {
        tags,
        summary: "Invitations that nobody has used",
        response: { 200: z.object({ items: z.array(invitationSchema) }), ...refused },
      },
    },
    async () => ({
      items: (await people.listInvitations({ now: clock.now() })).map(formatInvitation),
    }),
  );

  app.post(
    "/admin/invitations",
    {
      ...admin,
      schema: {
        tags,
        summary: "Invite: a one-time link that makes an account",
        body: inviteBody,
        response: { 201: offerSchema.extend({ invitation: invitationSchema }), ...refused },
      },
    },
    async (request, reply) => {
      const { role, quotaBytes = rules.defaultQuotaBytes } = request.body;
      const offer = await users.invite({ role, quotaBytes, ...whoAsks(request) });
      reply.code(201).header("cache-control", "no-store");
      return {
        ...formatOffer(offer, routes.baseUrl(request)),
        invitation: formatInvitation(offer.link),
      };
    },
  );

  app.delete(
    "/admin/invitations/:id",
    {
      ...admin,
      schema: { tags, summary: "Withdraw an invitation", params: idParams, response: nothing },
    },
    async (request, reply) => {
      const { id } = request.params;
      const actor = actorOf(request);
      if (!(await people.revokeInvitation({ id, actor, now: clock.now() })))
        throw new CoreError("invitation-not-found", { id });
      return reply.code(204).send(null);
    },
  );
}

function whoAsks(request: FastifyRequest) {
  return { by: accountOf(request), actor: actorOf(request) };
}
