import { describe, expect, it } from "vitest";
import type { BlobStore } from "../core/blobs/blob-store.ts";
import { createCapacity } from "../core/blobs/capacity.ts";
import { createHealth } from "./health.ts";

const healthOf = ({
  poisoned = null,
  free = 1_000,
  lost = 0,
}: { poisoned?: string | null; free?: number; lost?: number } = {}) =>
  createHealth({
    blobs: { poisoned } as BlobStore,
    capacity: createCapacity({ freeBytes: () => Promise.resolve(free), reserveBytes: 500 }),
    ackLost: () => lost,
  })();

describe("health", () => {
  it("is well where nothing is wrong", async () => {
    expect(await healthOf()).toEqual({
      status: "ok",
      acceptsWrites: true,
      checks: { storage: { status: "ok" }, disk: { status: "ok" }, acknowledged: { status: "ok" } },
    });
  });

  it("is degraded and accepts no writes after a failed flush", async () => {
    expect(await healthOf({ poisoned: "a flush failed" })).toMatchObject({
      status: "degraded",
      acceptsWrites: false,
      checks: { storage: { status: "degraded", detail: "a flush failed" } },
    });
  });

  it("is degraded on a full disk and after a loss, and says so", async () => {
    expect(await healthOf({ free: 499 })).toMatchObject({
      status: "degraded",
      checks: { disk: { status: "degraded" } },
    });
    expect(await healthOf({ lost: 2 })).toMatchObject({
      status: "degraded",
      checks: {
        acknowledged: {
          status: "degraded",
          detail: expect.stringContaining("2 uploads") as string,
        },
      },
    });
  });
});
