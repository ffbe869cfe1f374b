/** What people and the server do with the tree, and what they share of it. */
import fc from "fast-check";
import type { DriveNode } from "../../core/drive/node.ts";
import type { TreeOutcome } from "../../core/drive/node-store.ts";
import { systemActor } from "../../core/events.ts";
import type { Actor } from "../../core/events.ts";
import { newGrant, newLink } from "../../core/sharing/testing/shares.ts";
import { name, nat, onConflict, pick } from "./world.ts";
import type { Step, World } from "./world.ts";

/** A node of some drive, and a folder of the same: most of what strangers ask is refused, and says little. */
async function choose(
  world: World,
  { which, into }: { which: number; into: number },
): Promise<{ node: DriveNode; parentId: string; change: Change } | undefined> {
  const { nodes } = world.metadata;
  const node = await nodes.find(pick([...world.folders, ...world.files], which) ?? "");
  if (node === undefined) return undefined;
  return {
    node,
    parentId: await chooseFolder(world, { ownerId: node.ownerId, into }),
    change: changeOf(world, node.ownerId),
  };
}

interface Change {
  readonly ownerId: string;
  readonly actor: Actor;
  readonly now: number;
}

function changeOf({ now }: World, ownerId: string): Change {
  return { ownerId, actor: { accountId: ownerId, address: null }, now };
}

async function chooseFolder(
  { metadata, folders }: World,
  { ownerId, into }: { ownerId: string; into: number },
): Promise<string> {
  const found = await metadata.nodes.findMany(folders);
  const own = [...found.values()].filter((folder) => folder.ownerId === ownerId);
  return pick([ownerId, ...own.map((folder) => folder.id)], into)!;
}

/** Carries a job to its end, unless it is cut short after some steps. */
async function carry({ metadata, now }: World, outcome: TreeOutcome, steps: number): Promise<void> {
  if (outcome.kind === "done") return;
  const { id } = outcome.job;
  for (let i = 0; i < steps; i++) await metadata.nodes.advanceJob({ id, now });
}

const chosen = { which: nat, into: nat };

const moves = [
  fc
    .record({
      owner: nat,
      into: nat,
      names: fc.array(name, { minLength: 1, maxLength: 3 }),
      policy: fc.constantFrom("fail" as const, "keep-both" as const, "reuse" as const),
    })
    .map(({ owner, into, names, policy }): Step => async (world) => {
      const ownerId = pick(world.owners, owner)!;
      const parentId = await chooseFolder(world, { ownerId, into });
      const { nodes } = world.metadata;
      const made = await nodes.makeFolders({
        ...changeOf(world, ownerId),
        parentId,
        names,
        onConflict: policy,
      });
      world.folders.push(made.id);
    }),
  fc
    .record({ ...chosen, other: nat, name: fc.option(name, { nil: undefined }), onConflict })
    .map((input): Step => async (world) => {
      const found = await choose(world, input);
      if (found === undefined) return;
      const { node, parentId, change } = found;
      const other = pick([...world.folders, ...world.files], input.other) ?? node.id;
      const named = input.name === undefined ? {} : { name: input.name };
      const ids = input.name === undefined && input.other % 3 === 0 ? [node.id, other] : [node.id];
      await world.metadata.nodes.move({
        ...change,
        ids,
        parentId,
        ...named,
        onConflict: input.onConflict,
      });
    }),
  fc
    .record({ ...chosen, name, onConflict, starred: fc.boolean(), isMoved: fc.boolean() })
    .map((input): Step => async (world) => {
      const found = await choose(world, input);
      if (found === undefined) return;
      const { node, parentId, change } = found;
      const place = { parentId, name: input.name, onConflict: input.onConflict };
      const marks = { accountId: node.ownerId, starred: input.starred, tags: [input.name] };
      await world.metadata.nodes.change({
        ...change,
        id: node.id,
        marks,
        ...(input.isMoved && { place }),
      });
    }),
  fc.record({ ...chosen, to: nat, onConflict }).map((input): Step => async (world) => {
    const found = await choose(world, input);
    const ownerId = pick(world.owners, input.to)!;
    if (found === undefined) return;
    const parentId = await chooseFolder(world, { ownerId, into: input.into });
    const { nodes } = world.metadata;
    const outcome = await nodes.copy({
      ...changeOf(world, ownerId),
      ids: [found.node.id],
      parentId,
      onConflict: input.onConflict,
    });
    await carry(world, outcome, input.to % 5);
    if (outcome.kind === "job") return;
    (found.node.kind === "folder" ? world.folders : world.files).push(...outcome.ids);
  }),
];

