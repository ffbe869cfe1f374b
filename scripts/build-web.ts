// Builds the web app when its output is missing or older than anything it is made from.
// `npm start` calls it, so it must cost nothing when there is nothing to do.

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { bin, root } from "./shared/process.ts";

const web = join(root, "packages/web");
const output = join(web, "dist/index.html");

/** The web app is made from these and from the SDK, which it bundles. */
const sources = [
  ...["index.html", "src", "public", "package.json", "vite.config.ts"].map((name) =>
    join(web, name),
  ),
  join(root, "packages/sdk/src"),
  join(root, "package-lock.json"),
];

function isBuildNeeded(): boolean {
  if (!existsSync(join(web, "index.html"))) return false;
  if (!existsSync(output)) return true;
  const builtAtMs = statSync(output).mtimeMs;
  return sources.some((path) => newestChangeMs(path) > builtAtMs);
}

/** A folder's own time counts too: it is how a removed file shows. */
function newestChangeMs(path: string): number {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return 0;
  if (!stats.isDirectory()) return stats.mtimeMs;
  const children = readdirSync(path).map((name) => newestChangeMs(join(path, name)));
  return Math.max(stats.mtimeMs, ...children);
}

if (isBuildNeeded()) {
  console.error("Building the web app …");
  const build = spawnSync(process.execPath, [bin("vite"), "build", "--logLevel", "warn"], {
    cwd: web,
    // Tests build it too, and would leave React's slow and large development build behind for whoever starts next.
    env: { ...process.env, NODE_ENV: "production" },
    // Standard output belongs to the server that starts next.
    stdio: ["ignore", 2, 2],
  });
  process.exitCode = build.status ?? 1;
}
