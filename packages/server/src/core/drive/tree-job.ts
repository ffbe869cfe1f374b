/**
 * A copy or a deletion of more nodes than one transaction should hold. It goes on in steps, each durable, through restarts.
 *
 *   waiting → running → done
 *   waiting | running → cancelled | failed     what a copy had made so far is deleted in the background
 *
 * A copy grows outside of every drive and appears in the target folder whole, in its last step; a deletion takes its nodes out of the drive
 * in its first.
 */
import type { Reader } from "../sharing/reader.ts";
import type { ConflictPolicy } from "../uploads/upload.ts";

export type TreeJobState = "waiting" | "running" | "done" | "failed" | "cancelled";

export interface TreeJob {
  readonly id: string;
  /** In whose drive it works. */
  readonly ownerId: string;
  /** Who may see and cancel it. */
  readonly accountId: string | null;
  readonly kind: "copy" | "delete";
  readonly state: TreeJobState;
  readonly doneNodes: number;
  /** Counted shortly before it began. */
  readonly totalNodes: number;
  /** The code of the refusal that ended it. */
  readonly failure: string | null;
  /** The tops of the copies, once done. */
  readonly resultIds: readonly string[];
  readonly createdAt: number;
  readonly updatedAt: number;
}

export function isOpenJob({ state }: Pick<TreeJob, "state">): boolean {
  return state === "waiting" || state === "running";
}

/** What a copy needs to know in each of its steps. */
export interface CopyPlan {
  readonly parentId: string;
  readonly onConflict: ConflictPolicy;
  /** Whose right to read the sources is asked in each step, where they are not in their own drive. */
  readonly reader?: Reader;
  /** The sources, or some of them. */
  readonly sourceIds?: readonly string[];
}

/** Name of the queue's job that carries a tree job on; its payload is `{"jobId"}`. */
export const treeJobKind = "tree-job";
