import { expect, test } from "vitest";
import { createPlan } from "./plan.ts";

test("takes the lowest parts first, never across a hole", () => {
  const plan = createPlan([7, 0, 1, 2, 5, 6]);
  expect(plan.take(2)).toEqual({ first: 0, end: 2 });
  expect(plan.take(10)).toEqual({ first: 2, end: 3 });
  expect(plan.take(2.9)).toEqual({ first: 5, end: 7 });
  expect(plan.remaining).toBe(1);
  expect(plan.take(1)).toEqual({ first: 7, end: 8 });
  expect(plan.take(1)).toBeNull();
});

test("takes at least one part, however small the wish", () => {
  expect(createPlan([3]).take(0.1)).toEqual({ first: 3, end: 4 });
});

test("joins parts given back with what is still there", () => {
  const plan = createPlan([0, 1, 2, 3, 4]);
  plan.take(3);
  plan.giveBack([1, 2]);
  expect(plan.remaining).toBe(4);
  expect(plan.take(10)).toEqual({ first: 1, end: 5 });
});
