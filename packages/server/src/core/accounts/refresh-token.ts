/**
 * Refresh tokens are a ratchet: `sampan_r_<session>.<generation>.<secret>`, where each secret follows from the one before it and a key of
 * the server's. Stored is only the hash of the newest. So
 *
 * - two tabs that refresh with the same token get the same successor, though the server keeps neither;
 * - any earlier token of the session is known for genuine, without a row for it, by turning it forward to the newest: that is
 *   how a stolen and used-up one gives itself away;
 * - whoever holds a token cannot turn it forward alone, and the database alone opens nothing.
 */
import { createHmac } from "node:crypto";
import { hashSecret, isSameHash, newSecret } from "./secret.ts";

export interface RefreshToken {
  readonly sessionId: string;
  readonly generation: number;
  readonly secret: string;
}

const SHAPE = /^sampan_r_([0-9a-f-]{36})\.(0|[1-9][0-9]{0,8})\.([A-Za-z0-9_-]{43})$/;
/** A token every 15 minutes for a month; what is older than this is refused like one that never was. */
const maxTurns = 3_000;

export function firstRefreshToken(sessionId: string): RefreshToken {
  return { sessionId, generation: 0, secret: newSecret() };
}

export function parseRefreshToken(text: string): RefreshToken | undefined {
  const [, sessionId, generation, secret] = SHAPE.exec(text) ?? [];
  if (sessionId === undefined || generation === undefined || secret === undefined) return undefined;
  return { sessionId, generation: Number(generation), secret };
}

export function formatRefreshToken({ sessionId, generation, secret }: RefreshToken): string {
  return `sampan_r_${sessionId}.${generation}.${secret}`;
}

export function hashRefreshToken(token: RefreshToken): string {
  return hashSecret(formatRefreshToken(token));
}

export function nextRefreshToken(token: RefreshToken, key: Uint8Array): RefreshToken {
  const secret = createHmac("sha256", key).update(formatRefreshToken(token)).digest("base64url");
  return { sessionId: token.sessionId, generation: token.generation + 1, secret };
}

/** The newest token of a session, if `token` is it or one before it; undefined for a forged one. */
export function findNewest(
  token: RefreshToken,
  { generation, refreshHash, key }: { generation: number; refreshHash: string; key: Uint8Array },
): RefreshToken | undefined {
  const turns = generation - token.generation;
  if (turns < 0 || turns > maxTurns) return undefined;
  let newest = token;
  for (let turn = 0; turn < turns; turn++) newest = nextRefreshToken(newest, key);
  return isSameHash(hashRefreshToken(newest), refreshHash) ? newest : undefined;
}