const endings = [
  fc.record(chosen).map((input): Step => async (world) => {
    const found = await choose(world, input);
    if (found) await world.metadata.nodes.trashNodes({ ...found.change, ids: [found.node.id] });
  }),
  fc
    .record({ ...chosen, onConflict, isElsewhere: fc.boolean() })
    .map((input): Step => async (world) => {
      const { nodes } = world.metadata;
      const ownerId = pick(world.owners, input.into)!;
      const { items } = await nodes.trash({ ownerId, limit: 50 });
      const id = pick(items, input.which)?.node.id;
      if (id === undefined) return;
      const parentId = await chooseFolder(world, { ownerId, into: input.into });
      const place = input.isElsewhere ? { parentId } : {};
      await nodes.restore({
        ...changeOf(world, ownerId),
        ids: [id],
        ...place,
        onConflict: input.onConflict,
      });
    }),
  fc.record(chosen).map((input): Step => async (world) => {
    const found = await choose(world, input);
    if (found === undefined) return;
    const outcome = await world.metadata.nodes.remove({ ...found.change, ids: [found.node.id] });
    await carry(world, outcome, input.into % 5);
  }),
  nat.map((owner): Step => async (world) => {
    const change = changeOf(world, pick(world.owners, owner)!);
    await carry(world, await world.metadata.nodes.emptyTrash(change), owner % 5);
  }),
  fc.constant<Step>(async (world) => {
    const { nodes } = world.metadata;
    const { now } = world;
    await nodes.expireTrash({ before: now - 1, now, limit: 3 });
    await nodes.expireVersions({ before: now - 1, now, limit: 2 });
    await nodes.purgeJobs({ before: now - 1, limit: 3 });
  }),
];

const versions = [
  fc
    .record({ which: nat, number: fc.integer({ min: 1, max: 4 }), isRemoved: fc.boolean() })
    .map((input): Step => async (world) => {
      const { nodes } = world.metadata;
      const file = await nodes.find(pick(world.files, input.which) ?? "");
      if (file === undefined) return;
      const version = { ...changeOf(world, file.ownerId), id: file.id, number: input.number };
      await (input.isRemoved ? nodes.removeVersion(version) : nodes.restoreVersion(version));
    }),
];

const shares = [
  fc
    .record({
      ...chosen,
      isLink: fc.boolean(),
      right: fc.constantFrom("view" as const, "edit" as const),
      max: fc.nat(2),
    })
    .map((input): Step => async (world) => {
      const found = await choose(world, input);
      if (found === undefined) return;
      const { id: nodeId, ownerId } = found.node;
      const granteeId = world.owners.find((one) => one !== ownerId)!;
      const share = input.isLink
        ? newLink({ ownerId, nodeId, maxDownloads: input.max })
        : newGrant({ ownerId, nodeId, granteeId, right: input.right, expiresAt: world.now + 3 });
      const { actor, now } = found.change;
      world.shares.push((await world.metadata.shares.create({ share, actor, now })).id);
    }),
  fc
    .record({ which: nat, how: fc.constantFrom("download", "leave", "revoke") })
    .map(({ which, how }): Step => async ({ metadata, shares: known, now }) => {
      const share = await metadata.shares.find(pick(known, which) ?? "");
      if (share === undefined) return;
      const { id, ownerId, nodeId } = share;
      const by = { id, actor: systemActor, now };
      if (how === "download")
        await metadata.shares.takeDownload({
          ...by,
          passwordVersion: 1,
          data: { name: "", nodeId },
        });
      else if (how === "leave" && share.kind === "user")
        await metadata.shares.leave({ ...by, granteeId: share.granteeId });
      else await metadata.shares.revoke({ ...by, ownerId });
    }),
];

const jobs = [
  fc
    .record({ which: nat, steps: fc.nat(6), isCancelled: fc.boolean() })
    .map(({ which, steps, isCancelled }): Step => async (world) => {
      const { metadata, owners, now } = world;
      const { nodes } = metadata;
      const found = [];
      for (const accountId of owners)
        found.push(...(await nodes.jobs({ accountId, limit: 50 })).items);
      const job = pick(found, which);
      if (job === undefined) return;
      const { id } = job;
      if (isCancelled) await nodes.endJob({ id, state: "cancelled", now });
      for (let i = 0; i < steps; i++) await nodes.advanceJob({ id, now });
    }),
];

export const treeStep: fc.Arbitrary<Step> = fc.oneof(
  ...moves,
  ...moves,
  ...versions,
  ...shares,
  ...endings,
);
export const jobStep: fc.Arbitrary<Step> = fc.oneof(
  ...moves,
  ...moves,
  ...jobs,
  ...jobs,
  ...endings,
);
