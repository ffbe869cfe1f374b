/** A session in a browser: two cookies that no script can read. With TLS their names bind them to this host alone (RFC 6265bis §4.1.3.2). */
import type { CookieSerializeOptions } from "@fastify/cookie";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { TokenPair } from "../../core/accounts/sessions.ts";
import type { Clock } from "../../core/clock.ts";
import { isByTls } from "./client-address.ts";

export interface SessionCookies {
  read(request: FastifyRequest): { access: string | undefined; refresh: string | undefined };
  set(reply: FastifyReply, tokens: TokenPair): void;
  clear(reply: FastifyReply): void;
  /** For a cookie of another purpose with the same protection. */
  shape(request: FastifyRequest, purpose: string): CookieShape;
}

export interface CookieShape {
  readonly name: string;
  readonly options: CookieSerializeOptions;
}

/** `publicUrl` says whether browsers come by TLS; without one, the request does, as far as a proxy of ours knows. */
export function createSessionCookies({
  publicUrl,
  clock,
}: {
  publicUrl: string | undefined;
  clock: Clock;
}): SessionCookies {
  const shape = (request: FastifyRequest, purpose: string): CookieShape => {
    const secure = publicUrl === undefined ? isByTls(request) : publicUrl.startsWith("https:");
    const name = `${secure ? "__Host-" : ""}sampan_${purpose}`;
    return { name, options: { httpOnly: true, secure, sameSite: "lax", path: "/" } };
  };
  return {
    shape,
    read(request) {
      const valueOf = (purpose: string) => request.cookies[shape(request, purpose).name];
      return { access: valueOf("access"), refresh: valueOf("refresh") };
    },
    set(reply, tokens) {
      // As long as the refresh token: an expired access token still says which session is to be renewed.
      const maxAge = Math.max(0, Math.floor((tokens.refreshExpiresAt - clock.now()) / 1000));
      const put = (purpose: string, value: string) => {
        const { name, options } = shape(reply.request, purpose);
        reply.setCookie(name, value, { ...options, maxAge });
      };
      put("access", tokens.accessToken);
      put("refresh", tokens.refreshToken);
    },
    clear(reply) {
      for (const purpose of ["access", "refresh"]) {
        const { name, options } = shape(reply.request, purpose);
        reply.clearCookie(name, options);
      }
    },
  };
}
