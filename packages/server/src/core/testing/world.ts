/** The real side of the model: an engine on a real disk and database that operations are done to, and that may crash. */
import { systemActor } from "../events.ts";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Durability } from "../uploads/upload.ts";
import { CoreError, isCoreError } from "../errors.ts";
import {
  openEngine,
  ownerId,
  readBlob,
  type Engine,
  type Machine,
  type TestClock,
} from "./engine.ts";
import { createFuse, type Fuse } from "./fuse.ts";
import * as model from "./model.ts";
import type { State } from "./model.ts";
import type { Body, Operation } from "./operations.ts";
import { isOutOfRange } from "./predict.ts";
import * as bodies from "./sent.ts";
import { contentOf, createSource, type TestSource } from "./sources.ts";

const uploadTtlMs = 20 * 3_600_000;
const weakest: Durability = "relaxed";

export interface World {
  engine: Engine;
  fuse: Fuse;
  readonly machine: Machine;
  readonly clock: TestClock;
  stalled: { source: TestSource; outcome: Promise<string> } | undefined;
  /** What the last creation made. */
  createdId: string | undefined;
  sources: TestSource[];
}

export async function openWorld(machine: Machine, clock: TestClock): Promise<World> {
  const { engine, fuse } = await start(machine, clock);
  return { engine, fuse, machine, clock, stalled: undefined, createdId: undefined, sources: [] };
}

export async function start(machine: Machine, clock: TestClock) {
  const fuse = createFuse();
  const engine = await openEngine(machine, {
    clock,
    wrap: fuse.guard,
    limits: { uploadTtlMs, durability: weakest },
    maxPackBytes: 400,
    compactRules: { maxSegments: 64, minLiveRatio: 0.9, minPackBytes: 1 },
  });
  await engine.settled;
  return { engine, fuse };
}

/** What the caller of an operation hears: "ok" or the code of the refusal. */
export async function perform(world: World, state: State, operation: Operation): Promise<string> {
  return outcomeOf(act(world, state, operation));
}

export async function outcomeOf(work: Promise<unknown>): Promise<string> {
  try {
    const said = await work;
    return typeof said === "string" ? said : "ok";
  } catch (error) {
    if (isCoreError(error)) return error.code;
    throw error;
  }
}

async function act(world: World, state: State, operation: Operation): Promise<unknown> {
  const { engine } = world;
  const idOf = (key: number) => model.uploadOf(state, key).id;
  switch (operation.kind) {
    case "create":
      return create(world, state, operation);
    case "part":
      return send(world, state, { sent: bodies.sentPart(state, operation), body: operation.body });
    case "append":
      return send(world, state, {
        sent: bodies.sentAppend(state, operation),
        body: operation.body,
      });
    case "race": {
      const { first, second } = operation;
      const outcomes = await Promise.all(
        [first, { ...second, upload: first.upload }].map((part) =>
          outcomeOf(send(world, state, { sent: bodies.sentPart(state, part), body: part.body })),
        ),
      );
      return outcomes.join(",");
    }
    case "stall":
      return stall(world, state, operation);
    case "break": {
      world.stalled?.source.goOn("cut");
      await world.stalled?.outcome;
      return;
    }
    case "complete": {
      const upload = model.uploadOf(state, operation.upload);
      const size = bodies.sizeOf(upload, operation);
      const claimed = bodies.claimsOf(upload, operation);
      return engine.completeUpload({
        actor: systemActor,
        id: upload.id,
        claimed,
        ...(size === undefined ? {} : { size }),
      });
    }
    case "small": {
      const bytes = contentOf(operation.content, operation.length);
      const { sha256 = "" } = bodies.digestsOf(bytes, "sha256");
      const { name, onConflict } = operation;
      await engine.storeSmallFile({
        actor: systemActor,
        ownerId,
        name,
        onConflict,
        mediaType: null,
        bytes,
        sha256,
      });
      return;
    }
    case "pause":
    case "resume":
    case "abort":
      return engine.lifecycle[operation.kind](idOf(operation.upload), systemActor);
    case "drop":
      return engine.lifecycle.dropParts(idOf(operation.upload));
    case "expire":
      world.clock.advance(operation.advanceMs);
      return engine.lifecycle.expire();
    case "delete":
      return remove(world, Object.keys(state.files).toSorted()[operation.file] ?? "");
    case "sweep":
      world.clock.advance(1);
      return engine.sweep();
    case "compact":
      return engine.compact();
  }
}

