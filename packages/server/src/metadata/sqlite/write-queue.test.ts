import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { maxNodesAtOnce } from "../../core/drive/node.ts";
import { growTree } from "../../core/drive/testing/tree.ts";
import { newId } from "../../core/ids.ts";
import { newOwner } from "../../core/uploads/testing/stores.ts";
import { createPorts } from "../ports.ts";
import { runWriteCommand } from "../stores/write-commands.ts";
import type { Write } from "../stores/write-commands.ts";
import { openForWriting } from "./connection.ts";
import type { WritingConnection } from "./connection.ts";
import type { Outcome } from "./group-commit.ts";
import type { Space } from "./space.ts";
import { createWriteQueue } from "./write-queue.ts";
import type { QueuedCommand } from "./write-queue.ts";

const now = 1;

describe("a full disk", () => {
  let folder: string;
  let connection: WritingConnection;
  const calls: string[] = [];

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "sampan-queue-"));
    connection = await openForWriting({ file: join(folder, "a.db") });
    calls.length = 0;
  });
  afterEach(() => {
    connection.close();
    rmSync(folder, { recursive: true });
  });

  const pages = () => {
    const row = connection.raw.prepare("pragma page_count").get() as { page_count: number };
    return row.page_count;
  };
  const allowPages = (count: number) => connection.raw.exec(`pragma max_page_count = ${count}`);
  /** Grows the database whatever free pages it has; a command that must be refused. */
  const grow = (): QueuedCommand => ({
    name: "enqueueJob",
    input: { id: newId(), kind: "k", payload: "x".repeat(50_000), runAt: 0, maxAttempts: 1, now },
  });
  /** Names nothing that is there; that it commits is what counts. */
  const shrink = (): QueuedCommand => ({
    name: "removeFile",
    input: { id: newId(), ownerId: newId(), now },
  });

  async function run(commands: QueuedCommand[], space: Partial<Space>) {
    const outcomes: Outcome<QueuedCommand>[] = [];
    const queue = createWriteQueue<QueuedCommand>(
      {
        ...connection,
        space: {
          restore: () => {},
          reuseLog: () => (calls.push("log"), false),
          release: () => (calls.push("ballast"), false),
          ...space,
        },
      },
      {
        refill: () => [],
        onOutcomes: (some) => void outcomes.push(...some),
        onFatal: (error) => {
          throw error;
        },
      },
    );
    queue.push(commands);
    await queue.idle();
    return commands.map((command) => outcomes.find((one) => one.command === command));
  }

  it("commits after all when the log can start over", async () => {
    allowPages(pages());
    const [outcome] = await run([grow()], {
      reuseLog: () => {
        allowPages(1_000_000);
        return true;
      },
    });
    expect(outcome).toMatchObject({ ok: true });
    expect(calls).toEqual([]);
  });

  it("gives up the ballast for what makes room, and refuses the rest", async () => {
    allowPages(pages());
    const release = () => (calls.push("ballast"), true);
    const [shrunk, grown] = await run([shrink(), grow()], { release });
    expect(calls).toEqual(["log", "ballast", "log"]);
    expect(grown).toMatchObject({ ok: false, error: { code: "disk-full" } });
    expect(shrunk).toMatchObject({ ok: true, value: false });
  });

  it("keeps the ballast when nobody makes room", async () => {
    allowPages(pages());
    const [outcome] = await run([grow()], {});
    expect(outcome).toMatchObject({ ok: false, error: { code: "disk-full" } });
    expect(calls).toEqual(["log"]);
  });

  it("commits what makes room without ballast too, where it fits", async () => {
    allowPages(pages());
    const [shrunk, grown] = await run([shrink(), grow()], {});
    expect(grown).toMatchObject({ ok: false, error: { code: "disk-full" } });
    expect(shrunk).toMatchObject({ ok: true, value: false });
    expect(calls).toEqual(["log", "ballast"]);
  });

  it("lets a drive be cleared, at once and in steps, and nothing be copied", async () => {
    const write = ((name, input) => runWriteCommand(connection.db, { name, input })) as Write;
    const ports = createPorts({ reader: connection.db, write });
    const owner = await newOwner(ports);
    const tree = growTree({ ...ports, close: () => Promise.resolve() }, owner);
    const [file, trashed] = [await tree.file("a"), await tree.file("b")];
    await tree.trash(trashed);
    const large = await tree.folder("large");
    await tree.fill(large, maxNodesAtOnce + 1);
    const copy = await tree.copy([large], owner, { name: "copy" });
    if (copy.kind !== "job") throw new Error("not a job");
    allowPages(pages());

    const { change } = tree;
    const step = { now, id: copy.job.id };
    const clearing: QueuedCommand[] = [
      { name: "trashNodes", input: { ...change, ids: [file] } },
      { name: "removeNodes", input: { ...change, ids: [file], counted: 1 } },
      { name: "emptyTrash", input: { ...change, counted: 1 } },
      { name: "endTreeJob", input: { ...step, state: "cancelled" } },
      { name: "clearTreeJob", input: step },
    ];
    const outcomes = await run([grow(), { name: "advanceTreeJob", input: step }, ...clearing], {
      release: () => {
        allowPages(pages() + 20);
        return true;
      },
    });
    expect(outcomes.map((outcome) => outcome?.ok)).toEqual([
      false,
      false,
      true,
      true,
      true,
      true,
      true,
    ]);
    expect(await tree.names()).toMatch(/^large\//);
  });
});
