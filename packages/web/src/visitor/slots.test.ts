import { describe, expect, it } from "vitest";
import { createSlots } from "./slots.ts";

describe("slots", () => {
  it("let so many in, and the next when one leaves, in their order", async () => {
    const slots = createSlots(1);
    const order: string[] = [];
    await slots.enter(undefined);
    const second = slots.enter(undefined).then(() => order.push("second"));
    const third = slots.enter(undefined).then(() => order.push("third"));
    await Promise.resolve();
    expect(order).toEqual([]);
    slots.leave();
    await second;
    slots.leave();
    await third;
    expect(order).toEqual(["second", "third"]);
  });

  it("pass over who gave up waiting", async () => {
    const slots = createSlots(1);
    await slots.enter(undefined);
    const leaving = new AbortController();
    const gone = slots.enter(leaving.signal);
    const next = slots.enter(undefined);
    leaving.abort(new Error("no longer wanted"));
    await expect(gone).rejects.toThrow("no longer wanted");
    slots.leave();
    await next;
  });
});
