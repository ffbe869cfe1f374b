/** `GET /audit`: who did what, when, and from where. */
import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { Account } from "../../core/accounts/account-store.ts";
import { CoreError } from "../../core/errors.ts";
import type { AuditQuery, EventLog } from "../../core/events/event-log.ts";
import type { RecordedEvent } from "../../core/events.ts";
import { accountOf } from "../shared/authenticate.ts";
import { auditPageSchema, auditQuery, problemSchema } from "./schemas.ts";

export interface AuditRoutes {
  readonly events: Pick<EventLog, "audit">;
  readonly mayReadAudit: (account: Account) => boolean;
}

export function registerAudit(
  instance: FastifyInstance,
  { events, mayReadAudit }: AuditRoutes,
): void {
  instance.withTypeProvider<ZodTypeProvider>().get(
    "/audit",
    {
      schema: {
        tags: ["Events"],
        summary: "The audit log, newest first",
        querystring: auditQuery,
        response: { 200: auditPageSchema, "4XX": problemSchema, "5XX": problemSchema },
      },
    },
    async (request, reply) => {
      if (!mayReadAudit(accountOf(request))) throw new CoreError("not-allowed", { what: "audit" });
      const { actor, account, subject, ...rest } = request.query;
      const wanted = { ...rest, actorId: actor, accountId: account, subjectId: subject };
      const given = Object.entries(wanted).filter(([, value]) => value !== undefined);
      const page = await events.audit(Object.fromEntries(given) as unknown as AuditQuery);
      reply.header("cache-control", "no-store");
      return { items: page.items.map(formatEvent), nextCursor: page.nextCursor };
    },
  );
}

function formatEvent({ at, ...event }: RecordedEvent) {
  return { ...event, at: new Date(at).toISOString() };
}
