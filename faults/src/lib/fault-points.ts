import type { Random } from "./random.ts";
import { CHANGING_SYSCALLS, type LoggedCall, type Thread } from "./strace.ts";

/** One place where one call fails once: the `index`-th call of this name on this thread. */
export interface FaultPoint {
  role: string;
  syscall: string;
  error: string;
  index: number;
  isLastOfClass: boolean;
}

const ERRORS: Record<keyof typeof CHANGING_SYSCALLS, readonly string[]> = {
  write: ["EIO", "ENOSPC"],
  flush: ["EIO", "ENOSPC"],
  link: ["EIO", "ENOSPC"],
  rename: ["EIO", "ENOSPC"],
  truncate: ["EIO", "ENOSPC"],
  open: ["EMFILE", "ENOSPC", "EIO"],
  folder: ["EIO", "ENOSPC"],
  unlink: ["EIO"],
};

export type Family = keyof typeof CHANGING_SYSCALLS;

export const ALL_SYSCALLS: readonly string[] = Object.values(CHANGING_SYSCALLS).flat();

export function familyOf(syscall: string): Family {
  for (const [family, names] of Object.entries(CHANGING_SYSCALLS)) {
    if ((names as readonly string[]).includes(syscall)) return family as Family;
  }
  throw new RangeError(`not a system call that changes files: ${syscall}`);
}

/**
 * Every call of a recorded script that touched one of the folders, once with each error. Calls
 * elsewhere (sockets, wake-ups between threads) are counted, because strace counts them, and spared.
 */
export function findFaultPoints(
  calls: readonly LoggedCall[],
  { threads, folders }: { threads: readonly Thread[]; folders: readonly string[] },
): FaultPoint[] {
  const roles = new Map(threads.map(({ tid, role }) => [tid, role]));
  const counts = new Map<string, number>();
  const byClass = new Map<string, FaultPoint[]>();
  for (const { tid, syscall, text } of calls) {
    const role = roles.get(tid ?? 0);
    if (role === undefined) continue;
    const index = (counts.get(`${role} ${syscall}`) ?? 0) + 1;
    counts.set(`${role} ${syscall}`, index);
    if (!folders.some((folder) => text.includes(folder))) continue;
    for (const error of ERRORS[familyOf(syscall)]) {
      // Only making a file can run out of space.
      if (isPlainOpen(text) && error === "ENOSPC") continue;
      const key = `${role} ${syscall} ${error}`;
      const points = byClass.get(key) ?? [];
      points.push({ role, syscall, error, index, isLastOfClass: false });
      byClass.set(key, points);
    }
  }
  for (const points of byClass.values()) {
    const last = points.at(-1);
    if (last !== undefined) last.isLastOfClass = true;
  }
  return [...byClass.values()].flat();
}

/** An open that does not create: it needs no room on the disk. */
export function isPlainOpen(text: string): boolean {
  return /\bopen(at)?\(/.test(text) && !text.includes("O_CREAT");
}

/** A sample that visits every class before it visits any class twice. */
export function samplePoints(
  points: readonly FaultPoint[],
  { random, limit }: { random: Random; limit: number },
): FaultPoint[] {
  if (limit >= points.length) return [...points];
  const byClass = new Map<string, FaultPoint[]>();
  for (const point of random.shuffle(points)) {
    const key = `${point.role} ${point.syscall} ${point.error}`;
    byClass.set(key, [...(byClass.get(key) ?? []), point]);
  }
  const classes = random.shuffle([...byClass.values()]);
  const chosen: FaultPoint[] = [];
  for (let depth = 0; chosen.length < limit; depth++) {
    for (const ofClass of classes) {
      const point = ofClass[depth];
      if (point !== undefined && chosen.length < limit) chosen.push(point);
    }
  }
  return chosen;
}

export function describePoint({ role, syscall, error, index }: FaultPoint): string {
  return `${error} at ${syscall} number ${index} of thread ${role}`;
}
