import type { FetchState } from "../../core/fetches/fetch.ts";

export interface FetchesTable {
  id: string;
  owner_id: string;
  url: string;
  name: string | null;
  parent_id: string | null;
  state: FetchState;
  /** While open: whether it has a job (`admitted`) or waits for one of its owner's to end. Null once ended. */
  lane: "waiting" | "admitted" | null;
  run: number;
  attempts: number;
  validator: string | null;
  upload_id: string | null;
  file_id: string | null;
  /** Of an ended fetch; an open one's are its upload's. */
  received_bytes: number;
  total_bytes: number | null;
  /** JSON of `FetchFailure`. */
  failure: string | null;
  created_at: number;
  updated_at: number;
  ended_at: number | null;
}

export interface FetchesSchema {
  fetches: FetchesTable;
}
