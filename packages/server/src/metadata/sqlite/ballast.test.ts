import { mkdirSync, mkdtempSync, rmdirSync, rmSync, statSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openBallast } from "./ballast.ts";

describe("ballast", () => {
  let folder: string;
  let database: string;
  const file = () => statSync(`${database}-ballast`, { throwIfNoEntry: false });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "sampan-ballast-"));
    database = join(folder, "a.db");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("holds real blocks, and gives them back once", () => {
    const ballast = openBallast(database);
    ballast.restore();
    const { size, blocks } = file()!;
    expect(size).toBeGreaterThan(0);
    expect(blocks * 512).toBeGreaterThanOrEqual(size);
    expect(ballast.release()).toBe(true);
    expect(file()).toBeUndefined();
    expect(ballast.release()).toBe(false);
  });

  it("is there still after a restart", () => {
    openBallast(database).restore();
    expect(openBallast(database).release()).toBe(true);
  });

  it("is made anew when a crash left half of it", () => {
    openBallast(database).restore();
    const whole = file()!.size;
    truncateSync(`${database}-ballast`, whole / 2);
    const ballast = openBallast(database);
    expect(ballast.release()).toBe(false);
    ballast.restore();
    expect(file()!.size).toBe(whole);
    expect(ballast.release()).toBe(true);
  });

  it("fails nobody when its file cannot be made, or is no longer there to be given up", () => {
    mkdirSync(`${database}-ballast`);
    const barred = openBallast(database);
    barred.restore();
    expect(barred.release()).toBe(false);
    rmdirSync(`${database}-ballast`);
    const ballast = openBallast(database);
    ballast.restore();
    rmSync(`${database}-ballast`);
    expect(ballast.release()).toBe(false);
  });

  it("does not take back at once the room that it gave", () => {
    const ballast = openBallast(database);
    ballast.restore();
    ballast.release();
    ballast.restore();
    expect(file()).toBeUndefined();
  });
});
