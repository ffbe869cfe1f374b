/**
 * The server's secrets: `signing.keys` in the data folder, mode 0600, JSON `{refreshKey, keys: [{id, secret, createdAt}]}`, newest key last, each
 * secret 32 random bytes in base64url. A new key is made when the newest is 30 days old; the ones before it verify for as long as a refresh
 * token lives, so that a token which has just expired can still be known for one of ours.
 */
import { createHmac, randomBytes } from "node:crypto";
import { errors } from "jose";
import type { Clock } from "../core/clock.ts";
import { formatKeyFile, parseKeyFile, readKeyFile, writeKeyFile, type Key } from "./key-file.ts";

export interface SigningKeys {
  newest(): Key;
  /** Throws a JOSE error when there is no such key (any more). */
  find(id: string | undefined): Uint8Array;
  /** Stays the same for the life of the data folder. */
  refreshKey(): Uint8Array;
  /** Makes a new key when it is time; resolves once it is on disk. */
  rotate(): Promise<void>;
}

const rotateMs = 30 * 24 * 3_600_000;
const keepMs = 31 * 24 * 3_600_000;

/** `fixedSecret`: several servers that share a database agree on this instead of on a file, and rotate it themselves. */
export async function openSigningKeys({
  folder,
  clock,
  fixedSecret,
}: {
  folder: string;
  clock: Clock;
  fixedSecret?: string | undefined;
}): Promise<SigningKeys> {
  if (fixedSecret !== undefined) return fixedKeys(fixedSecret);
  const kept = await readKeyFile(folder);
  const opened = kept === undefined ? undefined : parseKeyFile(kept);
  const refreshKey = opened?.refreshKey ?? new Uint8Array(randomBytes(32));
  let keys: readonly Key[] = opened?.keys ?? [];

  const rotate = async (): Promise<void> => {
    const now = clock.now();
    const newest = keys.at(-1);
    if (newest && now - newest.createdAt < rotateMs) return;
    // A key signs until its successor is there, and what it signed last counts for `keepMs` after that.
    const successorOf = (i: number) => keys[i + 1]?.createdAt ?? now;
    const useful = keys.filter((_, i) => now - successorOf(i) < keepMs);
    const next = [...useful, newKey(now)];
    await writeKeyFile(folder, formatKeyFile({ refreshKey, keys: next }));
    keys = next;
  };
  await rotate();

  return {
    newest() {
      const newest = keys.at(-1);
      if (!newest) throw new Error("there is no signing key");
      return newest;
    },
    find(id) {
      const key = keys.find((one) => one.id === id);
      if (!key) throw new errors.JWKSNoMatchingKey();
      return key.secret;
    },
    refreshKey: () => refreshKey,
    rotate,
  };
}

function newKey(now: number): Key {
  return {
    id: randomBytes(6).toString("base64url"),
    secret: new Uint8Array(randomBytes(32)),
    createdAt: now,
  };
}

function fixedKeys(text: string): SigningKeys {
  const derive = (use: string) =>
    new Uint8Array(createHmac("sha256", text).update(`sampan ${use}`).digest());
  const key: Key = { id: "fixed", secret: derive("access"), createdAt: 0 };
  const refreshKey = derive("refresh");
  return {
    newest: () => key,
    find(id) {
      if (id !== key.id) throw new errors.JWKSNoMatchingKey();
      return key.secret;
    },
    refreshKey: () => refreshKey,
    rotate: () => Promise.resolve(),
  };
}
