/** `GET /events`: what happens in an account, as it happens. */
import type { OutgoingHttpHeaders } from "node:http";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { CoreError, isCoreError } from "../../core/errors.ts";
import type { FollowEvents, FollowStep } from "../../core/events/follow.ts";
import type { LiveNotice, LiveNotices } from "../../core/events/live-notices.ts";
import type { RecordedEvent } from "../../core/events.ts";
import { accountOf } from "../shared/authenticate.ts";
import {
  openEventStream,
  type EventStream,
  type Frame,
  type StreamTimes,
} from "../shared/event-stream.ts";
import { single } from "../shared/headers.ts";
import { whileAllowed } from "../shared/still-allowed.ts";
import { createLiveStreams } from "./live-streams.ts";
import { followQuery, problemSchema } from "./schemas.ts";

export interface LiveTimes extends StreamTimes {
  /** Between signs of life. */
  readonly heartbeatMs: number;
  /** Between notices about one thing. */
  readonly noticeMs: number;
}

export interface EventRoutes {
  readonly followEvents: FollowEvents;
  readonly notices: Pick<LiveNotices, "subscribe">;
  /** Absent: `liveTimes`. */
  readonly liveTimes?: Partial<LiveTimes>;
}

/** Proxies cut what is silent for a minute, some after half of one. */
const liveTimes: LiveTimes = {
  heartbeatMs: 15_000,
  noticeMs: 250,
  retryMs: 2_000,
  stallMs: 60_000,
};
/** Tabs and devices of one person. */
const maxStreams = 16;
/** Things whose progress one stream tells of at a time; what is more is left out. */
const maxNotices = 1_000;

export function registerEvents(instance: FastifyInstance, routes: EventRoutes): void {
  const app = instance.withTypeProvider<ZodTypeProvider>();
  const streams = createLiveStreams({ limit: maxStreams });
  // Before the server waits for its connections to end, which these never do by themselves.
  app.addHook("preClose", async () => streams.endAll());

  app.get(
    "/events",
    {
      // A HEAD would never end.
      exposeHeadRoute: false,
      schema: {
        tags: ["Events"],
        summary: "Live stream (server-sent events), resumable by Last-Event-ID",
        produces: ["text/event-stream"],
        querystring: followQuery,
        response: { "4XX": problemSchema, "5XX": problemSchema },
      },
    },
    async (request, reply) => {
      const after = parseEventId(request) ?? request.query.after;
      const { id: accountId } = accountOf(request);
      // The place is taken before the answer begins: a refusal is an ordinary answer.
      let stream: EventStream | undefined;
      const leave = streams.enter(accountId, () => stream?.end());
      try {
        stream = open(reply, { ...liveTimes, ...routes.liveTimes });
        await serve(routes, { request, stream, accountId, after });
      } catch (error) {
        request.log.error({ err: error, requestId: request.id }, "a live stream failed");
      } finally {
        leave();
        stream?.end();
      }
      return reply;
    },
  );
}

function open(reply: FastifyReply, times: LiveTimes): EventStream {
  // What hooks have set; Fastify will not send it after the hijack.
  const headers = reply.getHeaders() as OutgoingHttpHeaders;
  reply.hijack();
  return openEventStream(reply.raw, { headers, times });
}

async function serve(
  routes: EventRoutes,
  {
    request,
    stream,
    accountId,
    after,
  }: {
    request: FastifyRequest;
    stream: EventStream;
    accountId: string;
    after: number | undefined;
  },
): Promise<void> {
  const { signal } = stream;
  const { heartbeatMs, noticeMs } = { ...liveTimes, ...routes.liveTimes };
  let seq = after ?? 0;
  const pending = new Map<string, LiveNotice>();
  const unsubscribe = routes.notices.subscribe(accountId, (notice) => {
    if (pending.has(notice.subjectId) || pending.size < maxNotices)
      pending.set(notice.subjectId, notice);
  });
  const tellNotices = setInterval(() => {
    if (pending.size > 0 && stream.offer([...pending.values()].map(noticeFrame))) pending.clear();
  }, noticeMs);
  const heartbeat = setInterval(() => stream.beat(seq), heartbeatMs);
  const stopAsking = whileAllowed(request.raw, (refusal) => {
    // Whatever else fails, the reader is sent away to come back.
    if (!isCoreError(refusal))
      request.log.error({ err: refusal, requestId: request.id }, "a live stream failed");
    stream.end();
  });
  try {
    for await (const step of routes.followEvents({ accountId, after, signal })) {
      // What is recorded overrides what was only noticed: no progress is told of what has ended.
      if (step.kind === "events")
        for (const { subjectId } of step.events) pending.delete(subjectId ?? "");
      await stream.send(framesOf(step));
      seq = step.seq;
    }
  } finally {
    stopAsking();
    unsubscribe();
    clearInterval(tellNotices);
    clearInterval(heartbeat);
  }
}

function framesOf(step: FollowStep): Frame[] {
  const { kind, seq } = step;
  return kind === "events"
    ? step.events.map(eventFrame)
    : [{ id: seq, event: kind, data: { seq } }];
}

/** Addresses are for the audit: who shares a folder does not learn where others are. */
function eventFrame({ seq, kind, actor, subjectId, data, at }: RecordedEvent): Frame {
  const shown = { subjectId, actorId: actor.accountId, at: new Date(at).toISOString(), data };
  return { id: seq, event: kind, data: shown };
}

function noticeFrame({ kind, subjectId, data }: LiveNotice): Frame {
  return { event: kind, data: { subjectId, data } };
}

/** An EventSource that reconnects sends it with the URL it began with, so it comes before `after`. */
function parseEventId({ headers }: FastifyRequest): number | undefined {
  const text = single(headers["last-event-id"], "Last-Event-ID");
  if (text === undefined || text === "") return undefined;
  if (/^(0|[1-9][0-9]{0,14})$/.test(text)) return Number(text);
  throw new CoreError("invalid-request", { field: "Last-Event-ID", reason: "not an id from here" });
}
