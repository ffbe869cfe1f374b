import Fastify, { type FastifyInstance } from "fastify";
import { serializerCompiler, validatorCompiler } from "fastify-type-provider-zod";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { CoreError } from "../../core/errors.ts";
import { createEventFeed } from "../../core/events/event-feed.ts";
import { createFollowEvents } from "../../core/events/follow.ts";
import { createLiveNotices } from "../../core/events/live-notices.ts";
import { askNow, keepAsking } from "../shared/still-allowed.ts";
import { readEvents } from "../testing/event-reader.ts";
import { registerEvents } from "./events.ts";

const account = {
  id: "me",
  name: "me",
  role: "member" as const,
  disabledAt: null,
  quotaBytes: null,
  usedBytes: 0,
  reservedBytes: 0,
};
let app: FastifyInstance;
let port: number;
let isSignedIn: boolean;
let reached: number;

/** The route alone, with a heart that beats faster than one may wait for in a test. */
beforeEach(async () => {
  isSignedIn = true;
  reached = 3;
  const feed = createEventFeed();
  const events = {
    newest: () => Promise.resolve(reached),
    since: () => Promise.resolve({ events: [], reached }),
  };
  const ask = async (): Promise<void> => {
    if (!isSignedIn) throw new CoreError("unauthenticated", {});
  };
  app = Fastify();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.decorateRequest("account", undefined);
  await app.register(
    async (api) => {
      api.addHook("onRequest", async (request) => {
        await ask();
        request.account = account;
        keepAsking(request.raw, { who: "account", ask });
      });
      registerEvents(api, {
        followEvents: createFollowEvents({
          events,
          feed,
          sharedEvents: { owners: async () => [], show: async ({ events: own }) => own },
        }),
        notices: createLiveNotices(),
        liveTimes: { heartbeatMs: 50 },
      });
    },
    { prefix: "/api/v1" },
  );
  await app.listen({ port: 0, host: "127.0.0.1" });
  ({ port } = app.server.address() as AddressInfo);
});
afterEach(() => app.close());

it("gives signs of life, which move the id on past what concerns others", async () => {
  await using reader = await readEvents({ port, token: "t" }, { lastId: "1" });
  await reader.until(({ beats }) => beats.some((beat) => beat.includes("id: 3")));
  expect(reader.heard).toEqual([]);
  expect(reader.lastId).toBe("3");
});

it("ends the stream of a session that was revoked, at once", async () => {
  await using reader = await readEvents({ port, token: "t" });
  await reader.until(({ beats }) => beats.length > 2);
  isSignedIn = false;
  askNow();
  await reader.ended;
  expect(reader.response.status).toBe(200);
  await using again = await readEvents({ port, token: "t" });
  expect(again.response.status).not.toBe(200);
});
