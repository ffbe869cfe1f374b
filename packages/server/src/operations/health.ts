/** Whether this server keeps its promises right now. */
import type { BlobStore } from "../core/blobs/blob-store.ts";
import type { Capacity } from "../core/blobs/capacity.ts";

export interface HealthCheck {
  readonly status: "ok" | "degraded";
  readonly detail?: string;
}

export interface HealthReport {
  readonly status: "ok" | "degraded";
  readonly checks: Readonly<Record<string, HealthCheck>>;
  /** False when every write would be refused. */
  readonly acceptsWrites: boolean;
}

export type Health = () => Promise<HealthReport>;

export function createHealth({
  blobs,
  capacity,
  ackLost,
}: {
  blobs: BlobStore;
  capacity: Capacity;
  /** Uploads that start-up found with fewer bytes than were acknowledged. */
  ackLost: () => number;
}): Health {
  return async () => {
    const storage: HealthCheck =
      blobs.poisoned === null ? { status: "ok" } : { status: "degraded", detail: blobs.poisoned };
    const disk = await capacity.assertRoom(0).then(
      (): HealthCheck => ({ status: "ok" }),
      (): HealthCheck => ({ status: "degraded", detail: "the disk is full up to its reserve" }),
    );
    const lost = ackLost();
    const acknowledged: HealthCheck =
      lost === 0
        ? { status: "ok" }
        : { status: "degraded", detail: `${lost} uploads lost acknowledged bytes` };
    const checks = { storage, disk, acknowledged };
    const ok = Object.values(checks).every(({ status }) => status === "ok");
    return { status: ok ? "ok" : "degraded", checks, acceptsWrites: blobs.poisoned === null };
  };
}
