/** Starts Sampan as its user does: `strict` durability and SHA-256 of everything, the defaults. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { ask } from "../http.ts";
import { freePort, startProcess, waitUntilReady } from "../process.ts";
import type { Server } from "./contender.ts";

const main = path.join(import.meta.dirname, "../../../packages/server/src/main.ts");

export function sampanAbsent(): string | undefined {
  return existsSync(main) ? undefined : "packages/server is not there";
}

/** Also restarts on a folder that was used before. Resolves at the first 200 of the health check. */
export async function startSampan(
  dir: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Server> {
  const port = await freePort();
  const data = path.join(dir, "data");
  const settings = {
    SAMPAN_HOST: "127.0.0.1",
    SAMPAN_PORT: String(port),
    SAMPAN_DATA_DIR: data,
    // No peer logs its requests either.
    SAMPAN_LOG_LEVEL: "warn",
    ...env,
  };
  const running = startProcess({ file: process.execPath, args: [main], env: settings }, dir);
  const url = new URL(`http://127.0.0.1:${port}/`);
  await waitUntilReady(running, () => isHealthy(url));
  const token = readFileSync(path.join(data, "owner.token"), "utf8").trim();
  return { process: running, url, dir, headers: { Authorization: `Bearer ${token}` } };
}

async function isHealthy(url: URL): Promise<boolean> {
  try {
    return (await ask(url, { method: "GET", path: "/api/v1/health" })).status === 200;
  } catch {
    return false;
  }
}
