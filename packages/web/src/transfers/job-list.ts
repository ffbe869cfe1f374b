import type { Job } from "./job.ts";
import type { PlacedSource } from "./sources.ts";
import { isOpen, type TransferState } from "./transfer.ts";

type Kind = TransferState["kind"];

/** The dock's jobs in the order of adding. A source's key finds the latest job that has it. */
export interface JobList {
  add(job: Job): void;
  drop(job: Job): void;
  get(id: number): Job | undefined;
  findByKey(key: string): Job | undefined;
  all(): Job[];
  list(...kinds: Kind[]): Job[];
  hasOpen(): boolean;
}

export function createJobList(): JobList {
  const jobs = new Map<number, Job>();
  const byKey = new Map<string, Job>();
  const all = (): Job[] => [...jobs.values()];
  return {
    all,
    add(job) {
      jobs.set(job.transfer.id, job);
      byKey.set(keyOf(job.source), job);
    },
    drop(job) {
      jobs.delete(job.transfer.id);
      if (byKey.get(keyOf(job.source)) === job) byKey.delete(keyOf(job.source));
    },
    get: (id) => jobs.get(id),
    findByKey: (key) => byKey.get(key),
    list: (...kinds) => all().filter(({ transfer }) => kinds.includes(transfer.state.kind)),
    hasOpen: () => all().some(({ transfer }) => isOpen(transfer)),
  };
}

/** The same file into two folders is two uploads. */
export function keyOf({
  name,
  resumeKey,
  parentId,
}: Pick<PlacedSource, "name" | "resumeKey" | "parentId">): string {
  return `${parentId}/${resumeKey ?? name}`;
}
