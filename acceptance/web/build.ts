/** Before the first test: every server that a test starts looks for the web app when it starts, and several start at once. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const buildScript = fileURLToPath(new URL("../../scripts/build-web.ts", import.meta.url));

export function setup(): void {
  const build = spawnSync(process.execPath, [buildScript], { encoding: "utf8" });
  if (build.status !== 0) throw new Error(`the web app cannot be built:\n${build.stderr}`);
}
