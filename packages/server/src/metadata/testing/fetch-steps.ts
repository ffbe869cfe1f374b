import fc from "fast-check";
import { systemActor } from "../../core/events.ts";
import { newId } from "../../core/ids.ts";
import { nat, pick } from "./world.ts";
import type { Step } from "./world.ts";

const fetchLimits = { maxOpen: 5, maxAdmitted: 2 };

export const fetchStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ owner: nat }).map(({ owner }): Step => async ({ metadata, owners, fetches, now }) => {
    const ownerId = pick(owners, owner)!;
    const fetch = { id: newId(), ownerId, url: "http://a.test/", name: null, parentId: null };
    await metadata.fetches.create({ fetch, limits: fetchLimits, actor: systemActor, now });
    fetches.push(fetch.id);
  }),
  fc
    .record({ which: nat, how: fc.constantFrom("begin", "postpone", "end", "cancel", "restart") })
    .map(({ which, how }): Step => async ({ metadata, fetches, now }) => {
      const store = metadata.fetches;
      const fetch = await store.find(pick(fetches, which) ?? "");
      if (fetch === undefined) return;
      const ticket = { id: fetch.id, run: fetch.run, now };
      const given = { id: fetch.id, limits: fetchLimits, actor: systemActor, now };
      const failure = { code: "cut" as const, detail: "" };
      const ending = { state: "failed" as const, failure, attempts: 1 };
      if (how === "begin") await store.begin(ticket);
      if (how === "postpone")
        await store.postpone({ ...ticket, at: now, attempts: 1, failure, anew: true });
      if (how === "end") await store.end({ ...ticket, ending, limits: fetchLimits });
      if (how === "cancel") await store.cancel(given);
      if (how === "restart") await store.restart(given);
    }),
);
