/** A session in a browser: two cookies that no script can read. With TLS their names bind them to this host alone (RFC 6265bis §4.1.3.2). */
import type { CookieSerializeOptions } from "@fastify/cookie";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { TokenPair } from "../../core/accounts/sessions.ts";
import type { Clock } from "../../core/clock.ts";

export interface SessionCookies {
  read(request: FastifyRequest): { access: string | undefined; refresh: string | undefined };
  set(reply: FastifyReply, tokens: TokenPair): void;
  clear(reply: FastifyReply): void;
  /** A cookie of its own name with the same protection, for a while. */
  readonly name: (purpose: string) => string;
  readonly options: CookieSerializeOptions;
}

export function createSessionCookies({
  isSecure,
  clock,
}: {
  isSecure: boolean;
  clock: Clock;
}): SessionCookies {
  const name = (purpose: string) => `${isSecure ? "__Host-" : ""}sampan_${purpose}`;
  const options = {
    httpOnly: true,
    secure: isSecure,
    sameSite: "lax",
    path: "/",
  } as const satisfies CookieSerializeOptions;
  const [access, refresh] = [name("access"), name("refresh")];
  return {
    name,
    options,
    read: ({ cookies }) => ({ access: cookies[access], refresh: cookies[refresh] }),
    set(reply, tokens) {
      // As long as the refresh token: an expired access token still says which session is to be renewed.
      const maxAge = Math.max(0, Math.floor((tokens.refreshExpiresAt - clock.now()) / 1000));
      reply.setCookie(access, tokens.accessToken, { ...options, maxAge });
      reply.setCookie(refresh, tokens.refreshToken, { ...options, maxAge });
    },
    clear(reply) {
      reply.clearCookie(access, options).clearCookie(refresh, options);
    },
  };
}
