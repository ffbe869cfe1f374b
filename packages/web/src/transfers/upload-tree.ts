import { createRetryBudget, withRetry, type Client } from "@sampan/sdk";
import type { HashBlob } from "../hash/hash-pool.ts";
import type { Notices } from "../ui/notices.ts";
import { toFailure } from "./failure.ts";
import type { FoundFiles } from "./read-entries.ts";
import { fileSource } from "./sources.ts";
import type { Transfers } from "./transfers.ts";

interface UploadTreeParts {
  readonly client: Pick<Client, "makeFolder">;
  readonly transfers: Pick<Transfers, "add">;
  readonly notices: Pick<Notices, "show">;
  readonly hash: HashBlob;
  readonly retryForMs: number;
}

export interface UploadTree {
  (found: AsyncIterable<FoundFiles> | Iterable<FoundFiles>, targetId: string): Promise<void>;
}

/** Files into a folder, with the folders that they lie in; those that are there already are used. */
export function createUploadTree(parts: UploadTreeParts): UploadTree {
  const { client, transfers, notices, hash, retryForMs } = parts;

  async function findFolder(path: string, targetId: string): Promise<string> {
    if (path === "") return targetId;
    const make = () => client.makeFolder({ path, parentId: targetId, onConflict: "reuse" });
    return (await withRetry(make, { budget: createRetryBudget({ retryForMs }) })).id;
  }

  async function addFolder({ folderPath, files }: FoundFiles, targetId: string): Promise<void> {
    try {
      const parentId = await findFolder(folderPath, targetId);
      transfers.add(files.map((file) => fileSource(file, { hash, parentId, folderPath })));
    } catch (error) {
      const failure = toFailure(error);
      notices.show(({ t, format }) => t.files.folderFailed(folderPath, t.explain(failure, format)));
    }
  }

  return async (found, targetId) => {
    try {
      for await (const some of found) await addFolder(some, targetId);
    } catch (error) {
      const failure = toFailure(error);
      notices.show(({ t, format }) => t.files.dropFailed(t.explain(failure, format)));
    }
  };
}
