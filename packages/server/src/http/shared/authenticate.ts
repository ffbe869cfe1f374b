/**
 * Who is asking. Routes see only `request.principal` (`accountOf`, `actorOf`), whichever way it was proved:
 *
 * - `Authorization: Bearer <API token or access token>`;
 * - `Authorization: Bearer <access> <refresh>`: when the access token has expired, the request succeeds and its answer carries a new pair in
 *   the same form;
 * - the cookies of a browser's session, renewed in the same way; refused where another site's page may have sent them;
 * - at the content host, what is sealed in the address, and nothing else (`content-host.ts`).
 */
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Account } from "../../core/accounts/account-store.ts";
import type { Identified, Identify, Principal } from "../../core/accounts/principal.ts";
import type { Standing } from "../../core/accounts/standing.ts";
import type { Clock } from "../../core/clock.ts";
import { CoreError } from "../../core/errors.ts";
import type { Actor } from "../../core/events.ts";
import { actorOf } from "./actor.ts";
import { neededScope } from "./access.ts";
import { refuseCrossSite } from "./cross-site.ts";
import { passOf } from "./content-host.ts";
import type { SessionCookies } from "./session-cookies.ts";
import { askNow, keepAsking } from "./still-allowed.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** The principal's. */
    account: Account | undefined;
    /** Set by the authentication hook on every route that is not public. */
    principal: Principal | undefined;
  }
}

/**
 * An `onRequest` hook: sets `request.principal`, or throws `unauthenticated`, `cross-site`, or `forbidden` when the route needs more (see
 * `access.ts`), before any body is read.
 */
export interface Authenticate {
  (request: FastifyRequest, reply: FastifyReply): Promise<void>;
  /** For public routes that make a difference between people: undefined for a visitor, and for whoever shows nothing that counts. */
  identify(request: FastifyRequest, reply: FastifyReply): Promise<Principal | undefined>;
  /** Something was revoked: what was looked up before no longer counts, and what is on its way is asked about. */
  forget(): void;
}

const BEARER = /^Bearer +([\x21-\x7e]+)(?: +([\x21-\x7e]+))? *$/i;
/** A look-up serves the requests of this long: small files come hundreds a second with one token. */
const freshMs = 1_000;
const maxRemembered = 1_000;

interface Shown {
  readonly access: string;
  readonly refresh: string | undefined;
  readonly isCookie: boolean;
}

export function createAuthenticate({
  identify,
  standing,
  cookies,
  clock,
  publicOrigin,
}: {
  identify: Identify;
  standing: Standing;
  cookies: SessionCookies;
  clock: Clock;
  publicOrigin?: string | undefined;
}): Authenticate {
  const recent = new Map<string, { principal: Principal; until: number }>();
  let generation = 0;

  const lookUp = async (shown: Shown, actor: Actor): Promise<Identified | undefined> => {
    // With its other half: a good access token beside a forged refresh token is not good.
    const key = `${shown.access} ${shown.refresh ?? ""}`;
    const known = recent.get(key);
    if (known && clock.now() < known.until) return known;
    const began = generation;
    const identified = await identify(shown, actor);
    // What was read before something was revoked may be what was revoked: it serves nobody but who asked before.
    if (!identified || identified.renewed || began !== generation) return identified;
    if (recent.size >= maxRemembered) recent.clear();
    const { principal } = identified;
    const until = Math.min(clock.now() + freshMs, principal.expiresAt ?? Infinity);
    recent.set(key, { principal, until });
    return identified;
  };

  const readShown = (request: FastifyRequest): Shown | undefined => {
    const { authorization } = request.headers;
    if (authorization !== undefined) {
      const [, access, refresh] = BEARER.exec(authorization) ?? [];
      return access === undefined ? undefined : { access, refresh, isCookie: false };
    }
    const { access, refresh } = cookies.read(request);
    return access === undefined ? undefined : { access, refresh, isCookie: true };
  };

  const identifyRequest = async (
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<Principal | undefined> => {
    const pass = passOf(request.raw);
    if (pass) return letIn(request, pass.via ? await byStanding(pass.via) : undefined);
    const shown = readShown(request);
    if (!shown) return undefined;
    if (shown.isCookie) refuseCrossSite(request, { publicOrigin });
    const identified = await lookUp(shown, actorOf(request));
    if (identified?.renewed) {
      const { accessToken, refreshToken } = identified.renewed;
      reply.header("cache-control", "no-store");
      if (shown.isCookie) cookies.set(reply, identified.renewed);
      else reply.header("authorization", `Bearer ${accessToken} ${refreshToken}`);
    }
    return letIn(request, identified?.principal);
  };

  const byStanding = async (via: Principal["via"]): Promise<Principal> => ({
    ...(await standing.assert(via)),
    via,
    expiresAt: null,
  });

  const authenticate = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const principal = await identifyRequest(request, reply);
    if (!principal) throw new CoreError("unauthenticated", {});
    const needed = neededScope(request);
    const scope = needed === "public" || needed === "signed-in" ? undefined : needed;
    if (scope !== undefined && !principal.scopes.has(scope))
      throw new CoreError("forbidden", { needed: scope });
    const { via } = principal;
    const ask = async (): Promise<void> => void (await standing.assert(via, scope));
    keepAsking(request.raw, { who: "account", ask });
  };
  return Object.assign(authenticate, {
    async identify(request: FastifyRequest, reply: FastifyReply) {
      try {
        return await identifyRequest(request, reply);
      } catch (error) {
        if (error instanceof CoreError && error.code === "unauthenticated") return undefined;
        throw error;
      }
    },
    forget() {
      recent.clear();
      // A look-up on its way may have read what was revoked before it was.
      generation++;
      standing.forget();
      askNow();
    },
  });
}

function letIn(request: FastifyRequest, principal: Principal | undefined): Principal | undefined {
  request.principal = principal;
  request.account = principal?.account;
  return principal;
}

/** Who makes an authenticated request, and by what. */
export function principalOf(request: FastifyRequest): Principal {
  if (!request.principal) throw new CoreError("unauthenticated", {});
  return request.principal;
}

/** The account of an authenticated request. */
export function accountOf(request: FastifyRequest): Account {
  if (!request.account) throw new CoreError("unauthenticated", {});
  return request.account;
}
