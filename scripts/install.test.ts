import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

// A clone in miniature: the real script, a lock file with one package, and an npm that only notes
// that it ran and leaves the tree that npm would.

let clone: string;

const lock = (version: string): string =>
  JSON.stringify({ packages: { "": {}, "node_modules/left": { version, integrity: version } } });

const fakeNpm = `
const fs = require("node:fs");
fs.appendFileSync("npm-runs", process.argv.slice(2).join(" ") + "\\n");
if (fs.existsSync("npm-breaks")) { console.error("registry on fire"); process.exit(1); }
fs.mkdirSync("node_modules", { recursive: true });
fs.copyFileSync("package-lock.json", "node_modules/.package-lock.json");
`;

beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), "sampan-install-"));
  mkdirSync(join(clone, "scripts"));
  cpSync(join(import.meta.dirname, "install.mjs"), join(clone, "scripts/install.mjs"));
  writeFileSync(join(clone, "package-lock.json"), lock("1.0.0"));
  writeFileSync(join(clone, "npm.cjs"), fakeNpm);
  writeFileSync(join(clone, "next.ts"), 'console.log("next ran" as string);');
});

afterEach(() => {
  rmSync(clone, { recursive: true, force: true });
});

function install(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, ["scripts/install.mjs", ...args], {
    cwd: clone,
    encoding: "utf8",
    env: { ...process.env, npm_execpath: join(clone, "npm.cjs") },
  });
}

function npmRuns(): string[] {
  const log = join(clone, "npm-runs");
  return existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : [];
}

test("installs a fresh clone once", () => {
  expect(install().status).toBe(0);
  expect(install().status).toBe(0);
  expect(npmRuns()).toHaveLength(1);
  expect(npmRuns()[0]).toMatch(/^ci /);
});

test("installs again when the lock file changed", () => {
  install();
  writeFileSync(join(clone, "package-lock.json"), lock("1.0.1"));
  expect(install().status).toBe(0);
  expect(npmRuns()).toHaveLength(2);
});

test("leaves a tree alone that the developer's own install made current", () => {
  mkdirSync(join(clone, "node_modules"));
  writeFileSync(join(clone, "node_modules/.package-lock.json"), lock("1.0.0"));
  expect(install().status).toBe(0);
  expect(npmRuns()).toHaveLength(0);
});

test("shows npm's output and fails when npm fails, and tries again next time", () => {
  writeFileSync(join(clone, "npm-breaks"), "");
  const broken = install();
  expect(broken.status).toBe(1);
  expect(broken.stderr).toContain("registry on fire");
  rmSync(join(clone, "npm-breaks"));
  expect(install().status).toBe(0);
});

test("runs the next script and passes on how it ended", () => {
  expect(install("next.ts").stdout).toContain("next ran");
  writeFileSync(join(clone, "next.ts"), "process.exit(3);");
  expect(install("next.ts").status).toBe(3);
});
