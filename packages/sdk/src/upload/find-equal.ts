import type { Client } from "../client.ts";
import { SampanError } from "../errors.ts";
import { withRetry, type RetryBudget } from "../retry.ts";
import type { OnConflict, StoredFile } from "../wire.ts";

interface Asking {
  client: Client;
  budget: RetryBudget;
  /** The folder; the root unless said. */
  parentId?: string | undefined;
  signal?: AbortSignal | undefined;
}

export interface FindEqual extends Asking {
  name: string;
  size: number;
  onConflict: OnConflict;
  /** Awaited only when a file of this name and size is there. */
  sha256: Promise<string | null>;
}

/**
 * The stored file of this name when it holds the same bytes, else null. With `fail`, other bytes
 * under the name are refused here already, before anything is sent.
 */
export async function findEqual(options: FindEqual): Promise<StoredFile | null> {
  const { client, name, parentId, size, onConflict, budget, signal } = options;
  const find = (): Promise<StoredFile | null> => client.findFile(name, { parentId, signal });
  const file = await withRetry(find, { budget, signal });
  if (file === null) return null;
  const isEqual = file.size === size && holds(file, await options.sha256);
  if (isEqual) return file;
  if (onConflict === "fail") throw nameTaken(name);
  return null;
}

export function holds(file: StoredFile, sha256: string | null): boolean {
  return sha256 !== null && file.digests.sha256 === sha256;
}

const FEW = 8;
/** Listing a page costs about as much as asking for this many single names. */
const NAMES_PER_PAGE = 20;
const PAGE = 1_000;

/**
 * The stored files of these names, as far as they are found cheaply: one by one when they are few,
 * else by listing no more pages than pay off. What is left out may exist all the same.
 */
export async function findFiles(
  names: readonly string[],
  { client, budget, parentId, signal }: Asking,
): Promise<Map<string, StoredFile>> {
  const found = new Map<string, StoredFile>();
  if (names.length <= FEW) {
    for (const name of names) {
      const find = (): Promise<StoredFile | null> => client.findFile(name, { parentId, signal });
      const file = await withRetry(find, { budget, signal });
      if (file !== null) found.set(name, file);
    }
    return found;
  }
  const wanted = new Set(names);
  const prefix = commonPrefix(names);
  let cursor: string | undefined;
  for (let page = 0; page < names.length / NAMES_PER_PAGE && wanted.size > 0; page += 1) {
    const list = (): ReturnType<Client["listFiles"]> =>
      client.listFiles({ parentId, prefix, limit: PAGE, cursor, signal });
    const { items, nextCursor } = await withRetry(list, { budget, signal });
    for (const file of items) if (wanted.delete(file.name)) found.set(file.name, file);
    if (nextCursor === null) break;
    cursor = nextCursor;
  }
  return found;
}

/** Never ends inside a surrogate pair. */
function commonPrefix(names: readonly string[]): string {
  const [first = [], ...rest] = names.map((name) => [...name]);
  let length = first.length;
  for (const name of rest) {
    const differs = name.findIndex((character, index) => character !== first[index]);
    length = Math.min(length, differs === -1 ? name.length : differs);
  }
  return first.slice(0, length).join("");
}

export function nameTaken(name: string): SampanError {
  return new SampanError(`Another file is already called "${name}"`, {
    code: "name-taken",
    status: 409,
    facts: { name },
  });
}
