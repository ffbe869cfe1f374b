/** Where the databases differ in what a migration may say. */
export interface DialectTraits {
  /** Indexes over some of the rows (not in MySQL, which gets the whole index). */
  readonly partialIndexes: boolean;
  /** SQLite keeps a row in its primary key's tree only when told so. */
  readonly withoutRowid: boolean;
  /** Whether names are searched by SQLite's FTS5. */
  readonly fts5: boolean;
}

export const sqliteTraits: DialectTraits = {
  partialIndexes: true,
  withoutRowid: true,
  fts5: true,
};
