/** Reading and writing the file of signing keys. Keys that others can read, or guess, are refused: they would let anybody sign in as anybody. */
import { open, readFile, rename, stat } from "node:fs/promises";
import { join } from "node:path";

export interface Key {
  readonly id: string;
  readonly secret: Uint8Array;
  readonly createdAt: number;
}

export interface KeySet {
  /** Turns refresh tokens forward. */
  readonly refreshKey: Uint8Array;
  readonly keys: readonly Key[];
}

/** The process prints it and exits with 2. */
export class WeakKeyError extends Error {
  override readonly name = "WeakKeyError";
}

const fileName = "signing.keys";
const secretBytes = 32;

export async function readKeyFile(folder: string): Promise<string | undefined> {
  const path = join(folder, fileName);
  try {
    const { mode } = await stat(path);
    if (process.platform !== "win32" && (mode & 0o077) !== 0) {
      throw new WeakKeyError(`${path}: others may read it; make it mode 0600`);
    }
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

export async function writeKeyFile(folder: string, text: string): Promise<void> {
  const scratch = join(folder, `${fileName}.new`);
  const file = await open(scratch, "w", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(scratch, join(folder, fileName));
  // What was signed with a key that a power cut takes back would sign everybody out.
  const directory = await open(folder, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

export function formatKeyFile({ refreshKey, keys }: KeySet): string {
  const encode = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64url");
  const listed = keys.map((key) => ({ ...key, secret: encode(key.secret) }));
  return `${JSON.stringify({ refreshKey: encode(refreshKey), keys: listed }, null, 2)}\n`;
}

/** Throws `WeakKeyError`. */
export function parseKeyFile(text: string): KeySet {
  const { refreshKey, keys } = parseJson(text);
  if (!Array.isArray(keys) || keys.length === 0) refuse("it holds no keys");
  return {
    refreshKey: parseSecret(refreshKey, "refreshKey"),
    keys: (keys as Record<string, unknown>[]).map((key, i) => {
      const { id, secret, createdAt } = key ?? {};
      if (typeof id !== "string" || typeof createdAt !== "number") refuse(`keys[${i}] is no key`);
      return { id, createdAt, secret: parseSecret(secret, `keys[${i}]`) };
    }),
  };
}

function parseJson(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return refuse("it is not a JSON object");
}

function parseSecret(value: unknown, name: string): Uint8Array {
  if (typeof value !== "string") return refuse(`${name} is missing`);
  const secret = new Uint8Array(Buffer.from(value, "base64url"));
  if (secret.length < secretBytes)
    refuse(`${name} has ${secret.length} bytes, ${secretBytes} are needed`);
  // Of 32 random bytes, about 30 differ; fewer than 16 never happens by chance.
  if (new Set(secret).size < secretBytes / 2) refuse(`${name} is not random`);
  return secret;
}

function refuse(why: string): never {
  throw new WeakKeyError(
    `${fileName}: ${why}; remove it to have new keys made (everybody signs in again)`,
  );
}
