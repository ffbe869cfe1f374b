/** The tree against a model of it: whatever is done to it, in whatever order, both look the same and the quota adds up. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { openSqlite } from "../../metadata/sqlite.ts";
import { isCoreError } from "../errors.ts";
import { newOwner } from "../uploads/testing/stores.ts";
import { nameKey } from "./name-key.ts";
import { growTree } from "./testing/tree.ts";

interface ModelNode {
  readonly id: string;
  name: string;
  parent: string | null;
  from: string | null;
  readonly isFolder: boolean;
}

/** What the tree should be: every node there is, by id. Files have 10 bytes each. */
class Model {
  readonly nodes = new Map<string, ModelNode>();
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  childOf(parent: string, name: string): ModelNode | undefined {
    return [...this.nodes.values()].find(
      (node) => node.parent === parent && nameKey(node.name) === nameKey(name),
    );
  }

  /** The ids from a node up to the root or the top of what is in the trash. */
  pathUp(id: string): string[] {
    const node = this.nodes.get(id);
    if (!node) return [id];
    return [id, ...(node.parent === null ? [] : this.pathUp(node.parent))];
  }

  isLive(id: string): boolean {
    return this.pathUp(id).at(-1) === this.root;
  }

  below(id: string): string[] {
    return [...this.nodes.keys()].filter((other) => this.pathUp(other).includes(id));
  }

  freeName(parent: string, name: string): string {
    for (let number = 1; ; number++) {
      const candidate = number === 1 ? name : `${name} (${number})`;
      if (!this.childOf(parent, candidate)) return candidate;
    }
  }

  /** What may be put into: undefined, or the refusal. */
  refusalOf(parent: string): string | undefined {
    if (parent === this.root) return undefined;
    const node = this.nodes.get(parent);
    if (!node) return "node-not-found";
    if (!node.isFolder) return "not-a-folder";
    return this.isLive(parent) ? undefined : "node-trashed";
  }

  names(id = this.root, prefix = ""): string[] {
    const children = [...this.nodes.values()].filter((node) => node.parent === id);
    return children.flatMap((node) => [
      prefix + node.name + (node.isFolder ? "/" : ""),
      ...this.names(node.id, `${prefix}${node.name}/`),
    ]);
  }
}

const nat = fc.nat(1_000);
const name = fc.constantFrom("a", "A", "b", "c");
const isKeepBoth = fc.boolean();
const operation = fc.oneof(
  fc.record({ kind: fc.constant("folder" as const), parent: nat, name, isKeepBoth }),
  fc.record({ kind: fc.constant("file" as const), parent: nat, name, isKeepBoth }),
  fc.record({ kind: fc.constant("move" as const), which: nat, parent: nat, name, isKeepBoth }),
  fc.record({ kind: fc.constant("copy" as const), which: nat, parent: nat, name, isKeepBoth }),
  fc.record({ kind: fc.constant("trash" as const), which: nat }),
  fc.record({ kind: fc.constant("restore" as const), which: nat, isKeepBoth }),
  fc.record({ kind: fc.constant("remove" as const), which: nat }),
  fc.record({ kind: fc.constant("empty" as const) }),
);

it("does what the model does", { timeout: 120_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), "sampan-tree-"));
  const onFatal = (error: Error) => {
    throw error;
  };
  const stores = await openSqlite({ file: join(folder, "a.db"), writer: "inline", onFatal });
  try {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 5, maxLength: 40 }), async (operations) => {
        const owner = await newOwner(stores);
        const tree = growTree(stores, owner);
        const model = new Model(owner);
        const known = [owner];
        for (const step of operations) await perform({ stores, tree, model, known, owner }, step);
      }),
      { numRuns: 60, seed: 4 },
    );
    expect(await stores.quickCheck()).toEqual([]);
  } finally {
    await stores.close();
    await rm(folder, { recursive: true });
  }
});

interface World {
  readonly stores: Awaited<ReturnType<typeof openSqlite>>;
  readonly tree: ReturnType<typeof growTree>;
  readonly model: Model;
  /** Every id there ever was. */
  readonly known: string[];
  readonly owner: string;
}

type Step = typeof operation extends fc.Arbitrary<infer S> ? S : never;

async function perform(world: World, step: Step): Promise<void> {
  const { tree, model } = world;
  const before = model.names().length;
  const expected = predict(world, step);
  const said = await act(world, step, expected).catch((error: unknown) => {
    if (isCoreError(error)) return error.code;
    throw error;
  });
  expect([step, said]).toEqual([step, expected.refusal ?? "ok"]);
  expect(await tree.names()).toBe(orderedNames(model));
  const files = [...model.nodes.values()].filter((node) => !node.isFolder).length;
  expect(await tree.used()).toBe(10 * files);
  expect(before).toBeGreaterThanOrEqual(0);
}

/** As a listing has them: folders first, each kind by name. */
function orderedNames(model: Model, id = model.root, prefix = ""): string {
  const children = [...model.nodes.values()]
    .filter((node) => node.parent === id)
    .toSorted(
      (a, b) =>
        Number(b.isFolder) - Number(a.isFolder) || (nameKey(a.name) < nameKey(b.name) ? -1 : 1),
    );
  return children
    .map((node) =>
      [
        prefix + node.name + (node.isFolder ? "/" : ""),
        orderedNames(model, node.id, `${prefix}${node.name}/`),
      ]
        .filter((text) => text !== "")
        .join(" "),
    )
    .join(" ");
}

