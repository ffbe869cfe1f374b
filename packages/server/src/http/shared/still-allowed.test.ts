import type { IncomingMessage } from "node:http";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { CoreError } from "../../core/errors.ts";
import { askNow, keepAsking, whileAllowed } from "./still-allowed.ts";

let refusals: Error[];
let stops: (() => void)[];
let asked: number;
let answer: () => Promise<void>;

beforeEach(() => {
  vi.useFakeTimers();
  refusals = [];
  stops = [];
  asked = 0;
  answer = () => Promise.resolve();
});
afterEach(() => {
  for (const stop of stops) stop();
  vi.useRealTimers();
});

const gone = new CoreError("unauthenticated", {});
const refuse = (): Promise<void> => Promise.reject(gone);
const newRequest = () => ({}) as IncomingMessage;

function watch(request: IncomingMessage): () => void {
  const stop = whileAllowed(request, (refusal) => void refusals.push(refusal));
  stops.push(stop);
  return stop;
}

function letIn(who = "account"): IncomingMessage {
  const request = newRequest();
  keepAsking(request, {
    who,
    ask() {
      asked++;
      return answer();
    },
  });
  return request;
}

it("asks every two seconds, and not of a request that is done", async () => {
  const stop = watch(letIn());
  await vi.advanceTimersByTimeAsync(4_100);
  expect(asked).toBe(2);
  stop();
  await vi.advanceTimersByTimeAsync(10_000);
  expect([asked, vi.getTimerCount()]).toEqual([2, 0]);
});

it("tells of a refusal once", async () => {
  watch(letIn());
  answer = refuse;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(refusals).toEqual([gone]);
  expect(asked).toBe(1);
});

it("asks at once when something was revoked", async () => {
  watch(letIn());
  answer = refuse;
  askNow();
  await vi.advanceTimersByTimeAsync(0);
  expect(refusals).toEqual([gone]);
});

it("asks again where something was revoked while an answer was on its way", async () => {
  watch(letIn());
  const slow = Promise.withResolvers<void>();
  answer = () => slow.promise;
  askNow();
  answer = refuse;
  askNow();
  slow.resolve();
  await vi.advanceTimersByTimeAsync(0);
  expect(refusals).toEqual([gone]);
});

it("asks everybody who has a say, and the newest word of each", async () => {
  const request = letIn();
  keepAsking(request, { who: "share", ask: refuse });
  keepAsking(request, { who: "share", ask: () => Promise.resolve() });
  watch(request);
  await vi.advanceTimersByTimeAsync(2_100);
  expect([asked, refusals]).toEqual([1, []]);
  keepAsking(request, { who: "share", ask: refuse });
  await vi.advanceTimersByTimeAsync(2_000);
  expect(refusals).toEqual([gone]);
});

it("leaves a request alone that nobody has a say in, or that ended while it was asked about", async () => {
  watch(newRequest());
  const slow = Promise.withResolvers<void>();
  answer = () => slow.promise;
  const stop = watch(letIn());
  askNow();
  stop();
  slow.reject(gone);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(refusals).toEqual([]);
});
