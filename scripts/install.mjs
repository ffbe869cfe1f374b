// Makes a fresh clone ready before any other script runs: `node scripts/install.mjs [next-script]`.
//
// It runs on the system's Node (20 or newer), so it is plain JavaScript without dependencies.
// Everything after it runs on the Node 24 which the install itself brings as node_modules/.bin/node;
// npm puts that folder first on PATH.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const lockFile = join(root, "package-lock.json");
const installedLockFile = join(root, "node_modules", ".package-lock.json");
const stampFile = join(root, "node_modules", ".sampan-install");
const bundledNode = join(root, "node_modules", ".bin", "node");
const requiredMajor = 24;

function main() {
  const lockText = readFileSync(lockFile);
  const hash = createHash("sha256").update(lockText).digest("hex");
  if (readIfExists(stampFile) !== hash) {
    if (!isInstalled(JSON.parse(lockText.toString()))) runNpmCi();
    requireUsableNode();
    writeFileSync(stampFile, hash);
  }
  const next = process.argv[2];
  if (next !== undefined) runNext(next);
}

/**
 * A developer's own `npm install` leaves no stamp but a current tree; npm's hidden lock file tells,
 * and saves deleting and installing everything again.
 */
function isInstalled(lock) {
  const installedText = readIfExists(installedLockFile);
  if (installedText === undefined) return false;
  const installed = JSON.parse(installedText).packages;
  return Object.entries(lock.packages).every(([path, wanted]) => {
    if (!path.includes("node_modules/") || wanted.link) return true;
    const found = installed[path];
    if (found === undefined) return wanted.optional === true && !isNeededHere(path);
    return found.version === wanted.version && found.integrity === wanted.integrity;
  });
}

/** Builds for other platforms are in the lock and rightly not in the tree; our own Node must be. */
function isNeededHere(path) {
  return path === `node_modules/node-${process.platform}-${process.arch}`;
}

function runNpmCi() {
  console.error("Installing dependencies …");
  // Under `npm run`, npm names its own script; npm on PATH is the way when called by hand.
  const npmCli = process.env.npm_execpath;
  const [command, prefix] = npmCli ? [process.execPath, [npmCli]] : ["npm", []];
  const flags = [
    "--include=dev",
    "--include=optional",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
  ];
  const result = spawnSync(command, [...prefix, "ci", ...flags], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (result.status === 0) return;
  process.stderr.write(`${result.stdout ?? ""}${result.stderr ?? ""}`);
  fail(`npm ci failed${result.error ? `: ${result.error.message}` : ""}.`);
}

function requireUsableNode() {
  if (majorOf(nodeCommand()) >= requiredMajor) return;
  fail(
    `Sampan needs Node ${requiredMajor} or newer: this is ${process.version} on ` +
      `${process.platform}-${process.arch}, for which the install brings none.`,
  );
}

function nodeCommand() {
  return existsSync(bundledNode) ? bundledNode : process.execPath;
}

function majorOf(command) {
  if (command === process.execPath) return Number(process.versions.node.split(".")[0]);
  // Asked, not assumed: the bundled binary does not start where there is no glibc.
  const result = spawnSync(command, ["--version"], { encoding: "utf8" });
  return Number(/^v(\d+)\./.exec(result.stdout ?? "")?.[1] ?? 0);
}

/**
 * Not `node a && node b` in package.json: a shell remembers where it found the first `node`
 * and would run the second one on the old version too.
 */
function runNext(script) {
  const result = spawnSync(nodeCommand(), [script], { cwd: root, stdio: "inherit" });
  if (result.error) fail(`${script} did not start: ${result.error.message}`);
  process.exitCode = result.status ?? 1;
}

function readIfExists(path) {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

main();
