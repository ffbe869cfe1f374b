import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CoreError } from "../../core/errors.ts";
import { createGroupCommit } from "./group-commit.ts";
import type { GroupResult } from "./group-commit.ts";

type Command = () => void | Promise<void>;

describe("group commit", () => {
  let folder: string;
  let raw: DatabaseSync;
  let other: DatabaseSync;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "sampan-group-"));
    raw = new DatabaseSync(join(folder, "a.db"), { timeout: 0 });
    raw.exec("pragma journal_mode = wal");
    raw.exec("create table t (id integer primary key, text text)");
    other = new DatabaseSync(join(folder, "a.db"), { timeout: 0 });
  });
  afterEach(() => {
    if (raw.isOpen) raw.close();
    other.close();
    rmSync(folder, { recursive: true });
  });

  const insert = (id: number, text = "") =>
    raw.prepare("insert into t values (?, ?)").run(id, text);
  const committed = () =>
    (other.prepare("select id from t order by id").all() as { id: number }[]).map((row) => row.id);
  const refuse = () => {
    throw new CoreError("unauthenticated", {});
  };

  function run(commands: Command[]): Promise<GroupResult<Command>> {
    const waiting = [...commands];
    const group = createGroupCommit<Command>(raw, { execute: async (command) => await command() });
    return group.run(() => waiting.shift());
  }

  it("commits all commands at once, after the last", async () => {
    const seen: number[][] = [];
    const { outcomes } = await run([
      () => void insert(1),
      () => void insert(2),
      () => void seen.push(committed()),
    ]);
    expect(outcomes.map((outcome) => outcome.ok)).toEqual([true, true, true]);
    expect(seen).toEqual([[]]);
    expect(committed()).toEqual([1, 2]);
  });

  it.each([0, 1, 2])("undoes only the command that is refused, in place %i", async (place) => {
    const commands: Command[] = [() => void insert(1), () => void insert(2)];
    commands.splice(place, 0, () => {
      insert(9);
      refuse();
    });
    const { outcomes, fatal } = await run(commands);
    expect(outcomes.map((outcome) => outcome.ok)).toEqual([0, 1, 2].map((i) => i !== place));
    expect(fatal).toBeUndefined();
    expect(committed()).toEqual([1, 2]);
  });

  it("undoes a command whose constraint fails, and keeps its error", async () => {
    const { outcomes } = await run([
      () => void insert(1),
      () => void insert(1),
      () => void insert(2),
    ]);
    expect(outcomes[1]).toMatchObject({ ok: false, error: { errcode: 1555 } });
    expect(committed()).toEqual([1, 2]);
  });

  it("refuses the whole group when the disk is full, and goes on once there is room", async () => {
    raw.exec("pragma max_page_count = 3");
    const { outcomes, fatal } = await run([
      () => void insert(1),
      () => void insert(2, "x".repeat(50_000)),
    ]);
    expect(fatal).toBeUndefined();
    for (const outcome of outcomes)
      expect(outcome).toMatchObject({ ok: false, error: { code: "disk-full" } });
    expect(committed()).toEqual([]);
    await run([() => void insert(3)]);
    expect(committed()).toEqual([3]);
  });

  it("tells everyone who waits when the lock cannot be had, and goes on when it can", async () => {
    other.exec("begin immediate");
    const { outcomes, fatal } = await run([() => void insert(1), () => void insert(2)]);
    expect(fatal).toBeUndefined();
    expect(outcomes).toMatchObject([
      { ok: false, error: { errcode: 5 } },
      { ok: false, error: { errcode: 5 } },
    ]);
    other.exec("rollback");
    await run([() => void insert(3)]);
    expect(committed()).toEqual([3]);
  });

  it.each([
    ["an fsync fails", 1034],
    ["a write fails", 778],
    ["the file is damaged", 11],
  ])("reports as fatal that %s", async (_what, errcode) => {
    const failure = Object.assign(new Error("injected"), { code: "ERR_SQLITE_ERROR", errcode });
    const { outcomes, fatal } = await run([
      () => void insert(1),
      () => {
        throw failure;
      },
      () => void insert(2),
    ]);
    expect(fatal).toBe(failure);
    expect(outcomes.map((outcome) => outcome.ok)).toEqual([false, false]);
    expect(committed()).toEqual([]);
  });

  it("takes no more than a group's worth at once", async () => {
    let next = 0;
    const group = createGroupCommit<number>(raw, { execute: (id) => Promise.resolve(insert(id)) });
    const { outcomes } = await group.run(() => (next < 10_000 ? next++ : undefined));
    expect(outcomes.length).toBe(256);
    expect(next).toBe(256);
  });
});
