/** Statements over many rows: few of them, each with a text that repeats, so that databases can keep it prepared. */
import { CompiledQuery } from "kysely";
import type { Insertable } from "kysely";
import type { Db, Schema } from "../schema.ts";

/** Far under every database's limit on parameters (SQLite 32,766; MySQL and PostgreSQL 65,535) and of a size that still pays. */
const MAX_LIST = 512;
const MAX_ROWS = 128;

/** Inserts all rows; every row must have the same columns, with null where there is nothing. */
export async function insertRows<T extends keyof Schema>(
  db: Db,
  { into, rows }: { into: T; rows: readonly Insertable<Schema[T]>[] },
): Promise<void> {
  let position = 0;
  while (position < rows.length) {
    const count = largestStep(rows.length - position, MAX_ROWS);
    const chunk = rows.slice(position, position + count);
    const { sql, columns } = insertTemplate(db, { into, row: chunk[0]!, count });
    const parameters = chunk.flatMap((row) => columns.map((column) => row[column]));
    await db.executeQuery(CompiledQuery.raw(sql, parameters));
    position += count;
  }
}

/** Runs `query` for the values in lists of limited length, padded with the last value so that few texts exist. */
export async function inLists<V, R>(
  values: readonly V[],
  query: (list: V[]) => Promise<R[]>,
): Promise<R[]> {
  const found: R[] = [];
  for (let position = 0; position < values.length; position += MAX_LIST) {
    const list = values.slice(position, position + MAX_LIST);
    const last = list.at(-1)!;
    while ((list.length & (list.length - 1)) !== 0) list.push(last);
    found.push(...(await query(list)));
  }
  return found;
}

/**
 * As `inLists`, for a query whose parameters are the list and nothing else: built once for each length, since building one of 512 values takes
 * longer than running it and leaves half a megabyte of garbage.
 */
export function preparedInLists<O>(
  build: (db: Db, list: string[]) => { compile(): CompiledQuery<O> },
): (db: Db, values: readonly string[]) => Promise<O[]> {
  const compiled = new WeakMap<object, Map<number, CompiledQuery<O>>>();
  return async (db, values) => {
    const { adapter } = db.getExecutor();
    const byLength = compiled.get(adapter) ?? new Map<number, CompiledQuery<O>>();
    compiled.set(adapter, byLength);
    return inLists(values, async (list) => {
      const query = byLength.get(list.length) ?? build(db, list).compile();
      if (query.parameters.length !== list.length) throw new Error("a parameter beside the list");
      byLength.set(list.length, query);
      return (await db.executeQuery<O>({ ...query, parameters: list })).rows;
    });
  };
}

interface Template<T extends keyof Schema> {
  readonly sql: string;
  readonly columns: (keyof Insertable<Schema[T]>)[];
}

/** By the executor's adapter, which a connection and its transactions share: SQL differs between databases. */
const templates = new WeakMap<object, Map<string, string>>();

/** Building the text of a 128-row insert costs more than running it, so it is built once. */
function insertTemplate<T extends keyof Schema>(
  db: Db,
  { into, row, count }: { into: T; row: Insertable<Schema[T]>; count: number },
): Template<T> {
  const { adapter } = db.getExecutor();
  let known = templates.get(adapter);
  if (known === undefined) templates.set(adapter, (known = new Map<string, string>()));
  const columns = Object.keys(row) as (keyof Insertable<Schema[T]>)[];
  const key = `${into} ${count} ${columns.join(" ")}`;
  let sql = known.get(key);
  if (sql === undefined) {
    const values: Insertable<Schema[T]>[] = Array.from({ length: count }, () => row);
    const compiled = db.insertInto(into).values(values).compile();
    if (compiled.parameters.length !== count * columns.length)
      throw new Error(`uneven rows for ${into}`);
    known.set(key, (sql = compiled.sql));
  }
  return { sql, columns };
}

function largestStep(count: number, limit: number): number {
  return Math.min(limit, 2 ** Math.floor(Math.log2(count)));
}
