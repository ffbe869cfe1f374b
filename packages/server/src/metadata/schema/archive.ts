export interface ArchiveSelectionsTable {
  id: string;
  account_id: string;
  name: string;
  /** Null: everything. Else JSON, an array of ids. */
  ids: string | null;
  /** How many ids, and one for itself. */
  weight: number;
  expires_at: number;
}

export interface ArchiveSchema {
  archive_selections: ArchiveSelectionsTable;
}
