/** The tables of the drive. */
import type { Generated } from "kysely";
import type { TreeJobState } from "../../core/drive/tree-job.ts";

export interface NodesTable {
  /** In the order in which nodes were made: the search index reads on from where it was. */
  seq: Generated<number>;
  id: string;
  owner_id: string;
  /** The owner's id for what lies in the root; null for the top of what is in the trash, being copied or being deleted. */
  parent_id: string | null;
  name: string;
  name_key: string;
  /** 0 for a folder: it sorts first. */
  is_file: 0 | 1;
  /** 0 for a file; of a folder, what `folder-height.ts` says. */
  height: number;
  media_type: string | null;
  /** 0 for a folder. */
  size: number;
  /** Null for a folder. */
  blob_id: string | null;
  version: number;
  created_at: number;
  modified_at: number;
}

/** Contents that a file had before. */
export interface NodeVersionsTable {
  node_id: string;
  number: number;
  owner_id: string;
  media_type: string | null;
  size: number;
  blob_id: string;
  /** Since when it was the file's content, and until when. */
  created_at: number;
  replaced_at: number;
}

/** The tops of what is in the trash. */
export interface TrashTable {
  node_id: string;
  owner_id: string;
  from_parent_id: string;
  trashed_at: number;
}

export interface StarsTable {
  account_id: string;
  node_id: string;
  starred_at: number;
}

export interface NodeTagsTable {
  account_id: string;
  node_id: string;
  tag_key: string;
  tag: string;
  tagged_at: number;
}

export interface TreeJobsTable {
  id: string;
  owner_id: string;
  account_id: string | null;
  address: string | null;
  kind: "copy" | "delete";
  state: TreeJobState;
  /** A copy's `CopyPlan`; null for a deletion. */
  plan: string | null;
  done_nodes: number;
  total_nodes: number;
  /** What a copy has still to place, out of its account's `reserved_bytes`. */
  reserved_bytes: number;
  failure: string | null;
  created_at: number;
  updated_at: number;
}

/** What a job has still to look into. Gone when its job has no use for it. */
export interface TreeJobFoldersTable {
  job_id: string;
  /** To be read: copied from, or deleted. */
  folder_id: string;
  /** A copy's folder that receives the children. */
  target_id: string | null;
  /** The name key up to which its children have been dealt with. */
  done_key: string;
}

/** What a copy has made, detached until its last step. */
export interface TreeJobTopsTable {
  job_id: string;
  position: number;
  node_id: string;
}

/** One row: up to which `seq` the names are in the search index. */
export interface NameIndexTable {
  id: number;
  upto_seq: number;
}

export interface DriveSchema {
  nodes: NodesTable;
  node_versions: NodeVersionsTable;
  trash: TrashTable;
  stars: StarsTable;
  node_tags: NodeTagsTable;
  tree_jobs: TreeJobsTable;
  tree_job_folders: TreeJobFoldersTable;
  tree_job_tops: TreeJobTopsTable;
  name_index: NameIndexTable;
}
