/**
 * Instant upload: as soon as the whole file is hashed, the server is asked whether it has the content. It answers with random
 * stretches of it to be proven; a right proof completes the upload. Nothing here is needed: whatever goes wrong, the bytes go on.
 */
import type { Client } from "../client.ts";
import type { CreateHasher } from "../digest.ts";
import { hasCode, SampanError } from "../errors.ts";
import { hmacChunks } from "../hmac.ts";
import { withRetry, type RetryBudget } from "../retry.ts";
import { toChunks, type UploadSource } from "../source.ts";
import type { Challenge, InstantScope, Upload } from "../wire.ts";
import type { Tally } from "./tally.ts";

/**
 * `overlap`: bytes are sent while the file is hashed, and the rest is cancelled when the server has the content. `first`: nothing is
 * sent before the server was asked, for links on which bytes cost more than time. `off`: never asked.
 */
export type InstantMode = "overlap" | "first" | "off";

export interface Instant {
  mode: InstantMode;
  /** What the server offers; undefined where it knows nothing of this. */
  scope: InstantScope | undefined;
}

export interface TryInstant {
  client: Client;
  upload: Upload;
  source: UploadSource;
  instant: Instant;
  sha256: Promise<string | null>;
  budget: RetryBudget;
  tally: Tally;
  signal?: AbortSignal | undefined;
  createHasher?: CreateHasher | undefined;
}

/** The completed upload, or null: the bytes are needed. Fails with `name-taken` and with what an abort says. */
export async function tryInstant(options: TryInstant): Promise<Upload | null> {
  const { instant, source, tally, signal } = options;
  if (instant.mode === "off" || instant.scope === undefined || instant.scope === "off") return null;
  const sha256 = await options.sha256;
  signal?.throwIfAborted();
  if (sha256 === null || tally.progress.movedBytes >= source.size) return null;
  try {
    await source.checkUnchanged?.();
    return await ask(options, sha256);
  } catch (error) {
    signal?.throwIfAborted();
    const isOurs = error instanceof SampanError && !hasCode(error, "name-taken");
    if (isOurs) return null;
    throw error;
  }
}

async function ask(options: TryInstant, sha256: string): Promise<Upload | null> {
  const { client, instant, budget, signal, createHasher } = options;
  const { id } = options.upload;
  const retry = { budget, signal };
  const asked = await withRetry(() => client.challengeUpload(id, { sha256, signal }), retry);
  if (asked.challenge === null) return asked.upload;
  if (instant.scope !== "site" || createHasher === undefined) return null;
  const { nonce } = asked.challenge;
  const stretches = readStretches(options, asked.challenge);
  const proof = await hmacChunks(stretches, { keyHex: nonce, createHasher });
  const upload = await withRetry(() => client.proveUpload(id, { nonce, proof, signal }), retry);
  return upload.state === "complete" ? upload : null;
}

async function* readStretches(
  { source, signal }: TryInstant,
  { ranges }: Challenge,
): AsyncGenerator<Uint8Array> {
  for (const { start, length } of ranges) {
    yield* toChunks(source.open({ start, end: start + length }, signal), signal);
  }
}
