/**
 * Instant upload without theft: content that the site has becomes a file without its bytes being sent again, for those alone who have them.
 *
 *   challenge   the client names SHA-256 (the size is the upload's). What the owner's own files hold is linked at once. Everybody
 *               else is asked for random stretches, whether or not the site has the content: nobody has looked.
 *   proof       takes the challenge, once. Right, and the content is there: the upload is complete, whatever it has received so
 *               far, and its writers are stopped. Everything else is one answer: the bytes are needed.
 *
 * That answer must not tell "wrong proof" from "unknown content", nor take longer for one of them: as much is hashed for both, and it
 * leaves at a fixed time after the question, however long reading takes; what has not been read by then is not granted. Whoever goes on
 * guessing for one content is never granted it again for a day, so that neither luck nor a clock gets many tries.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Blob, BlobIndex } from "../blobs/blob-index.ts";
import type { BlobStore } from "../blobs/blob-store.ts";
import type { Capacity } from "../blobs/capacity.ts";
import type { ReadContent } from "../blobs/content.ts";
import type { Clock } from "../clock.ts";
import { CoreError } from "../errors.ts";
import type { Actor } from "../events.ts";
import { newId } from "../ids.ts";
import type { ActiveUploads } from "./active.ts";
import { computeProof, drawNonce, drawRanges, isSameProof, type Challenge } from "./challenge.ts";
import type { InstantStore, LinkOutcome } from "./instant-store.ts";
import { findUpload } from "./receive.ts";
import type { UploadStore } from "./upload-store.ts";
import { assertReceiving, type Range, type Upload } from "./upload.ts";

/** Whose content may be linked: everybody's (with proof), one's own, or none. */
export type InstantScope = "site" | "user" | "off";

export interface InstantDependencies {
  readonly uploads: UploadStore;
  readonly instant: InstantStore;
  readonly index: BlobIndex;
  readonly blobs: BlobStore;
  readonly readContent: ReadContent;
  readonly active: ActiveUploads;
  readonly capacity: Capacity;
  readonly clock: Clock;
  readonly scope: InstantScope;
  /** Told of content that could not be read to check a proof; the client is answered that its bytes are needed. */
  readonly onUnreadable: (facts: { blobId: string; error: unknown }) => void;
  readonly onCleanUpError: (error: unknown) => void;
  /** When "the bytes are needed" is answered, counted from the request. */
  readonly refusalMs?: number;
}

export interface InstantUpload {
  readonly scope: InstantScope;
  /** Throws `instant-off`, `writes-stopped`, `digest-mismatch` (another SHA-256 was claimed), or the state's refusal. */
  challenge(input: {
    id: string;
    sha256: string;
    actor: Actor;
  }): Promise<{ upload: Upload; challenge: Challenge | null }>;
  /** The upload: complete, or receiving as before. Throws `challenge-spent`, `name-taken`, `quota-exceeded`, as above. */
  prove(input: { id: string; nonce: string; proof: string; actor: Actor }): Promise<Upload>;
  /** Forgets old challenges. */
  purge(): Promise<number>;
}

export const challengeTtlMs = 10 * 60 * 1000;
/** Answers that were not granted count against an account and a content for this long. */
const attemptWindowMs = 24 * 3600 * 1000;
/** An honest client needs one or two: then its bytes are here, and its own. */
export const maxAttempts = 8;
/** Longer than reading 64 blocks from a cold disk takes, 8 at a time. Nobody waits for it: the bytes are on their way meanwhile. */
const defaultRefusalMs = 1_000;
const readsAtOnce = 8;

