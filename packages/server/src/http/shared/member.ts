import type { FastifyRequest } from "fastify";
import type { Member } from "../../core/drive/change-tree.ts";
import { actorOf } from "./actor.ts";
import { accountOf } from "./authenticate.ts";

/** Who changes something, and from where. */
export function memberOf(request: FastifyRequest): Member {
  return { ...actorOf(request), accountId: accountOf(request).id };
}
