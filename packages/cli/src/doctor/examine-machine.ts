/** This machine: what runs the command, and who can read what it keeps. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { dataFolder } from "../connection.ts";
import { credentialsPath } from "../credentials.ts";
import { ok, problem, warn, type Finding } from "./finding.ts";

const MIN_NODE_MAJOR = 24;

type Environment = Readonly<Record<string, string | undefined>>;

export async function examineMachine(env: Environment): Promise<Finding[]> {
  const secrets = [
    ["credentials", credentialsPath(env)],
    ["owner's token", join(dataFolder(undefined, env), "owner.token")],
    ["signing keys", join(dataFolder(undefined, env), "signing.keys")],
  ] as const;
  const examined = secrets.map(([check, path]) => examineSecret(check, path));
  return [examineNode(), ...(await Promise.all(examined)).flat()];
}

function examineNode(): Finding {
  const { version } = process;
  if (Number(version.slice(1).split(".")[0]) >= MIN_NODE_MAJOR) return ok("node", version);
  return problem("node", {
    detail: `${version} is too old`,
    advice: `install Node ${MIN_NODE_MAJOR} or newer`,
  });
}

/** Nothing is said of what is not there: most machines have no server's folder. */
async function examineSecret(check: string, path: string | undefined): Promise<Finding[]> {
  if (path === undefined) return [];
  try {
    const { mode } = await stat(path);
    // Windows has no such bits.
    if (process.platform === "win32" || (mode & 0o077) === 0) return [ok(check, path)];
    const detail = `${path} can be read by others (mode ${(mode & 0o777).toString(8)})`;
    return [warn(check, { detail, advice: `chmod 600 ${path}` })];
  } catch (error) {
    if (
      error instanceof Error &&
      "code" in error &&
      ["ENOENT", "EACCES", "ENOTDIR"].includes(String(error.code))
    )
      return [];
    throw error;
  }
}
