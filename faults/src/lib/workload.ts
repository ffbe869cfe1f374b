import { setTimeout as delay } from "node:timers/promises";
import { createNames, type Names } from "./names.ts";
import { deleteFile, putBatch, putFile } from "./file-operations.ts";
import { isReadyToComplete, partCount, type Session, type UploadModel } from "./ledger.ts";
import type { Outcome } from "./outcome.ts";
import type { Random } from "./random.ts";
import {
  abortUpload,
  appendBytes,
  completeUpload,
  createUpload,
  sendParts,
  setPaused,
} from "./upload-operations.ts";

export interface WorkloadPlan {
  random: Random;
  clients: number;
  /** Whether the server speaks tus as well. */
  hasTus: boolean;
  /** Checked before every operation. */
  shouldStop: () => boolean;
  /** Clients go on after a request without an answer; otherwise that means that the server is gone. */
  isPersistent?: boolean;
  /** Keeps the data folder bounded: above it, creating gives way to finishing and deleting. */
  maxOpenUploads?: number;
}

/**
 * Concurrent clients that mix every kind of write until they are stopped or the server goes away.
 * Each client has its own random stream; which upload it meets depends on timing, so a seed fixes
 * the mix and the contents, not the interleaving.
 */
export async function runWorkload(session: Session, plan: WorkloadPlan): Promise<void> {
  const clients = Array.from({ length: plan.clients }, async (_, index) => {
    const random = plan.random.fork(`client ${index}`);
    const scope = plan.random.int(0, 2 ** 30).toString(36);
    const names = createNames(random, { scope, repeats: 0.08 });
    while (!plan.shouldStop()) {
      const outcome = await nextOperation(session, { random, names, plan });
      if (outcome.kind !== "unknown") continue;
      if (plan.isPersistent !== true) return;
      await delay(5);
    }
  });
  await Promise.all(clients);
}

interface Turn {
  random: Random;
  names: Names;
  plan: WorkloadPlan;
}

async function nextOperation(session: Session, turn: Turn): Promise<Outcome<unknown>> {
  const { random, names } = turn;
  const open = claimable(session).filter((upload) => upload.state === "open");
  const dice = random.int(0, 99);
  const hasRoom = session.ledger.uploads.size < (turn.plan.maxOpenUploads ?? 24);
  if (dice < 16) {
    // Above 1 MiB a put takes another path through the server than the many small ones.
    const size = random.chance(0.06) ? random.int(1_050_000, 1_600_000) : random.int(0, 40_000);
    return putFile(session, { ...names.file(size), withDigest: random.chance(0.5) });
  }
  if (dice < 22) {
    const count = random.int(2, 16);
    const wishes = Array.from({ length: count }, () => names.file(random.int(0, 6_000), 1_048_576));
    return putBatch(session, wishes);
  }
  if (dice < 30 && hasRoom) return startUpload(session, turn);
  if (dice < 36) return deleteSomeFile(session, turn);
  if (dice < 40) return togglePause(session, turn);
  if (dice < 42 && open.length > 4) return abortUpload(session, random.pick(open));
  if (open.length === 0) return startUpload(session, turn);
  return advance(session, { upload: random.pick(open), turn });
}

/** Moves one upload on: completes it when it has all its bytes, else sends some. */
async function advance(
  session: Session,
  { upload, turn }: { upload: UploadModel; turn: Turn },
): Promise<Outcome<unknown>> {
  const { random } = turn;
  if (isReadyToComplete(upload)) return completeUpload(session, upload);
  upload.busy = true;
  try {
    if (upload.lane !== "parts") {
      return await appendBytes(session, { upload, length: random.int(1, 120_000) });
    }
    return await sendSomeParts(session, { upload, random });
  } finally {
    upload.busy = false;
  }
}

/** Some of the missing parts in any order and in parallel; at times one that is already there. */
async function sendSomeParts(
  session: Session,
  { upload, random }: { upload: UploadModel; random: Random },
): Promise<Outcome<unknown>> {
  const all = Array.from({ length: partCount(upload) }, (_, number) => number);
  const missing = random.shuffle(all.filter((number) => !upload.ackedParts.has(number)));
  const chosen = missing.slice(0, random.int(1, 4));
  const repeated = [...upload.ackedParts][0];
  if (repeated !== undefined && random.chance(0.15)) chosen.push(repeated);
  const wishes = chosen.map((first) => ({
    upload,
    first,
    count: missing.includes(first + 1) && !chosen.includes(first + 1) ? random.int(1, 2) : 1,
    withDigest: random.chance(0.5),
  }));
  const outcomes = await Promise.all(wishes.map((wish) => sendParts(session, wish)));
  return outcomes.find(({ kind }) => kind === "unknown") ?? { kind: "ok", value: null };
}

async function startUpload(session: Session, turn: Turn): Promise<Outcome<unknown>> {
  const { random, names } = turn;
  const lanes = turn.plan.hasTus ? (["append", "tus"] as const) : (["append"] as const);
  const lane = random.chance(0.6) ? "parts" : random.pick(lanes);
  // Now and then parts that are large enough to be written around the page cache.
  const partSize = random.chance(0.06) ? 2 ** 20 : 65_536;
  const usual = random.chance(0.1) ? random.int(0, 100) : random.int(1, 400_000);
  const { outcome } = await createUpload(session, {
    ...names.file(partSize === 65_536 ? usual : random.int(1_000_000, 3_000_000)),
    partSize,
    isSizeDeclared: lane !== "append" || random.chance(0.5),
    lane,
  });
  return outcome;
}

async function deleteSomeFile(session: Session, turn: Turn): Promise<Outcome<unknown>> {
  const free = [...session.ledger.files.values()].filter(
    (file) => !file.busy && file.pending === null && file.id !== null,
  );
  if (free.length < 10) return startUpload(session, turn);
  return deleteFile(session, turn.random.pick(free));
}

async function togglePause(session: Session, turn: Turn): Promise<Outcome<unknown>> {
  const free = claimable(session);
  const paused = free.find(({ state }) => state === "paused");
  const upload = paused ?? (free.length > 0 ? turn.random.pick(free) : null);
  if (upload === null) return startUpload(session, turn);
  return setPaused(session, { upload, isPaused: upload.state === "open" });
}

function claimable(session: Session): UploadModel[] {
  return [...session.ledger.uploads.values()].filter(
    (upload) => !upload.busy && upload.pending === null && upload.id !== null,
  );
}
