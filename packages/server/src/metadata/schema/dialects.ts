/** What the dialects of other families know of an upload, beside what the engine knows. */
export interface DialectTasksTable {
  upload_id: string;
  owner_id: string;
  dialect: string;
  /** The dialect's own name for it, one of each owner and dialect; the newest task of a name has it. */
  task_key: string;
  /** Null in a family that does not count them. */
  total_chunks: number | null;
  /** Null until the first chunk shows it. */
  chunk_size: number | null;
  /** Declared digests in hex, each filled up with spaces to `hash_width`, so that one is found without reading all. */
  chunk_hashes: string | null;
  hash_width: number;
  /** 1: what is held did not make the declared whole, so what comes again replaces it. */
  suspect: number;
  created_at: number;
}
