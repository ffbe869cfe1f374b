import type { FastifyRequest } from "fastify";
import { actorOf } from "../shared/actor.ts";
import { principalOf } from "../shared/authenticate.ts";

/** Somebody who changes their own account, and the session that they do it in. */
export function whoAsks(request: FastifyRequest) {
  const { account, via } = principalOf(request);
  const sessionId = via.kind === "session" ? via.sessionId : null;
  return { accountId: account.id, sessionId, actor: actorOf(request) };
}
