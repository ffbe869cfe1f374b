/**
 * What an interrupted `get` of a link leaves for the next one: the keys (a password shown is good for 12 hours, a download that was counted for a
 * day) and what was being fetched, because a link whose last download this was tells nobody any more. A file for each link in `sampan/visits`
 * of the state folder (XDG_STATE_HOME, else ~/.local/state), mode 0600, named by a hash, forgotten when the download is done or two days old.
 */
import { createHash } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { ShareLink, VisitorKeys } from "@sampan/sdk";

/** What of a link is fetched. */
export type LinkWanted =
  | { readonly kind: "file"; readonly id: string; readonly name: string }
  | { readonly kind: "archive"; readonly ids: readonly string[] | null; readonly name: string };

interface State {
  readonly keys: VisitorKeys;
  /** By what was asked for. */
  readonly wanted: Readonly<Record<string, LinkWanted>>;
}

export interface KeptVisit {
  readonly keys: VisitorKeys;
  find(asked: string): LinkWanted | undefined;
  keepKeys(keys: VisitorKeys): Promise<void>;
  keepWanted(asked: string, wanted: LinkWanted): Promise<void>;
  forget(): Promise<void>;
}

type Environment = Readonly<Record<string, string | undefined>>;

const MAX_AGE_MS = 2 * 24 * 3_600_000;

export async function openKeptVisit(link: ShareLink, env: Environment): Promise<KeptVisit> {
  const folder = stateFolder(env);
  const name = createHash("sha256").update(`${link.url} ${link.shareToken}`).digest("hex");
  const path = folder === undefined ? undefined : join(folder, `${name.slice(0, 32)}.json`);
  let state = path === undefined ? nothing : await read(path);

  async function keep(more: Partial<State>): Promise<void> {
    state = { ...state, ...more };
    if (path === undefined || folder === undefined) return;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await removeOld(folder);
    await write(path, state);
  }
  return {
    keys: state.keys,
    find: (asked) => (Object.hasOwn(state.wanted, asked) ? state.wanted[asked] : undefined),
    keepKeys: (keys) => keep({ keys }),
    keepWanted: (asked, wanted) => keep({ wanted: { ...state.wanted, [asked]: wanted } }),
    async forget() {
      if (path !== undefined) await rm(path, { force: true });
    },
  };
}

const nothing: State = { keys: {}, wanted: {} };

function stateFolder(env: Environment): string | undefined {
  const home = env["HOME"] ?? env["USERPROFILE"];
  const base =
    env["XDG_STATE_HOME"] ?? (home === undefined ? undefined : join(home, ".local", "state"));
  return base === undefined ? undefined : join(base, "sampan", "visits");
}

/** What is not there, or not whole, is nothing: the download then begins anew. */
async function read(path: string): Promise<State> {
  try {
    const value = JSON.parse(await readFile(path, "utf8")) as Partial<State> & {
      version?: unknown;
    };
    return value.version === 1 ? { keys: value.keys ?? {}, wanted: value.wanted ?? {} } : nothing;
  } catch (error) {
    if (error instanceof SyntaxError || isMissing(error)) return nothing;
    throw error;
  }
}

async function write(path: string, state: State): Promise<void> {
  const scratch = `${path}.${process.pid}.new`;
  const file = await open(scratch, "w", 0o600);
  try {
    await file.writeFile(JSON.stringify({ version: 1, ...state }));
  } finally {
    await file.close();
  }
  await rename(scratch, path);
}

async function removeOld(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    try {
      if (Date.now() - (await stat(path)).mtimeMs > MAX_AGE_MS) await rm(path, { force: true });
    } catch (error) {
      // Another process has removed it meanwhile.
      if (!isMissing(error)) throw error;
    }
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