export function createInstantUpload(dependencies: InstantDependencies): InstantUpload {
  const { uploads, instant, blobs, clock, scope, refusalMs = defaultRefusalMs } = dependencies;

  const assertPossible = (): void => {
    if (scope === "off") throw new CoreError("instant-off", {});
    if (blobs.poisoned !== null) throw new CoreError("writes-stopped", { reason: blobs.poisoned });
  };

  const link = async (
    upload: Upload,
    how: { sha256: string; ownOnly: boolean; actor: Actor },
  ): Promise<LinkOutcome> => {
    const now = clock.now();
    const size = sizeOf(upload);
    const fileId = newId(now);
    const outcome = await instant.link({ uploadId: upload.id, ...how, size, fileId, now });
    if (outcome.kind === "linked") await discardBytes(dependencies, upload.id);
    return outcome;
  };

  return {
    scope,
    async challenge({ id, sha256, actor }) {
      assertPossible();
      const upload = await findUpload(uploads, id);
      assertReceiving(upload);
      const size = sizeOf(upload);
      const claimed = upload.claimed.sha256;
      if (claimed !== undefined && claimed !== sha256)
        throw new CoreError("digest-mismatch", {
          algorithm: "sha256",
          expected: claimed,
          actual: sha256,
        });
      const { ownerId } = upload;
      if (await instant.findOwn({ ownerId, digests: { sha256 }, size })) {
        const outcome = await link(upload, { sha256, ownOnly: true, actor });
        if (outcome.kind === "linked") return { upload: outcome.upload, challenge: null };
      }
      const challenge: Challenge = {
        nonce: drawNonce(),
        uploadId: id,
        ownerId,
        sha256,
        ranges: drawRanges(size),
        expiresAt: clock.now() + challengeTtlMs,
      };
      await instant.issue(challenge);
      return { upload, challenge };
    },
    async prove({ id, nonce, proof, actor }) {
      const due = performance.now() + refusalMs;
      assertPossible();
      const upload = await findUpload(uploads, id);
      const taken = await instant.take({ uploadId: id, nonce, now: clock.now() });
      if (!taken) throw new CoreError("challenge-spent", { id });
      assertReceiving(upload);
      const { challenge, attempts } = taken;
      const size = sizeOf(upload);
      const mayBeGranted = scope === "site" && attempts <= maxAttempts;
      const refusal = waitUntil(due).then(() => false);
      const checking = isProven(dependencies, { challenge, proof, size, mayBeGranted, due });
      if (await Promise.race([checking, refusal])) {
        const outcome = await link(upload, { sha256: challenge.sha256, ownOnly: false, actor });
        if (outcome.kind === "linked") return outcome.upload;
      }
      await refusal;
      return findUpload(uploads, id);
    },
    purge: () => instant.purge({ before: clock.now() - attemptWindowMs, limit: 1_000 }),
  };
}

function sizeOf({ size }: Upload): number {
  if (size !== null) return size;
  throw new CoreError("invalid-request", {
    field: "size",
    reason: "the upload's size is not known yet",
  });
}

/** Whether the content is there and the proof is of it. Both reasons for "no" cost the same work. */
async function isProven(
  { index, readContent, onUnreadable }: InstantDependencies,
  {
    challenge: { nonce, sha256, ranges },
    proof,
    size,
    mayBeGranted,
    due,
  }: { challenge: Challenge; proof: string; size: number; mayBeGranted: boolean; due: number },
): Promise<boolean> {
  const blob = (await index.findBySha256([sha256])).get(sha256);
  if (blob?.size !== size || !mayBeGranted) {
    isSameProof(await computeProof(nonce, standIns(ranges)), proof);
    return false;
  }
  try {
    return isSameProof(
      await computeProof(nonce, readRanges(readContent, { blob, ranges, due })),
      proof,
    );
  } catch (error) {
    // Any other answer than the usual one would tell that the content is here.
    onUnreadable({ blobId: blob.id, error });
    return false;
  }
}

/** Ends early at `due`: then nobody waits for it any more. */
async function* readRanges(
  readContent: ReadContent,
  { blob, ranges, due }: { blob: Blob; ranges: readonly Range[]; due: number },
): AsyncGenerator<Uint8Array> {
  for (let first = 0; first < ranges.length && performance.now() < due; first += readsAtOnce) {
    const some = ranges.slice(first, first + readsAtOnce);
    yield* await Promise.all(some.map((range) => readRange(readContent, { blob, range })));
  }
}

async function readRange(
  readContent: ReadContent,
  { blob, range }: { blob: Blob; range: Range },
): Promise<Uint8Array> {
  const pieces: Buffer[] = [];
  // Copied: the generator uses its buffers again.
  for await (const bytes of readContent(blob.id, range)) pieces.push(Buffer.from(bytes));
  return Buffer.concat(pieces);
}

function* standIns(ranges: readonly Range[]): Generator<Uint8Array> {
  for (const { start, end } of ranges) yield Buffer.alloc(end - start);
}

async function waitUntil(due: number): Promise<void> {
  // A timer counts whole milliseconds and may come early: the rest of one would tell how long the work took.
  for (let left = due - performance.now(); left > 0; left = due - performance.now())
    await sleep(Math.ceil(left));
}

/** What was received is not needed: nothing writes any more when this resolves, and the staging file is on its way out. */
async function discardBytes(
  { active, capacity, blobs, onCleanUpError }: InstantDependencies,
  id: string,
): Promise<void> {
  await active.interrupt(id, { because: new CoreError("upload-complete", { id }) });
  active.forget(id);
  capacity.release(id);
  blobs.staging.remove(id).catch(onCleanUpError);
}
