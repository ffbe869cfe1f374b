/** One step of a run: an operation or a crash is done to the world, and the world must then be as the model says. */
import { randomFillSync } from "node:crypto";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type fc from "fast-check";
import { planStretches } from "../uploads/ranges.ts";
import { adopt, contentDifference, differences, uploadDifferences } from "./compare.ts";
import { ownerId } from "./engine.ts";
import * as model from "./model.ts";
import type { Alternative, State } from "./model.ts";
import { maxUploads, type Crash, type Operation, type Step } from "./operations.ts";
import { predict, predictHalfWay } from "./predict.ts";
import { stalledBody } from "./sent.ts";
import { observe, perform, start, type World } from "./world.ts";

export interface Holder {
  state: State;
}

export function createCommand(step: Step): fc.AsyncCommand<Holder, World> {
  const planned = step.kind === "do" ? step.operation : step.crash.during;
  return {
    check: ({ state }) => planned === null || isApplicable(state, resolve(state, planned)),
    async run(holder, world) {
      const { state } = holder;
      const operation = planned && resolve(state, planned);
      const work =
        step.kind === "do"
          ? doOperation(state, { world, operation: operation! })
          : doCrash(state, { world, crash: { ...step.crash, during: operation } });
      holder.state = await Promise.race([work, hang()]);
    },
    toString: () => JSON.stringify(step.kind === "do" ? step.operation : step.crash),
  };
}

/** An operation that counts from the newest upload or file, as one on exactly that. */
function resolve(state: State, operation: Operation): Operation {
  const { uploads, files } = state;
  const uploadAt = (back: number) => uploads.length - 1 - (back % Math.max(1, uploads.length));
  if (operation.kind === "race") {
    const first = { ...operation.first, upload: uploadAt(operation.first.upload) };
    return { ...operation, first };
  }
  if (operation.kind === "delete")
    return { ...operation, file: operation.file % Math.max(1, Object.keys(files).length) };
  if ("upload" in operation) return { ...operation, upload: uploadAt(operation.upload) };
  return operation;
}

/** Long enough for any disk: whoever takes longer waits for something that never comes. */
async function hang(): Promise<never> {
  await sleep(10_000, undefined, { ref: false });
  throw new Error("the step has not ended after 10 s");
}

function isApplicable(state: State, operation: Operation): boolean {
  const upload = "upload" in operation ? state.uploads[operation.upload] : undefined;
  if ("upload" in operation && !upload) return false;
  switch (operation.kind) {
    case "create":
      return state.uploads.length < maxUploads;
    case "stall":
      return upload?.state === "receiving" && !state.stalled && canStall(state, operation);
    case "break":
      return state.stalled !== undefined;
    case "race":
      return (state.uploads[operation.first.upload]?.size ?? null) !== null;
    case "delete":
      return operation.file < Object.keys(state.files).length;
    case "part":
    case "append":
    case "complete":
    case "small":
    case "pause":
    case "resume":
    case "abort":
    case "drop":
    case "expire":
    case "sweep":
    case "compact":
      return true;
  }
}

/** A body that is refused at once has no time to stall. */
function canStall(state: State, operation: Extract<Operation, { kind: "stall" }>): boolean {
  const { key, range } = stalledBody(state, operation);
  return range.end > range.start && range.end <= (model.uploadOf(state, key).size ?? Infinity);
}

async function doOperation(
  state: State,
  { world, operation }: { world: World; operation: Operation },
): Promise<State> {
  const alternatives = predict(state, operation);
  const outcome = await perform(world, state, operation);
  const possible = alternatives.filter((one) => one.outcome === outcome);
  if (possible.length === 0) {
    const expected = [...new Set(alternatives.map((one) => one.outcome))].join(" or ");
    throw new Error(`${operation.kind}: the outcome is ${outcome}, expected ${expected}`);
  }
  const withContents = ["sweep", "compact", "delete", "complete"].includes(operation.kind);
  return settleOn(possible, { world, withContents });
}

/** The alternative that the world agrees with. */
async function settleOn(
  alternatives: readonly Alternative[],
  { world, withContents }: { world: World; withContents: boolean },
): Promise<State> {
  const states = alternatives.map((one) => structuredClone(one.state));
  for (const state of states) nameCreated(state, world);
  await settleStalled(states[0]!, world);
  const observed = await observe(world, { state: states[0]!, withContents });
  const wrong = states.map((state) => differences(state, observed));
  const state = states[wrong.findIndex((differ) => differ.length === 0)];
  if (!state) throw new Error(wrong.map((differ) => differ.join("\n")).join("\nor\n"));
  adopt(state, observed);
  const leaked = world.sources.filter((source) => source.outstanding > 0);
  if (leaked.length > (state.stalled ? 1 : 0))
    throw new Error("memory of a body was not given back");
  return state;
}

function nameCreated(state: State, world: World): void {
  const created = state.uploads.find((upload) => upload.id === "");
  if (created) created.id = world.createdId ?? "";
}

/** A stalled writer that had to give way has heard of it. */
async function settleStalled(state: State, world: World): Promise<void> {
  if (state.stalled || !world.stalled) return;
  const outcome = await world.stalled.outcome;
  world.stalled = undefined;
  if (!["superseded", "body-cut", "part-conflict"].includes(outcome))
    throw new Error(`the stalled writer heard ${outcome}`);
}

