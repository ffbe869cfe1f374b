import { describe, expect, it } from "vitest";
import { isCoreError } from "../errors.ts";
import { createNewcomers, newcomersAtOnce } from "./newcomers.ts";

describe("the limit of newcomers", () => {
  const start = () => {
    const world = { now: 1_000_000 };
    const newcomers = createNewcomers({ now: () => world.now });
    /** Seconds to wait; 0 when they got in. */
    const come = (address: string | null): number => {
      try {
        newcomers.admit(address);
        return 0;
      } catch (error) {
        if (isCoreError(error, "too-many-attempts")) return error.facts.retryAfterSeconds;
        throw error;
      }
    };
    const comeOften = (address: string, times: number) =>
      Array.from({ length: times }, () => come(address)).filter((wait) => wait > 0).length;
    return { world, come, comeOften };
  };

  it("lets a hundred in from one network, then says how long to wait, and means it", () => {
    const { world, come, comeOften } = start();
    expect(comeOften("192.0.2.1", newcomersAtOnce)).toBe(0);
    const wait = come("192.0.2.1");
    expect(wait).toBe(60);
    world.now += wait * 1000 - 1;
    expect(come("192.0.2.1")).toBe(1);
    world.now += 1;
    expect([come("192.0.2.1"), come("192.0.2.1")]).toEqual([0, 60]);
  });

  it("counts an IPv6 network as one, and leaves others alone", () => {
    const { come, comeOften } = start();
    for (let i = 0; i < newcomersAtOnce; i++) expect(come(`2001:db8:1:2::${i}`)).toBe(0);
    expect(come("2001:db8:1:2:ffff::1")).toBeGreaterThan(0);
    expect([come("2001:db8:1:3::1"), comeOften("192.0.2.1", 5)]).toEqual([0, 0]);
  });

  it("does not let refusals cost more waiting", () => {
    const { world, comeOften } = start();
    expect(comeOften("192.0.2.1", newcomersAtOnce + 50)).toBe(50);
    world.now += 60_000;
    expect(comeOften("192.0.2.1", 2)).toBe(1);
  });
});
