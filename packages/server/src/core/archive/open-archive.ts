/** An account's files as an archive, planned from what is there now. */
import { parseName } from "../drive/name.ts";
import type { ArchiveSource } from "./archive-entry.ts";
import { planArchive, type ArchivePlan } from "./archive-plan.ts";
import type { ArchiveRange, ReadArchive } from "./read-archive.ts";

export interface OpenedArchive {
  /** What to save it as. */
  readonly name: string;
  readonly plan: ArchivePlan;
  read(range: ArchiveRange & { signal: AbortSignal }): AsyncGenerator<Uint8Array>;
}

/** `ids` null means everything. Throws `file-not-found`, `name-refused`, `archive-too-large`. */
export type OpenArchive = (selection: {
  ownerId: string;
  ids: readonly string[] | null;
  name: string | undefined;
}) => Promise<OpenedArchive>;

const defaultName = "Sampan";

export function createOpenArchive({
  createSource,
  readArchive,
}: {
  createSource: (selection: { ownerId: string; ids: readonly string[] | null }) => ArchiveSource;
  readArchive: ReadArchive;
}): OpenArchive {
  return async ({ ownerId, ids, name = defaultName }) => {
    const fileName = parseName(/\.zip$/i.test(name) ? name : `${name}.zip`);
    const plan = await planArchive(createSource({ ownerId, ids }));
    return { name: fileName, plan, read: (range) => readArchive(plan, range) };
  };
}
