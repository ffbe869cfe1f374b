/** What was chosen of a drive as an archive, planned from what is there now. */
import { parseName } from "../drive/name.ts";
import { planArchive, type ArchivePlan } from "./archive-plan.ts";
import type { KeepPlan } from "./kept-plans.ts";
import type { Chosen, OpenNodeSource } from "./node-source.ts";
import type { ArchiveRange, ReadArchive } from "./read-archive.ts";

export interface OpenedArchive {
  /** What to save it as. */
  readonly name: string;
  /** Whose drive it is in. */
  readonly ownerId: string;
  readonly plan: ArchivePlan;
  read(range: ArchiveRange & { signal: AbortSignal }): AsyncGenerator<Uint8Array>;
}

/** Without a name it has that of the only thing chosen. Throws `node-not-found`, `name-refused`, `archive-too-large`. */
export type OpenArchive = (
  chosen: Chosen & { name?: string | undefined },
) => Promise<OpenedArchive>;

const defaultName = "Sampan";
/** Of the 255 bytes that a name may have, `.zip` takes four. */
const maxStemBytes = 250;

export function createOpenArchive({
  openSource,
  keepPlan,
  readArchive,
}: {
  openSource: OpenNodeSource;
  keepPlan: KeepPlan;
  readArchive: ReadArchive;
}): OpenArchive {
  return async ({ accountId, ids, name }) => {
    const asked = name === undefined ? undefined : parseName(withEnding(name));
    const planned = await keepPlan({ accountId, ids }, async () => {
      const { source, ...opened } = await openSource({ accountId, ids });
      return { ...opened, plan: await planArchive(source) };
    });
    const { plan, name: ownName, ownerId } = planned;
    const isShort = ownName !== null && Buffer.byteLength(ownName) <= maxStemBytes;
    return {
      name: asked ?? withEnding(isShort ? ownName : defaultName),
      ownerId,
      plan,
      read: (range) => readArchive(plan, range),
    };
  };
}

const withEnding = (name: string): string => (/\.zip$/i.test(name) ? name : `${name}.zip`);
