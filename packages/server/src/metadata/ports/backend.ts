/** What every port is made from. */
import type { Db } from "../schema.ts";
import type { Write } from "../stores/write-commands.ts";

export interface Backend {
  /** Sees every write that has resolved. */
  readonly reader: Db;
  readonly write: Write;
}
