/** `/auth`: how somebody who has no session gets one, and how it ends. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import type { PeopleStore } from "../../core/accounts/people-store.ts";
import { parseRefreshToken } from "../../core/accounts/refresh-token.ts";
import type { Sessions } from "../../core/accounts/sessions.ts";
import type { SignIn } from "../../core/accounts/sign-in.ts";
import type { SignUp, SignUpRules } from "../../core/accounts/sign-up.ts";
import { CoreError } from "../../core/errors.ts";
import { actorOf } from "../shared/actor.ts";
import { deviceOf } from "../shared/device.ts";
import type { Authenticate } from "../shared/authenticate.ts";
import { refuseCrossSite } from "../shared/cross-site.ts";
import type { SessionCookies } from "../shared/session-cookies.ts";
import { answerSignedIn } from "./people-codec.ts";
import {
  authOptionsSchema,
  refreshBody,
  resetBody,
  setUpBody,
  signedInSchema,
  signInBody,
  signUpBody,
} from "./people-schemas.ts";
import { problemSchema } from "./schemas.ts";

export interface AuthRoutes {
  readonly people: PeopleStore;
  readonly sessions: Sessions;
  readonly signIn: SignIn;
  readonly signUp: SignUp;
  readonly rules: SignUpRules;
  readonly cookies: SessionCookies;
  readonly authenticate: Authenticate;
  readonly publicOrigin: string | undefined;
  readonly providerLabels: readonly { readonly id: string; readonly label: string }[];
}

const tags = ["Accounts"];
const refused = { "4XX": problemSchema, "5XX": problemSchema };
const isPublic = { config: { access: "public" as const } };
const open = { tags, security: [] };
/** Room to say that a password is too long rather than that the body is. */
const bodyLimit = 4 * 1024 * 1024;

export function registerAuth(instance: FastifyInstance, routes: AuthRoutes): void {
  const app = instance.withTypeProvider<ZodTypeProvider>();
  const { people, signIn, signUp, rules, cookies } = routes;
  // These set or use cookies whether or not one came along: no other site's page may call them.
  app.addHook("onRequest", async (request) =>
    refuseCrossSite(request, { publicOrigin: routes.publicOrigin }),
  );
  const shared = { people, cookies };

  app.get(
    "/auth/options",
    {
      ...isPublic,
      schema: {
        ...open,
        summary: "How one may sign in here",
        response: { 200: authOptionsSchema, ...refused },
      },
    },
    async () => ({
      signup: rules.signup,
      minPasswordChars: rules.minPasswordChars,
      providers: [...routes.providerLabels],
    }),
  );

  app.post(
    "/auth/setup",
    {
      ...isPublic,
      bodyLimit,
      schema: {
        ...open,
        summary: "Give the owner a name and a password, by the link that the first start prints",
        body: setUpBody,
        response: { 201: signedInSchema, ...refused },
      },
    },
    async (request, reply) => {
      const { token: link, name, password, cookies: inCookies = false } = request.body;
      const device = deviceOf(request);
      const signedIn = await signUp.setUpOwner({ link, name, password, device });
      reply.code(201);
      return await answerSignedIn(reply, { ...shared, signedIn, inCookies });
    },
  );

  app.post(
    "/auth/signup",
    {
      ...isPublic,
      bodyLimit,
      schema: {
        ...open,
        summary: "Make an account",
        body: signUpBody,
        response: { 201: signedInSchema, ...refused },
      },
    },
    async (request, reply) => {
      const { cookies: inCookies = false, ...person } = request.body;
      const signedIn = await signUp.signUp({ ...person, device: deviceOf(request) });
      reply.code(201);
      return await answerSignedIn(reply, { ...shared, signedIn, inCookies });
    },
  );

  app.post(
    "/auth/login",
    {
      ...isPublic,
      bodyLimit,
      schema: {
        ...open,
        summary: "Sign in",
        body: signInBody,
        response: { 200: signedInSchema, ...refused },
      },
    },
    async (request, reply) => {
      const { name, password, totp: code, cookies: inCookies = false } = request.body;
      const signedIn = await signIn.signIn({ name, password, code, device: deviceOf(request) });
      return await answerSignedIn(reply, { ...shared, signedIn, inCookies });
    },
  );

  app.post(
    "/auth/reset",
    {
      ...isPublic,
      bodyLimit,
      schema: {
        ...open,
        summary: "A new password, by an admin's one-time link; every session ends",
        body: resetBody,
        response: { 204: z.null(), ...refused },
      },
    },
    async (request, reply) => {
      const { token: link, password } = request.body;
      await signUp.resetPassword({ link, password, device: deviceOf(request) });
      return reply.code(204).send(null);
    },
  );

  registerSession(instance, routes);
}

function registerSession(instance: FastifyInstance, routes: AuthRoutes): void {
  const app = instance.withTypeProvider<ZodTypeProvider>();
  const { people, sessions, cookies } = routes;
  const shared = { people, cookies };

  app.post(
    "/auth/refresh",
    {
      ...isPublic,
      schema: {
        ...open,
        summary: "A new pair for a refresh token, which is used up; with cookies, without a body",
        body: refreshBody,
        response: { 200: signedInSchema, ...refused },
      },
    },
    async (request, reply) => {
      const given = request.body?.refreshToken;
      const refreshToken = given ?? cookies.read(request).refresh;
      if (refreshToken === undefined) throw new CoreError("unauthenticated", {});
      const signedIn = await sessions.refresh(refreshToken, visitor(request));
      return await answerSignedIn(reply, { ...shared, signedIn, inCookies: given === undefined });
    },
  );

  app.post(
    "/auth/logout",
    {
      ...isPublic,
      schema: {
        ...open,
        summary: "End the session, whatever is left of it; answers the same when it was over",
        body: refreshBody,
        response: { 204: z.null(), ...refused },
      },
    },
    async (request, reply) => {
      const principal = await routes.authenticate.identify(request, reply);
      const refreshToken = request.body?.refreshToken ?? cookies.read(request).refresh;
      const sessionId =
        principal?.via.kind === "session"
          ? principal.via.sessionId
          : await sessionOf({ request, refreshToken });
      const holder = sessionId === undefined ? undefined : await sessions.find(sessionId);
      if (holder) {
        const actor = { ...actorOf(request), accountId: holder.account.id };
        await sessions.end({ holder, actor });
      }
      cookies.clear(reply);
      return reply.code(204).send(null);
    },
  );

  /** Only a refresh token that is good says which session to end. */
  async function sessionOf({
    request,
    refreshToken,
  }: {
    request: FastifyRequest;
    refreshToken: string | undefined;
  }): Promise<string | undefined> {
    if (refreshToken === undefined || !parseRefreshToken(refreshToken)) return undefined;
    try {
      return (await sessions.renew(refreshToken, visitor(request))).sessionId;
    } catch (error) {
      if (error instanceof CoreError && error.code === "unauthenticated") return undefined;
      throw error;
    }
  }
}

function visitor({ ip }: FastifyRequest) {
  return { accountId: null, address: ip };
}