async function doCrash(
  before: State,
  { world, crash }: { world: World; crash: Crash },
): Promise<State> {
  const { during, effects, phase } = crash;
  let candidates = [before];
  if (during) {
    const alternatives = predict(before, during);
    candidates.push(...predictHalfWay(before, during));
    world.createdId = undefined;
    world.fuse.arm({ effects, phase });
    const outcome = await Promise.race([perform(world, before, during), world.fuse.blown]);
    candidates.push(...alternatives.map(({ state }) => state));
    // The answer went out: what it said must be so.
    if (outcome !== undefined)
      candidates = alternatives.filter((one) => one.outcome === outcome).map(({ state }) => state);
  }
  world.fuse.blow();
  await world.fuse.drained();
  const damaged = await damage(world, crash);
  Object.assign(world, await start(world.machine, world.clock), {
    stalled: undefined,
    sources: [],
  });
  const now = world.clock.now();
  const states = candidates.map((candidate) =>
    model.change(candidate, (next) => {
      next.stalled = undefined;
      next.now = now;
      for (const upload of next.uploads) if (damaged.has(upload.id)) upload.floor = [];
    }),
  );
  if (damaged.size === 0 && world.engine.report.ackLost > 0)
    throw new Error("acknowledged bytes were lost");
  return chooseOutcome(states, world);
}

/** Each upload and each file is as before the operation or as after it, whatever the others are. */
async function chooseOutcome(candidates: readonly State[], world: World): Promise<State> {
  const widest = candidates.reduce((a, b) => (b.uploads.length > a.uploads.length ? b : a));
  await discoverCreated(widest, world);
  const chosen = structuredClone(widest);
  if (chosen.uploads.at(-1)?.id === "") chosen.uploads.pop();
  const observed = await observe(world, { state: chosen, withContents: true });
  chosen.uploads = chosen.uploads.map((upload, i) => {
    const versions = candidates.flatMap(({ uploads }) => uploads[i] ?? []);
    const wrong = versions.map((version) => uploadDifferences(version, observed.seen[i]));
    const version = versions[wrong.findIndex((differ) => differ.length === 0)];
    if (!version) throw new Error(`after the crash: ${wrong.flat().join("\nor ")}`);
    return { ...structuredClone(version), id: upload.id };
  });
  chosen.files = {};
  chosen.older = {};
  for (const [name, bytes] of observed.contents) {
    const state = candidates.find(
      ({ files }) =>
        files[name] !== undefined && contentDifference(name, bytes, files[name]).length === 0,
    );
    if (!state) throw new Error(`after the crash: ${name} has bytes that nobody published`);
    chosen.files[name] = state.files[name]!;
    chosen.older[name] = state.older[name] ?? [];
  }
  for (const name of Object.keys(candidates[0]!.files)) {
    const isKept = candidates.every(({ files }) => name in files);
    if (isKept && !(name in chosen.files)) throw new Error(`after the crash: ${name} is lost`);
  }
  adopt(chosen, observed);
  // Claims of a completion that was not answered bind the upload where start-up redid it.
  chosen.uploads.forEach((upload, i) => (upload.claimed = observed.seen[i]!.upload.claimed));
  const different = differences(chosen, observed);
  if (different.length > 0) throw new Error(`after the crash: ${different.join("\n")}`);
  return chosen;
}

/** A creation that nobody heard of may have happened. */
async function discoverCreated(state: State, { machine }: World): Promise<void> {
  const nameless = state.uploads.find((upload) => upload.id === "");
  if (!nameless) return;
  const known = new Set(state.uploads.map((upload) => upload.id));
  const { items } = await machine.metadata.uploads.list({ ownerId, limit: 1_000 });
  nameless.id = items.find(({ id }) => !known.has(id))?.id ?? "";
}

/** Does to the disk what may be done where nothing was promised; returns the uploads that lost what was. */
async function damage(world: World, { damage: kind, powerFailed }: Crash): Promise<Set<string>> {
  const damaged = new Set<string>();
  const { uploads } = world.machine.metadata;
  const { items } = await uploads.list({ ownerId, limit: 1_000 });
  for (const { id, durability } of items) {
    const held = await uploads.ranges(id);
    const end = held.at(-1)?.end ?? 0;
    const path = join(world.machine.folder, "staging", id);
    const file = await open(path, "r+").catch(() => undefined);
    if (!file) continue;
    await using opened = file;
    if (kind === "garbage") {
      for (const gap of planStretches(held, { start: 0, end: end + 50 }))
        if (!gap.held) await opened.write(junk(gap.end - gap.start), 0, null, gap.start);
    }
    if (kind === "cut" && (await opened.stat()).size > end) await opened.truncate(end);
    if (!powerFailed || durability !== "balanced" || !held[0]) continue;
    damaged.add(id);
    const byte = Buffer.alloc(1);
    await opened.read(byte, 0, 1, held[0].start);
    await opened.write(
      byte.map((value) => value ^ 0x01),
      0,
      1,
      held[0].start,
    );
  }
  return damaged;
}

const junk = (length: number): Uint8Array => randomFillSync(new Uint8Array(length));
