/** What SQLite's result codes (https://www.sqlite.org/rescode.html) mean to us. */

/** no memory, interrupt, I/O error, corrupt, full, not a database: a statement that failed so may have undone the whole transaction. */
const LOSES_TRANSACTION = new Set([7, 9, 10, 11, 13, 26]);
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const NOTADB = 26;
/** The index of the log could not grow: the disk is full, though SQLite calls it an I/O error. */
const IOERR_SHMSIZE = 4874;

/** The extended result code of a failure of `node:sqlite`; undefined for anything else. */
export function resultCodeOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || Reflect.get(error, "code") !== "ERR_SQLITE_ERROR")
    return undefined;
  const errcode: unknown = Reflect.get(error, "errcode");
  return typeof errcode === "number" ? errcode : undefined;
}

export function isDiskFull(code: number | undefined): boolean {
  return code !== undefined && (primary(code) === FULL || code === IOERR_SHMSIZE);
}

/** Whether nothing may be written any more: the kernel may have dropped dirty pages, or the file is damaged. */
export function isFatal(code: number | undefined): boolean {
  if (code === undefined || code === IOERR_SHMSIZE) return false;
  return [IOERR, CORRUPT, NOTADB].includes(primary(code));
}

export function losesTransaction(code: number | undefined): boolean {
  return code !== undefined && LOSES_TRANSACTION.has(primary(code));
}

function primary(code: number): number {
  return code & 0xff;
}
