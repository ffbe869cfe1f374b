/** Memory, disk, load and counts of this process. */
import { availableParallelism, freemem, loadavg, totalmem } from "node:os";
import type { DiskUse } from "../../core/blobs/disk-use.ts";
import type { FamilyDependencies } from "../shared/chunks/family.ts";

export async function describeSystem(
  { tasks, admission, diskUse }: FamilyDependencies & { diskUse: DiskUse },
  ownerId: string,
): Promise<object> {
  const { rss, heapUsed, external } = process.memoryUsage();
  const [one, five, fifteen] = loadavg();
  const disk = await diskUse();
  return {
    memory: {
      rss_bytes: rss,
      heap_used_bytes: heapUsed,
      external_bytes: external,
      system_total_bytes: totalmem(),
      system_free_bytes: freemem(),
    },
    disk: {
      total_bytes: disk.totalBytes,
      free_bytes: disk.freeBytes,
      used_percent: disk.usedPercent,
      state: disk.state,
    },
    load: { one, five, fifteen, cpus: availableParallelism() },
    tasks: await tasks.countByState(ownerId),
    chunks: { running: admission.queue.running, waiting: admission.queue.waiting },
    uptime_seconds: Math.floor(process.uptime()),
  };
}
