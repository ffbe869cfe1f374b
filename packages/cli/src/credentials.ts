/**
 * What `sampan login` keeps: for each server one API token of one's own, in `sampan/credentials.json` of the user's configuration
 * folder (XDG_CONFIG_HOME, else ~/.config), mode 0600. A token rather than a session, because nothing rotates it: any number of commands
 * may use it at once.
 */
import { mkdir, open, readFile, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { UsageError } from "./exit-codes.ts";

export interface Credential {
  readonly token: string;
  /** Null: it was brought along, by `sampan login --token`, and is not ours to revoke. */
  readonly tokenId: string | null;
  readonly name: string;
}

type Environment = Readonly<Record<string, string | undefined>>;
type Credentials = Readonly<Record<string, Credential>>;

export async function findCredential(
  origin: string,
  env: Environment,
): Promise<Credential | undefined> {
  const path = credentialsPath(env);
  return path === undefined ? undefined : (await readAll(path))[origin];
}

/** `null` forgets it. */
export async function keepCredential(
  { origin, credential }: { origin: string; credential: Credential | null },
  env: Environment,
): Promise<string> {
  const path = credentialsPath(env);
  if (path === undefined) throw new UsageError("Nowhere to keep it: HOME is not set");
  const { [origin]: _old, ...others } = await readAll(path);
  const all = credential === null ? others : { ...others, [origin]: credential };
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const scratch = `${path}.${process.pid}.new`;
  const file = await open(scratch, "w", 0o600);
  try {
    await file.writeFile(`${JSON.stringify(all, null, 2)}\n`);
  } finally {
    await file.close();
  }
  await rename(scratch, path);
  return path;
}

export function credentialsPath(env: Environment): string | undefined {
  const home = env["HOME"] ?? env["USERPROFILE"];
  const folder = env["XDG_CONFIG_HOME"] ?? (home === undefined ? undefined : join(home, ".config"));
  return folder === undefined ? undefined : join(folder, "sampan", "credentials.json");
}

async function readAll(path: string): Promise<Credentials> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return {};
    throw error;
  }
  try {
    return JSON.parse(text) as Credentials;
  } catch (cause) {
    throw new UsageError(`${path} is damaged: remove it, and log in again`, { cause });
  }
}
