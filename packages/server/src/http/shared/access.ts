/**
 * What a route asks of whoever calls it: `config: { access: "admin" }`. A route behind the authentication hook that says nothing needs
 * `files:read` for GET and HEAD and `files:write` for anything else. `signed-in` asks for
 * no scope at all; `public` is for routes outside of the hook.
 */
import type { FastifyRequest } from "fastify";
import type { Scope } from "../../core/accounts/role.ts";

export type Access = Scope | "signed-in" | "public";

declare module "fastify" {
  interface FastifyContextConfig {
    readonly access?: Access;
  }
}

export function accessOf({
  method,
  config,
}: {
  method: string;
  config?: { access?: Access } | undefined;
}): Access {
  const isReading = method === "GET" || method === "HEAD";
  return config?.access ?? (isReading ? "files:read" : "files:write");
}

export function neededScope({ method, routeOptions }: FastifyRequest): Access {
  return accessOf({ method, config: routeOptions.config });
}
