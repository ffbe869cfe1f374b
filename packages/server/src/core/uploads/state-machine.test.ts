/**
 * The upload state machine against a model of it, over the real engine: SQLite, a local store, the hashing thread. Operations, races and
 * crashes come in any order; after each the world must be as the model says.
 */
import { systemActor } from "../events.ts";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestClock, openMachine, ownerId, type Machine } from "../testing/engine.ts";
import { emptyState } from "../testing/model.ts";
import { step } from "../testing/operations.ts";
import { createCommand, type Holder } from "../testing/steps.ts";
import { observe, openWorld, type World } from "../testing/world.ts";
import { differences } from "../testing/compare.ts";

/** Longer and other runs: SAMPAN_MODEL_SEED=$RANDOM SAMPAN_MODEL_RUNS=10000 SAMPAN_MODEL_TIME_MS=600000. */
const runs = Number(process.env["SAMPAN_MODEL_RUNS"] ?? 200);
const seed = Number(process.env["SAMPAN_MODEL_SEED"] ?? 20_300_101);
const timeLimitMs = Number(process.env["SAMPAN_MODEL_TIME_MS"] ?? 20_000);

describe("the upload state machine", () => {
  let machine: Machine;
  const clock = createTestClock();
  beforeAll(async () => {
    machine = await openMachine();
  });
  afterAll(() => machine[Symbol.asyncDispose]());

  it(
    "is what the model says, whatever is done to it and whenever it crashes",
    async () => {
      const commands = fc.commands([step.map(createCommand)], { maxCommands: 40, size: "max" });
      const property = fc.asyncProperty(commands, async (planned) => {
        const world = await openWorld(machine, clock);
        const holder: Holder = { state: emptyState(world.clock.now()) };
        try {
          await fc.asyncModelRun(() => ({ model: holder, real: world }), planned);
          await expectNothingLost(world, holder);
          await expectNothingLeft(world);
        } catch (error) {
          await abandon(world);
          machine = await replace(machine);
          throw error;
        }
      });
      await fc.assert(property, {
        seed,
        numRuns: runs,
        interruptAfterTimeLimit: timeLimitMs,
        markInterruptAsFailure: false,
      });
    },
    timeLimitMs * 2,
  );
});

async function replace(machine: Machine): Promise<Machine> {
  await machine[Symbol.asyncDispose]();
  return openMachine();
}

async function abandon({ fuse }: World): Promise<void> {
  fuse.blow();
  await fuse.drained();
}

async function expectNothingLost(world: World, holder: Holder): Promise<void> {
  if (holder.state.stalled)
    await createCommand({ kind: "do", operation: { kind: "break" } }).run(holder, world);
  const { state } = holder;
  const observed = await observe(world, { state, withContents: true });
  expect(differences(state, observed)).toEqual([]);
}

/** When all is deleted and its time is over, no byte stays behind. */
async function expectNothingLeft({ engine, machine, clock, fuse }: World): Promise<void> {
  const { files, uploads, blobs } = machine.metadata;
  const { items } = await files.list({ ownerId, limit: 1_000 });
  for (const { id } of items)
    await files.remove({ actor: systemActor, id, ownerId, now: clock.now() });
  clock.advance(100 * 24 * 3_600_000);
  await engine.lifecycle.expire();
  for (let round = 0; round < 2; round++) {
    clock.advance(1);
    await engine.sweep();
  }
  const stored: { stored: string; kind: "blob" | "pack" }[] = [];
  for await (const file of engine.blobs.list()) stored.push(file);
  const known = await blobs.known(stored.map((file) => file.stored));
  expect(stored.filter((file) => file.kind === "blob")).toEqual([]);
  expect(stored.filter((file) => !known.has(file.stored))).toEqual([]);
  expect(await readdir(join(machine.folder, "staging"))).toEqual([]);
  expect(await uploads.list({ ownerId, limit: 1 })).toMatchObject({ items: [] });
  expect(await blobs.count()).toEqual({ blobs: 0, bytes: 0 });
  await engine[Symbol.asyncDispose]();
  fuse.blow();
}
