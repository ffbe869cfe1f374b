/** How full the volume is, against two marks: above the first somebody should know, above the second nothing new begins. */
import { CoreError } from "../errors.ts";

export interface DiskReport {
  readonly totalBytes: number;
  readonly freeBytes: number;
  readonly usedPercent: number;
  readonly state: "ok" | "warning" | "stopped";
}

export type DiskUse = () => Promise<DiskReport>;

export interface DiskMarks {
  readonly warningPercent: number;
  readonly stopPercent: number;
}

/** `onChange` hears of every crossing of a mark, when it is first seen. */
export function createDiskUse(
  space: () => Promise<{ usedBytes: number; freeBytes: number }>,
  { warningPercent, stopPercent, onChange }: DiskMarks & { onChange: (report: DiskReport) => void },
): DiskUse {
  let last: DiskReport["state"] = "ok";
  return async () => {
    const { usedBytes, freeBytes } = await space();
    const totalBytes = usedBytes + freeBytes;
    const usedPercent = Math.round((usedBytes / totalBytes) * 1000) / 10;
    const state =
      usedPercent >= stopPercent ? "stopped" : usedPercent >= warningPercent ? "warning" : "ok";
    const report: DiskReport = { totalBytes, freeBytes, usedPercent, state };
    if (state !== last) onChange(report);
    last = state;
    return report;
  };
}

/** Throws `disk-full` above the second mark. What has begun may still finish: the reserve is there for that. */
export async function assertMayBegin(diskUse: DiskUse, wantedBytes: number): Promise<void> {
  if ((await diskUse()).state === "stopped") throw new CoreError("disk-full", { wantedBytes });
}