interface Expected {
  readonly refusal?: string;
  /** Does the same to the model, with the id that the store gave to what is new. */
  readonly apply?: (id: string) => void;
  readonly parent?: string;
  readonly id?: string;
}

function predict({ model, known }: World, step: Step): Expected {
  const pick = (number: number) => known[number % known.length]!;
  const place = (parent: string, named: string, keep: boolean): string | undefined =>
    model.childOf(parent, named) && !keep ? undefined : model.freeName(parent, named);
  switch (step.kind) {
    case "folder":
    case "file": {
      const parent = pick(step.parent);
      const refusal = model.refusalOf(parent);
      if (refusal) return { refusal, parent };
      const free = place(parent, step.name, step.isKeepBoth);
      if (free === undefined) return { refusal: "name-taken", parent };
      const isFolder = step.kind === "folder";
      return {
        parent,
        apply: (id) => model.nodes.set(id, { id, name: free, parent, from: null, isFolder }),
      };
    }
    case "move":
    case "copy": {
      const [id, parent] = [pick(step.which), pick(step.parent)];
      const refuse = (refusal: string) => ({ refusal, id, parent });
      const refusal = model.refusalOf(parent);
      if (refusal) return refuse(refusal);
      const node = model.nodes.get(id);
      if (!node || (step.kind === "copy" && node.parent === null)) return refuse("node-not-found");
      if (!model.isLive(id)) return refuse("node-trashed");
      if (model.pathUp(parent).includes(id)) return refuse("folder-into-itself");
      const twin = model.childOf(parent, step.name);
      const isOwn = step.kind === "move" && twin?.id === id;
      const free = isOwn ? step.name : place(parent, step.name, step.isKeepBoth);
      if (free === undefined) return refuse("name-taken");
      if (step.kind === "move")
        return { id, parent, apply: () => Object.assign(node, { parent, name: free }) };
      return { id, parent, apply: (made) => copyModel(model, { node, made, parent, name: free }) };
    }
    case "trash": {
      const id = pick(step.which);
      const node = model.nodes.get(id);
      if (!node) return { refusal: "node-not-found", id };
      if (!model.isLive(id)) return { id };
      return { id, apply: () => Object.assign(node, { from: node.parent, parent: null }) };
    }
    case "restore": {
      const id = pick(step.which);
      const node = model.nodes.get(id);
      if (!node || node.parent !== null) return { refusal: "node-not-found", id };
      const isThere =
        node.from === model.root || (model.nodes.has(node.from!) && model.isLive(node.from!));
      const parent = isThere ? node.from! : model.root;
      const free = place(parent, node.name, step.isKeepBoth);
      if (free === undefined) return { refusal: "name-taken", id };
      return { id, apply: () => Object.assign(node, { parent, name: free, from: null }) };
    }
    case "remove": {
      const id = pick(step.which);
      if (!model.nodes.has(id)) return { refusal: "node-not-found", id };
      return { id, apply: () => model.below(id).forEach((one) => model.nodes.delete(one)) };
    }
    case "empty": {
      const gone = [...model.nodes.keys()].filter((one) => !model.isLive(one));
      return { apply: () => gone.forEach((one) => model.nodes.delete(one)) };
    }
  }
}

/** Only the names and places of a copy are predicted: what is below its top has ids that nobody was told. */
function copyModel(
  model: Model,
  {
    node,
    made,
    parent,
    name: named,
  }: { node: ModelNode; made: string; parent: string; name: string },
): void {
  const children = [...model.nodes.values()].filter((child) => child.parent === node.id);
  model.nodes.set(made, { ...node, id: made, parent, name: named, from: null });
  for (const [i, child] of children.entries())
    copyModel(model, { node: child, made: `${made}/${i}`, parent: made, name: child.name });
}

async function act(world: World, step: Step, expected: Expected): Promise<string> {
  const { stores, tree, known, owner } = world;
  const { id = "", parent = owner, apply } = expected;
  const onConflict = "isKeepBoth" in step && step.isKeepBoth ? "keep-both" : "fail";
  const made = async (): Promise<string | undefined> => {
    switch (step.kind) {
      case "folder": {
        const names = [step.name];
        return (
          await stores.nodes.makeFolders({ ...tree.change, parentId: parent, names, onConflict })
        ).id;
      }
      case "file":
        return tree.file(step.name, { parentId: parent, onConflict });
      case "copy": {
        const outcome = await tree.copy([id], parent, { name: step.name, onConflict });
        return outcome.kind === "done" ? outcome.ids[0] : undefined;
      }
      case "move":
        await tree.move([id], parent, { name: step.name, onConflict });
        return undefined;
      case "trash":
        await tree.trash(id);
        return undefined;
      case "restore":
        await tree.restore([id], { onConflict });
        return undefined;
      case "remove":
        await tree.remove(id);
        return undefined;
      case "empty":
        await stores.nodes.emptyTrash(tree.change);
        return undefined;
    }
  };
  const newcomer = await made();
  if (newcomer !== undefined) known.push(newcomer);
  apply?.(newcomer ?? "");
  return "ok";
}
