/** However large a tree is, no write command looks at more than a bounded number of its rows: every acknowledgement waits while one runs. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { maxDepth, maxNodesAtOnce } from "../core/drive/node.ts";
import { growTree } from "../core/drive/testing/tree.ts";
import { NOW, newOwner } from "../core/uploads/testing/stores.ts";
import type { Stores } from "../core/uploads/testing/stores.ts";
import { createPorts } from "./ports.ts";
import { openForWriting } from "./sqlite/connection.ts";
import { runWriteCommand } from "./stores/write-commands.ts";
import type { Write, WriteName } from "./stores/write-commands.ts";

/** Each row of a step is looked at a few times: found, deleted, its children asked for. */
const bound = 6 * maxNodesAtOnce;
const counted = ["nodes", "node_versions", "trash", "tree_job_folders", "tree_job_tops"];

let folder: string;
let raw: DatabaseSync;
let stores: Stores;
let owner: string;
let tree: ReturnType<typeof growTree>;
let rowsRead = 0;
/** The most that a command of each name has read at once. */
const most = new Map<WriteName, number>();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sampan-bounded-"));
  const connection = await openForWriting({ file: join(folder, "a.db") });
  raw = connection.raw;
  raw.exec("pragma synchronous = off");
  countRows(raw);
  const write = (async (name, input) => {
    rowsRead = 0;
    try {
      return await runWriteCommand(connection.db, { name, input });
    } finally {
      most.set(name, Math.max(most.get(name) ?? 0, rowsRead));
    }
  }) as Write;
  const ports = createPorts({ reader: connection.db, write });
  stores = { ...ports, close: () => Promise.resolve() };
  owner = await newOwner(stores);
  tree = growTree(stores, owner);
}, 60_000);
afterAll(() => {
  raw.close();
  rmSync(folder, { recursive: true });
});

/** Views of the same names stand before the tables for whatever reads, and tell of each row that passes. */
function countRows(database: DatabaseSync): void {
  database.function("tick", { deterministic: false }, () => {
    rowsRead++;
    return 1;
  });
  const prepare = database.prepare.bind(database);
  for (const table of counted)
    database.exec(`create temp view ${table} as select * from main.${table} where tick()`);
  const written = new RegExp(`^((?:insert into|update|delete from) )("(?:${counted.join("|")})")`);
  database.prepare = (text: string) => prepare(text.replace(written, "$1main.$2"));
}

const manyFiles = 4_000;
const manyFolders = 2_500;

/** Files side by side, folders side by side with a file in the last, and files that were something else before. */
async function grow(name: string): Promise<string> {
  const top = await tree.folder(name);
  await tree.fill(top, manyFiles);
  const wide = await tree.folder("wide", top);
  for (let i = 0; i < manyFolders; i++) await tree.folder(`d${i}`, wide);
  await tree.fill(await tree.folder("d0", wide), 10);
  const heavy = await tree.folder("heavy", top);
  await tree.fill(heavy, 40);
  raw.exec(`with recursive n (number) as (select 1 union all select number + 1 from n where number < 100)
    insert into main.node_versions
    select id, number, owner_id, null, 0, blob_id, 0, ${NOW} from main.nodes, n where parent_id = '${heavy}'`);
  return top;
}

const nodesIn = 1 + manyFiles + 1 + manyFolders + 10 + 1 + 40;

describe("commands on a large tree", () => {
  it("copy it in steps, and take a copy back in steps", async () => {
    const top = await grow("copied");
    const outcome = await tree.copy([top], owner, { name: "copy" });
    if (outcome.kind !== "job") throw new Error("not a job");
    expect(outcome.job.totalNodes).toBe(nodesIn);
    const done = await tree.finish(outcome.job.id);
    expect(done).toMatchObject({ state: "done", doneNodes: nodesIn });

    const again = await tree.copy([top], owner, { name: "again" });
    if (again.kind !== "job") throw new Error("not a job");
    const { id } = again.job;
    // Until all that it has still to read is known: the folders side by side.
    for (let i = 0; i < 20; i++) await stores.nodes.advanceJob({ id, now: NOW });
    await stores.nodes.endJob({ id, state: "cancelled", now: NOW });
    await tree.finish(id);
    expect(await tree.used()).toBe(2 * (manyFiles + 10 + 40));
    expect(await tree.reserved()).toBe(0);
  });

  it("move it, trash it and restore it by one row", async () => {
    const top = await grow("moved");
    const deep = await tree.folder(Array.from({ length: 90 }, (_, i) => `${i}`).join("/"));
    await tree.move([top], deep);
    await tree.trash(top);
    await tree.restore([top]);
    // Its height is still that of what is gone from it; to know better, it is walked through as far as is allowed.
    await tree.move([top], owner);
    await tree.folder(Array.from({ length: 95 }, (_, i) => `${i}`).join("/"), top);
    await tree.remove(await tree.folder("0", top));
    await expect(tree.move([top], deep)).rejects.toMatchObject({ code: "too-deep" });
    expect(most.get("moveNodes")).toBeGreaterThan(2 * maxDepth);
  });

  it.each(["remove", "empty the trash of", "expire"])("%s it in steps", async (how) => {
    const top = await grow(how);
    if (how !== "remove") await tree.trash(top);
    const outcome =
      how === "remove"
        ? await tree.remove(top)
        : how === "expire"
          ? await stores.nodes.expireTrash({ before: NOW + 1, now: NOW, limit: 500 })
          : await stores.nodes.emptyTrash(tree.change);
    if (typeof outcome === "number") expect(outcome).toBe(1);
    else expect(outcome).toMatchObject({ kind: "job", job: { totalNodes: nodesIn } });
    const [job] = raw.prepare("select id from tree_jobs where state = 'waiting'").all();
    const done = await tree.finish(String(job?.["id"]));
    expect(done).toMatchObject({ state: "done", doneNodes: nodesIn });
    expect(await stores.nodes.find(top)).toBeUndefined();
  });

  it("delete many files that were much before in steps, also when each is named", async () => {
    const heavy = await tree.folder("named");
    await tree.fill(heavy, 40);
    raw.exec(`with recursive n (number) as (select 1 union all select number + 1 from n where number < 100)
      insert into main.node_versions
      select id, number, owner_id, null, 0, blob_id, 0, ${NOW} from main.nodes, n where parent_id = '${heavy}'`);
    const { items } = await stores.nodes.children({ folderId: heavy, limit: 100 });
    const outcome = await tree.remove(...items.map((node) => node.id));
    if (outcome.kind !== "job") throw new Error("not a job");
    expect((await stores.nodes.children({ folderId: heavy, limit: 100 })).items).toEqual([]);
    expect(await tree.finish(outcome.job.id)).toMatchObject({ state: "done", doneNodes: 40 });
    const left = raw.prepare("select count(*) as n from node_versions").get() as { n: number };
    expect(left.n % 4_000).toBe(0);
  });

  it("read a bounded number of rows each", () => {
    expect([...most.keys()]).toEqual(
      expect.arrayContaining([
        "copyNodes",
        "moveNodes",
        "removeNodes",
        "emptyTrash",
        "expireTrash",
      ]),
    );
    expect([...most].filter(([, rows]) => rows > bound)).toEqual([]);
    // The views see what is read.
    expect(most.get("advanceTreeJob")).toBeGreaterThan(500);
  });
});