async function create(
  world: World,
  state: State,
  operation: Extract<Operation, { kind: "create" }>,
): Promise<void> {
  // Where the name is taken there is no upload to describe, and the engine is to say so.
  const wanted = bodies.newUpload({ ...state, files: {} }, operation)!;
  const { name, onConflict, durability, claimed, partSize, size, autoComplete } = wanted;
  const { upload } = await world.engine.createUpload({
    actor: systemActor,
    ownerId,
    dialect: "native",
    name,
    onConflict,
    durability,
    claimed,
    partSize,
    size,
    autoComplete,
  });
  world.createdId = upload.id;
}

async function send(
  world: World,
  state: State,
  { sent, body }: { sent: bodies.Sent; body: Body },
): Promise<void> {
  const { id } = model.uploadOf(state, sent.key);
  const { start, unit } = sent;
  const source = createSource(sent.bytes.subarray(0, sent.sentBytes), {
    declaredLength: sent.isDeclared ? sent.bytes.length : null,
    then: sent.isCut ? "cut" : "end",
    memory: body.memory,
    pieces: [Math.ceil(sent.bytes.length / body.pieces)],
  });
  world.sources.push(source);
  const upload = await world.engine.receiveBytes({
    id,
    source,
    claimed: sent.claimed,
    place(now) {
      if (sent.mustBeOffset && start !== now.offset)
        throw new CoreError("offset-mismatch", { expected: now.offset, actual: start });
      if (isOutOfRange(now, start))
        throw new CoreError("part-out-of-range", { number: start / now.partSize, parts: null });
      const limit = now.size ?? Number.MAX_SAFE_INTEGER;
      return { start, limit, unit, endsContent: (end) => sent.endsContent(end, now.partSize) };
    },
  });
  if (upload.state === "completing") await world.engine.completeUpload({ actor: systemActor, id });
}

async function stall(
  world: World,
  state: State,
  operation: Extract<Operation, { kind: "stall" }>,
): Promise<void> {
  const { key, range, sent } = bodies.stalledBody(state, operation);
  const { id } = model.uploadOf(state, key);
  const declaredLength = range.end - range.start;
  const source = createSource(sent, { then: "stall", memory: "slab", declaredLength });
  world.sources.push(source);
  const outcome = outcomeOf(
    world.engine.receiveBytes({
      id,
      source,
      place: ({ size, partSize }) => ({
        start: range.start,
        limit: size ?? Number.MAX_SAFE_INTEGER,
        unit: "part",
        endsContent: (end) => end % partSize !== 0,
      }),
    }),
  );
  world.stalled = { source, outcome };
  await Promise.race([source.drained, outcome]);
}

async function remove({ machine, engine, clock, fuse }: World, name: string): Promise<void> {
  const files = fuse.guard(machine.metadata.files);
  const { items } = await machine.metadata.files.list({ ownerId, name, limit: 1 });
  for (const { id } of items)
    await files.remove({ actor: systemActor, id, ownerId, now: clock.now() });
  void engine;
}

/** What can be seen of the engine from outside, and on its disk. */
export async function observe(
  { machine, engine }: World,
  { state, withContents }: { state: State; withContents: boolean },
) {
  const { uploads, files, accounts } = machine.metadata;
  const seen = await Promise.all(
    state.uploads.map(async ({ id }) => {
      const upload = await uploads.find(id);
      if (!upload) return undefined;
      const ranges = model.isOpenState(upload.state) ? await uploads.ranges(id) : [];
      const bytes =
        ranges.length > 0 ? await readFile(join(machine.folder, "staging", id)) : undefined;
      return { upload, ranges, bytes };
    }),
  );
  const { items } = await files.list({ ownerId, limit: 1_000 });
  const contents = new Map<string, Buffer | undefined>();
  for (const { name, blobId, size } of items)
    contents.set(name, withContents ? await readBlob(engine, { blobId, size }) : undefined);
  const { usedBytes, reservedBytes } = (await accounts.find(ownerId))!;
  const { promisedBytes } = engine.capacity;
  return { seen, items, contents, usedBytes, reservedBytes, promisedBytes };
}
