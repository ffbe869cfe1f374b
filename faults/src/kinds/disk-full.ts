import { closeSync, fsyncSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { deleteFile, putBatch, putFile } from "../lib/file-operations.ts";
import { answered, wrong, type Finding } from "../lib/findings.ts";
import { startRun, type Kind, type KindOptions, type Run } from "../lib/kind.ts";
import { partCount, type Session, type UploadModel } from "../lib/ledger.ts";
import { createLoopDisk, loopDisksUnavailable, type LoopDisk } from "../lib/loop-disk.ts";
import { createNames, type Names } from "../lib/names.ts";
import { describeOutcome, type Outcome } from "../lib/outcome.ts";
import { createRandom, type Random } from "../lib/random.ts";
import { scrub } from "../lib/scrub.ts";
import { startServer, type ServerPlan } from "../lib/server-process.ts";
import { openSession } from "../lib/session.ts";
import { finishEverything } from "../lib/settle.ts";
import { appendBytes, createUpload, sendParts } from "../lib/upload-operations.ts";
import { verify } from "../lib/verify.ts";

/**
 * The data folder is a 16 MiB file system of its own. It is filled by uploads until the server
 * refuses, and then to the last byte by a file that the server knows nothing of. Refusals must be
 * 507, reads and status go on, offsets stay, a restart on the full disk works, and when space
 * returns (the foreign file removed, files deleted) so do the uploads.
 */
export const diskFull: Kind = { name: "disk-full", run };

const DISK_MEBIBYTES = 16;
/** Small files may share storage with others, so that their space comes back differently. */
const FILE_BYTES = { "small files": 200_000, "large files": 1_300_000 };
const PIECE_BYTES = 200_000;
const RECOVERY_MS = 15_000;

async function run(options: KindOptions) {
  const state = await startRun("disk-full", options);
  const reason = loopDisksUnavailable("ext4");
  if (reason !== null) {
    state.skipped.push(reason);
    return state.finish();
  }
  for (let round = 1; round <= options.rounds; round++) {
    for (const [variant, fileBytes] of Object.entries(FILE_BYTES)) {
      const random = createRandom(options.seed).fork(`disk-full ${round} ${variant}`);
      const name = `disk-${round}-${variant.replace(" ", "-")}`;
      const place = { folder: state.folder, name, mebibytes: DISK_MEBIBYTES };
      const disk = await createLoopDisk({ ...place, fileSystem: "ext4" });
      state.ledger.forgetEverything();
      await disk.mount();
      await state.attempt(round, () =>
        fillOnce(state, { options, disk, random, fileBytes, variant }),
      );
      await disk.unmount();
    }
    state.countRound();
  }
  return state.finish();
}

interface Filling {
  options: KindOptions;
  disk: LoopDisk;
  random: Random;
  fileBytes: number;
  variant: string;
}

interface Scene extends Filling {
  session: Session;
  names: Names;
  append: UploadModel;
  parts: UploadModel;
  facts: Run["facts"];
  report: (finding: Finding) => void;
}

async function fillOnce(state: Run, filling: Filling): Promise<Finding[]> {
  const { options, disk, random, variant } = filling;
  const findings: Finding[] = [];
  const plan: ServerPlan = {
    kind: options.server,
    dataDir: join(disk.path, "data"),
    logFile: join(state.folder, "server.log"),
    env: {
      SAMPAN_SWEEP_GRACE_MS: "0",
      SAMPAN_SWEEP_INTERVAL_MS: "200",
      ...(options.flaw === undefined ? {} : { NAIVE_FLAW: options.flaw }),
    },
  };
  mkdirSync(plan.dataDir);
  const names = createNames(random, { scope: "full" });
  let uploads: Pick<Scene, "append" | "parts"> | null = null;
  const phases = [fillByUploads, deleteMakesRoom, fillToTheLastByte, finish];
  for (const phase of phases) {
    // Each phase begins with a start, and so with recovery on the disk as the last one left it.
    const server = await startServer(plan);
    const session = openSession(server, state.ledger);
    const report = (finding: Finding): void =>
      void findings.push({ ...finding, what: `${variant}, ${phase.name}: ${finding.what}` });
    try {
      for (const finding of await verify(session, { random, sample: Infinity })) report(finding);
      uploads ??= await openUploads(session, names);
      const scene = { ...filling, session, names, report, facts: state.facts, ...uploads };
      await phase(scene);
    } finally {
      session.close();
      await server.kill();
    }
  }
  return findings;
}

async function openUploads(
  session: Session,
  names: Names,
): Promise<Pick<Scene, "append" | "parts">> {
  const sized = { ...names.file(1_000_000), partSize: 65_536, isSizeDeclared: true };
  const { upload: parts } = await createUpload(session, { ...sized, lane: "parts" });
  await sendParts(session, { upload: parts, first: 1, count: 2, withDigest: true });
  const endless = { ...names.file(20 * 2 ** 20), partSize: 65_536, isSizeDeclared: false };
  const { upload: append } = await createUpload(session, { ...endless, lane: "append" });
  await appendBytes(session, { upload: append, length: PIECE_BYTES });
  return { append, parts };
}

async function fillByUploads(scene: Scene): Promise<void> {
  const { session, names, disk, facts } = scene;
  const isFull = await untilRefused(scene, {
    what: "put",
    step: () => putFile(session, { ...names.file(scene.fileBytes), withDigest: true }),
  });
  if (!isFull) return;
  facts[`${scene.variant} on the full disk`] = session.ledger.files.size;
  facts[`KiB free then (${scene.variant})`] = Math.round(freeBytes(disk) / 1024);
  await everyLaneRefuses(scene);
  facts[`parts of a sized upload on the full disk (${scene.variant})`] =
    `${scene.parts.ackedParts.size} of ${partCount(scene.parts)}`;
  // A delete is how space comes back, so it must work now.
  const victim = [...session.ledger.files.values()].at(-1);
  if (victim !== undefined)
    await expectOk(scene, { op: "delete", ask: () => deleteFile(session, victim) });
}

/** A foreign file takes what is left, the server's own reserve included. */
async function fillToTheLastByte(scene: Scene): Promise<void> {
  const filler = join(scene.disk.path, "filler");
  await makeRoom(scene, 4 * 2 ** 20);
  writeUntilFull(filler);
  try {
    await everyLaneRefuses(scene);
    // Twice: a first refusal must not have used up what the second one needs.
    await everyLaneRefuses(scene);
  } finally {
    rmSync(filler);
  }
  await expectSpace(scene, "once the foreign file is gone");
}

/** What the foreign file takes is what must be usable again once it is gone. */
async function makeRoom(scene: Scene, bytes: number): Promise<void> {
  const files = [...scene.session.ledger.files.values()].filter(({ id }) => id !== null);
  for (const deadline = Date.now() + RECOVERY_MS; freeBytes(scene.disk) < bytes;) {
    const file = files.pop();
    if (file !== undefined) {
      await expectOk(scene, { op: "delete", ask: () => deleteFile(scene.session, file) });
    } else if (Date.now() > deadline) {
      const found = `${freeBytes(scene.disk)} bytes free`;
      return scene.report(wrong("deleting every file makes room", { found }));
    }
    await delay(60);
  }
}

/** From a disk that is full of files, most of them deleted: others must fit again. */
async function deleteMakesRoom(scene: Scene): Promise<void> {
  await deleteFiles(scene, 0.7);
  await expectSpace(scene, "after deleting");
}

async function finish(scene: Scene): Promise<void> {
  const { session, random, append } = scene;
  // The endless upload would need more than the disk: it is dropped, the other one is finished.
  await answered(session.client.abort(append.id ?? ""));
  session.ledger.uploads.delete(append.name);
  await deleteFiles(scene, 0.9);
  await expectSpace(scene, "in the end");
  for (const finding of await finishEverything(session)) scene.report(finding);
  for (const finding of await verify(session, { random, sample: Infinity })) scene.report(finding);
  for (const finding of await scrub(session)) scene.report(finding);
}

async function deleteFiles(scene: Scene, share: number): Promise<void> {
  const files = [...scene.session.ledger.files.values()].filter(({ id }) => id !== null);
  for (const file of files.slice(0, Math.ceil(files.length * share))) {
    await expectOk(scene, { op: "delete", ask: () => deleteFile(scene.session, file) });
  }
}

/** Every way of writing: 507 or, where room was reserved, success; and nothing moved on a 507. */
async function everyLaneRefuses(scene: Scene): Promise<void> {
  const { session, names, append, parts, report, random } = scene;
  await untilRefused(scene, {
    what: "append",
    step: () => appendBytes(session, { upload: append, length: PIECE_BYTES }),
  });
  const before = append.ackedEnd;
  const status = await answered(session.client.getUpload(append.id ?? ""));
  if (status.kind !== "ok" || status.value.offset !== before) {
    const found = status.kind === "ok" ? `offset ${status.value.offset}` : describeOutcome(status);
    report(wrong("a refused append changes nothing", { promise: `offset ${before}`, found }));
  }
  for (let first = 0; first < partCount(parts); first++) {
    if (parts.ackedParts.has(first)) continue;
    const part = await sendParts(session, { upload: parts, first, count: 1, withDigest: true });
    expectFullOrOk(scene, { op: "part", outcome: part });
    if (part.kind !== "ok") break;
  }
  await untilRefused(scene, {
    what: "batch",
    step: () => putBatch(session, [names.file(90_000), names.file(60_000)]),
  });
  const sized = { ...names.file(8 * 2 ** 20), partSize: 65_536, isSizeDeclared: true };
  const created = await createUpload(session, { ...sized, lane: "parts" });
  expectFullOrOk(scene, { op: "create", outcome: created.outcome });
  for (const finding of await verify(session, { random, sample: Infinity })) report(finding);
  if (created.outcome.kind === "ok") {
    await answered(session.client.abort(created.upload.id ?? ""));
    session.ledger.uploads.delete(created.upload.name);
  }
}

async function untilRefused(
  scene: Scene,
  { what, step }: { what: string; step: () => Promise<Outcome<unknown>> },
): Promise<boolean> {
  for (let count = 0; count < 200; count++) {
    const outcome = await step();
    if (outcome.kind === "ok") continue;
    expectFullOrOk(scene, { op: what, outcome });
    return true;
  }
  scene.report(wrong(`${what} on a full disk`, { found: "200 times 2xx" }));
  return false;
}

function expectFullOrOk(scene: Scene, step: { op: string; outcome: Outcome<unknown> }): void {
  const { op, outcome } = step;
  if (outcome.kind === "ok") return;
  if (outcome.kind === "refused" && outcome.status === 507 && outcome.isProblem) return;
  scene.report(wrong(`${op} on a full disk: 507 expected`, { found: describeOutcome(outcome) }));
}

async function expectOk(
  scene: Scene,
  { op, ask }: { op: string; ask: () => Promise<Outcome<unknown>> },
): Promise<void> {
  const outcome = await ask();
  if (outcome.kind === "ok") return;
  scene.report(wrong(`${op} on a full disk must work`, { found: describeOutcome(outcome) }));
}

/** The sweep needs a moment; the retry is what a client would do after a 507. */
async function expectSpace(scene: Scene, when: string): Promise<void> {
  const startedAt = Date.now();
  for (;;) {
    const wish = { ...scene.names.file(PIECE_BYTES), withDigest: true };
    const outcome = await putFile(scene.session, wish);
    const waitedMs = Date.now() - startedAt;
    if (outcome.kind === "ok") {
      scene.facts[`ms to recover ${when} (${scene.variant})`] = waitedMs;
      return;
    }
    if (waitedMs > RECOVERY_MS) {
      scene.report(wrong(`space returns ${when}`, { found: describeOutcome(outcome) }));
      return;
    }
    await delay(100);
  }
}

function writeUntilFull(path: string): void {
  const file = openSync(path, "w");
  try {
    for (let piece = Buffer.alloc(65_536, 1); piece.length > 0;) {
      try {
        writeSync(file, piece);
        fsyncSync(file);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
        piece = piece.subarray(0, Math.floor(piece.length / 2));
      }
    }
  } finally {
    closeSync(file);
  }
}

function freeBytes(disk: LoopDisk): number {
  const { bfree, bsize } = statfsSync(disk.path);
  return bfree * bsize;
}
