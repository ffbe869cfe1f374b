/** Queries that are built once. Kysely takes several times as long to build a query as SQLite takes to run it. */
import type { CompiledQuery, QueryResult } from "kysely";
import type { Db } from "../schema.ts";

/** Stands for a value that is not known yet. */
class Slot {
  readonly key: string;

  constructor(key: string) {
    this.key = key;
  }
}

const slots: unknown = new Proxy(
  {},
  { get: (_target, key) => (typeof key === "string" ? new Slot(key) : undefined) },
);

/**
 * `build` is called once for each database, with an input whose properties are slots: it may place them in the query, and not look at
 * them. The function it returns runs the query with the values of its own input in their place.
 */
export function prepared<I extends object, O>(
  build: (db: Db, input: I) => { compile(): CompiledQuery<O> },
): (db: Db, input: I) => Promise<QueryResult<O>> {
  // By adapter, which a connection and its transactions share: SQL differs between databases.
  const compiled = new WeakMap<object, CompiledQuery<O>>();
  return (db, input) => {
    const { adapter } = db.getExecutor();
    let query = compiled.get(adapter);
    if (query === undefined) compiled.set(adapter, (query = build(db, slots as I).compile()));
    const values = input as Record<string, unknown>;
    const parameters = query.parameters.map((p) => (p instanceof Slot ? values[p.key] : p));
    return db.executeQuery({ ...query, parameters });
  };
}

/** Of a query that finds one row or none. */
export async function firstRow<O>(result: Promise<QueryResult<O>>): Promise<O | undefined> {
  return (await result).rows[0];
}
