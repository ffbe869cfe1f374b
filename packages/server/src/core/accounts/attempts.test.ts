import { describe, expect, it } from "vitest";
import { isCoreError } from "../errors.ts";
import { createAttemptLimiter } from "./attempts.ts";

describe("the limit of attempts", () => {
  const start = () => {
    const world = { now: 1_000_000 };
    const limiter = createAttemptLimiter({ now: () => world.now });
    const wait = (attempt: { target: string; address: string }): number => {
      try {
        limiter.assertAllowed(attempt);
        return 0;
      } catch (error) {
        if (isCoreError(error, "too-many-attempts")) return error.facts.retryAfterSeconds;
        throw error;
      }
    };
    const fail = (attempt: { target: string; address: string }, times: number) => {
      for (let i = 0; i < times; i++) limiter.recordFailure(attempt);
    };
    return { world, limiter, wait, fail };
  };
  const mine = { target: "bo", address: "192.0.2.1" };

  it("lets ten failures pass, then says how long to wait, and means it", () => {
    const { world, wait, fail } = start();
    fail(mine, 9);
    expect(wait(mine)).toBe(0);
    fail(mine, 1);
    const seconds = wait(mine);
    expect(seconds).toBe(60);
    world.now += seconds * 1000 - 1;
    expect(wait(mine)).toBe(1);
    world.now += 1;
    expect(wait(mine)).toBe(0);
  });

  it("leaves the account to others, and other accounts to the address", () => {
    const { wait, fail } = start();
    fail(mine, 10);
    expect(wait({ ...mine, address: "192.0.2.2" })).toBe(0);
    expect(wait({ ...mine, target: "cai" })).toBe(0);
  });

  it("stops many addresses that guess at one account, and one that guesses at many", () => {
    const { wait, fail } = start();
    for (let i = 0; i < 100; i++) fail({ target: "bo", address: `198.51.100.${i}` }, 1);
    expect(wait(mine)).toBeGreaterThan(0);
    for (let i = 0; i < 100; i++) fail({ target: `name-${i}`, address: "203.0.113.9" }, 1);
    expect(wait({ target: "unheard", address: "203.0.113.9" })).toBeGreaterThan(0);
  });

  it("takes the addresses of one IPv6 network for one", () => {
    const { wait, fail } = start();
    for (let i = 0; i < 10; i++) fail({ target: "bo", address: `2001:db8:1:2::${i}` }, 1);
    expect(wait({ target: "bo", address: "2001:db8:1:2:ffff::1" })).toBeGreaterThan(0);
    expect(wait({ target: "bo", address: "2001:db8:1:3::1" })).toBe(0);
    expect(wait({ target: "bo", address: "::1" })).toBe(0);
  });

  it("forgives whoever gets in, of what they mistyped themselves", () => {
    const { limiter, wait, fail } = start();
    fail(mine, 10);
    limiter.forgive(mine);
    expect(wait(mine)).toBe(0);
  });
});
