import { CoreError } from "../../core/errors.ts";

interface Types {
  string: string;
  number: number;
}

type Values<T extends readonly (keyof Types)[]> = { -readonly [I in keyof T]: Types[T[I]] };

/** Cursors are opaque to clients and come back through them, so they are checked like any other input. */
export function formatCursor(values: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(values)).toString("base64url");
}

/** Throws `invalid-request` unless `cursor` is one of ours with values of these types. */
export function parseCursor<const T extends readonly (keyof Types)[]>(
  cursor: string,
  types: T,
): Values<T> {
  const values = decode(cursor);
  if (hasTypes(values, types)) return values;
  throw new CoreError("invalid-request", { field: "cursor", reason: "not a cursor from here" });
}

function hasTypes<T extends readonly (keyof Types)[]>(
  values: unknown,
  types: T,
): values is Values<T> {
  if (!Array.isArray(values) || values.length !== types.length) return false;
  return types.every((type, i) => typeof values[i] === type);
}

function decode(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, "base64url").toString());
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
