import type { Client } from "../client.ts";
import { SampanError } from "../errors.ts";
import { withRetry, type RetryBudget } from "../retry.ts";
import type { OnConflict, StoredFile } from "../wire.ts";

export interface FindEqual {
  client: Client;
  name: string;
  size: number;
  onConflict: OnConflict;
  /** Awaited only when a file of this name and size is there. */
  sha256: Promise<string | null>;
  budget: RetryBudget;
  signal?: AbortSignal | undefined;
}

/**
 * The stored file of this name when it holds the same bytes, else null. With `fail`, other bytes
 * under the name are refused here already, before anything is sent.
 */
export async function findEqual(options: FindEqual): Promise<StoredFile | null> {
  const { client, name, size, onConflict, budget, signal } = options;
  const find = (): Promise<StoredFile | null> => client.findFile(name, { signal });
  const file = await withRetry(find, { budget, signal });
  if (file === null) return null;
  const isEqual = file.size === size && (await isSameDigest(file, options.sha256));
  if (isEqual) return file;
  if (onConflict === "fail") throw nameTaken(name);
  return null;
}

async function isSameDigest(file: StoredFile, sha256: Promise<string | null>): Promise<boolean> {
  return file.digests.sha256 !== undefined && file.digests.sha256 === (await sha256);
}

function nameTaken(name: string): SampanError {
  return new SampanError(`Another file is already called "${name}"`, {
    code: "name-taken",
    status: 409,
    facts: { name },
  });
}
