/** Random life of a small drive: whatever happens in whatever order, what must hold between the tables holds after every step. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { maxNodesAtOnce } from "../core/drive/node.ts";
import { growTree } from "../core/drive/testing/tree.ts";
import { NOW, newOwner } from "../core/uploads/testing/stores.ts";
import { openSqlite } from "./sqlite.ts";
import { fetchStep } from "./testing/fetch-steps.ts";
import { openObserver } from "./testing/laws.ts";
import { jobStep, treeStep } from "./testing/tree-steps.ts";
import { furnish } from "./testing/furnish.ts";
import { sharedUploadStep, uploadStep } from "./testing/upload-steps.ts";
import { take } from "./testing/world.ts";
import type { Step, World } from "./testing/world.ts";

const anyStep = fc.oneof(
  { arbitrary: uploadStep, weight: 4 },
  { arbitrary: sharedUploadStep, weight: 1 },
  { arbitrary: treeStep, weight: 3 },
  { arbitrary: fetchStep, weight: 1 },
);

it("keeps its laws through any sequence of calls", { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyStep, { minLength: 20, maxLength: 120, size: "max" }),
      async (steps) => {
        await using life = await begin([300, 200]);
        await furnish(life.world);
        for (const step of steps) await life.live(step);
      },
    ),
    { numRuns: 12 },
  );
});

it(
  "keeps them while large trees are copied and deleted in steps",
  { timeout: 120_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(jobStep, { minLength: 5, maxLength: 25 }), async (steps) => {
        await using life = await begin([null, null]);
        const { world } = life;
        for (const owner of world.owners) {
          const tree = growTree({ ...world.metadata }, owner);
          const large = await tree.folder("a.txt");
          await tree.fill(await tree.folder("b", large), maxNodesAtOnce);
          world.folders.push(large);
        }
        for (const step of steps) await life.live(step);
      }),
      { numRuns: 6 },
    );
  },
);

/** A drive of so many owners with these quotas, and what looks at it after each step. */
async function begin(quotas: readonly (number | null)[]) {
  await using opened = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "sampan-laws-"));
  opened.defer(() => rm(folder, { recursive: true }));
  const file = join(folder, "a.db");
  const onFatal = (error: Error) => {
    throw error;
  };
  const metadata = await openSqlite({ file, writer: "inline", onFatal });
  opened.defer(() => metadata.close());
  const observer = opened.use(openObserver(file));
  const owners: string[] = [];
  for (const quota of quotas) owners.push(await newOwner(metadata, quota));
  const world: World = {
    metadata,
    owners,
    uploads: [],
    files: [],
    folders: [],
    fetches: [],
    shares: [],
    packs: 0,
    now: NOW,
  };
  const stack = opened.move();
  return {
    world,
    async live(step: Step): Promise<void> {
      await take(step, world);
      expect([...observer.brokenLaws(), ...(await metadata.quickCheck())]).toEqual([]);
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
