/** `/auth/oauth`: the way to a provider and back. What a browser must carry meanwhile is in a cookie of ten minutes. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { networkOf } from "../../core/accounts/network.ts";
import type { ThirdParty } from "../../core/accounts/third-party.ts";
import type { Clock } from "../../core/clock.ts";
import { CoreError } from "../../core/errors.ts";
import { createTokenBuckets } from "../shared/admission/token-bucket.ts";
import { principalOf } from "../shared/authenticate.ts";
import { clientAddress } from "../shared/client-address.ts";
import { deviceOf } from "../shared/device.ts";
import type { SessionCookies } from "../shared/session-cookies.ts";
import { problemSchema } from "./schemas.ts";

export interface OauthRoutes {
  readonly thirdParty: ThirdParty;
  readonly cookies: SessionCookies;
  readonly clock: Clock;
  readonly baseUrl: (request: FastifyRequest) => string;
}

const tags = ["Accounts"];
const refused = { "4XX": problemSchema, "5XX": problemSchema };
const isPublic = { config: { access: "public" as const } };
const providerParams = z.object({ provider: z.string().max(32) });
const returnTo = z.string().max(1000).default("/").describe("A path of this site");
const begun = z.object({ url: z.string().describe("Where to send the browser") });
const cookieSeconds = 600;

/** Outside of the authentication hook. */
export function registerOauth(instance: FastifyInstance, routes: OauthRoutes): void {
  const app = instance.withTypeProvider<ZodTypeProvider>();
  const { thirdParty, cookies } = routes;
  const assertMayBegin = limitBeginnings(routes.clock);

  app.get(
    "/auth/oauth/:provider",
    {
      ...isPublic,
      schema: {
        tags,
        security: [],
        summary: "Go and sign in with a provider",
        params: providerParams,
        querystring: z.strictObject({ returnTo }),
      },
    },
    async (request, reply) => {
      assertMayBegin(request);
      const url = await begin(routes, {
        request,
        reply,
        provider: request.params.provider,
        returnTo: request.query.returnTo,
      });
      return reply.redirect(url, 302);
    },
  );

  app.post(
    "/auth/oauth/:provider",
    {
      ...isPublic,
      schema: {
        tags,
        security: [],
        summary: "The same for a page, which may bring an invitation",
        params: providerParams,
        body: z.strictObject({ returnTo, invitation: z.string().max(100).optional() }),
        response: { 200: begun, ...refused },
      },
    },
    async (request, reply) => {
      assertMayBegin(request);
      const { params, body } = request;
      return { url: await begin(routes, { request, reply, ...params, ...body }) };
    },
  );

  app.get(
    "/auth/oauth/:provider/callback",
    {
      ...isPublic,
      schema: {
        tags,
        security: [],
        summary: "Where the provider sends the browser back to",
        params: providerParams,
      },
    },
    async (request, reply) => {
      const { provider } = request.params;
      const { name, options } = cookies.shape(request, "oauth");
      const browserSecret = request.cookies[name];
      const finished = await thirdParty.finish({
        provider,
        callbackUrl: new URL(redirectUri(routes, { request, provider }) + queryOf(request)),
        browserSecret,
        device: deviceOf(request),
      });
      reply
        .clearCookie(name, options)
        .headers({ "cache-control": "no-store", "referrer-policy": "no-referrer" });
      if (finished.kind === "failed") {
        request.log.info({ err: finished.cause, provider }, "a third-party sign-in failed");
        return reply.redirect(`/login?error=${finished.code}`, 302);
      }
      if (finished.kind === "signed-in") cookies.set(reply, finished.signedIn.tokens);
      return reply.redirect(finished.returnTo, 302);
    },
  );
}

/** Behind the authentication hook. */
export function registerOauthLink(instance: FastifyInstance, routes: OauthRoutes): void {
  instance.withTypeProvider<ZodTypeProvider>().post(
    "/me/identities/:provider",
    {
      config: { access: "account" },
      schema: {
        tags,
        summary: "Link an account elsewhere to this one",
        params: providerParams,
        body: z.strictObject({ returnTo }),
        response: { 200: begun, ...refused },
      },
    },
    async (request, reply) => {
      const accountId = principalOf(request).account.id;
      const { params, body } = request;
      return { url: await begin(routes, { request, reply, accountId, ...params, ...body }) };
    },
  );
}

async function begin(
  routes: OauthRoutes,
  input: {
    request: FastifyRequest;
    reply: FastifyReply;
    provider: string;
    returnTo: string;
    accountId?: string;
    invitation?: string | undefined;
  },
): Promise<string> {
  const { request, reply, provider, returnTo, accountId = null, invitation = null } = input;
  const { url, browserSecret } = await routes.thirdParty.begin({
    provider,
    redirectUri: redirectUri(routes, { request, provider }),
    returnTo,
    accountId,
    invitation,
  });
  const { name, options } = routes.cookies.shape(request, "oauth");
  reply
    .setCookie(name, browserSecret, { ...options, maxAge: cookieSeconds })
    .header("cache-control", "no-store");
  return url.href;
}

/** Each beginning is a row that anybody can cause: so many at once from one network, then one a second. */
function limitBeginnings(clock: Clock): (request: FastifyRequest) => void {
  const take = createTokenBuckets({ perSecond: 1, burst: 100 }, { clock, maxWaitMs: 0 });
  return (request) => {
    const { waitMs, isRefused } = take(networkOf(clientAddress(request)));
    const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1000));
    if (isRefused) throw new CoreError("too-many-attempts", { retryAfterSeconds });
  };
}

function redirectUri(
  { baseUrl }: OauthRoutes,
  { request, provider }: { request: FastifyRequest; provider: string },
): string {
  return `${baseUrl(request)}/api/v1/auth/oauth/${encodeURIComponent(provider)}/callback`;
}

function queryOf({ url }: FastifyRequest): string {
  const start = url.indexOf("?");
  return start === -1 ? "" : url.slice(start);
}
