import { setTimeout as delay } from "node:timers/promises";
import { contentAt } from "./content.ts";
import { wrong, type Finding } from "./findings.ts";
import type { Session, UploadModel } from "./ledger.ts";
import type { Names } from "./names.ts";
import { describeOutcome } from "./outcome.ts";
import { openRaw, requestHead, type RawConnection, type RawReply } from "./raw-connection.ts";
import { appendBytes, createUpload, sendParts } from "./upload-operations.ts";
import { verifyUpload } from "./verify-upload.ts";

export const MIN_BYTES_PER_SECOND = 2_000;
export const WINDOW_MS = 1_500;

/** Two windows must pass before the slowest client is surely noticed. */
const PATIENCE_MS = WINDOW_MS * 4 + 2_000;
const PART_BYTES = 65_536;

interface Scene {
  names: Names;
  report: (finding: Finding) => void;
}

/** All at once: the waiting is the same for everyone. */
export async function crawlAndStall(session: Session, scene: Scene): Promise<void> {
  await Promise.all([
    crawlPart(session, scene),
    crawlAppend(session, scene),
    crawlFile(session, scene),
    steadyPart(session, scene),
    stallAndTakeOver(session, scene),
  ]);
}

async function crawlPart(session: Session, scene: Scene): Promise<void> {
  const upload = await openUpload(session, { scene, lane: "parts" });
  const raw = await begin(session, { upload, start: 0, length: PART_BYTES });
  const { reply } = await crawl(raw, contentAt({ seed: upload.seed, start: 0, length: 100 }));
  expect408(scene, { what: "a part at 1 byte/s", reply });
  await verifyUpload(session, { upload, report: scene.report });
}

async function crawlAppend(session: Session, scene: Scene): Promise<void> {
  const upload = await openUpload(session, { scene, lane: "append" });
  await appendBytes(session, { upload, length: 5_000 });
  const start = upload.ackedEnd;
  const raw = await begin(session, { upload, start, length: PART_BYTES });
  const { reply, sent } = await crawl(raw, contentAt({ seed: upload.seed, start, length: 100 }));
  upload.sentEnd = start + sent;
  expect408(scene, { what: "an append at 1 byte/s", reply });
  await verifyUpload(session, { upload, report: scene.report });
}

/** The name is not in the ledger, so the verifier reports it if it appears. */
async function crawlFile(session: Session, scene: Scene): Promise<void> {
  const { name, seed } = scene.names.file(50_000);
  const { endpoint } = session.client.http;
  const raw = await openRaw(endpoint);
  const headers = { "content-length": "50000", "content-type": "application/octet-stream" };
  await raw.write(requestHead(endpoint, { method: "PUT", path: `/files/${name}`, headers }));
  const { reply } = await crawl(raw, contentAt({ seed, start: 0, length: 100 }));
  expect408(scene, { what: "a file at 1 byte/s", reply });
}

/** Twice the minimum, in small pieces, over several windows: never cut. */
async function steadyPart(session: Session, scene: Scene): Promise<void> {
  const upload = await openUpload(session, { scene, lane: "parts", size: 24_000 });
  upload.sentParts.add(0);
  const raw = await begin(session, { upload, start: 0, length: upload.size });
  const piece = Math.round((MIN_BYTES_PER_SECOND * 2) / 10);
  for (let start = 0; start < upload.size; start += piece) {
    const length = Math.min(piece, upload.size - start);
    await raw.write(contentAt({ seed: upload.seed, start, length }));
    await delay(100);
  }
  const reply = await raw.reply(PATIENCE_MS);
  if (reply?.status === 200) {
    await session.ledger.acknowledge({ op: "part", id: upload.id, first: 0, bytes: upload.size });
    upload.ackedParts.add(0);
  } else {
    const promise = `a steady ${MIN_BYTES_PER_SECOND * 2} bytes/s is never cut`;
    scene.report(wrong("a slow but steady part", { promise, found: describeReply(reply) }));
  }
  raw.close();
}

/**
 * One writer stops in the middle of a part and holds its connection. A status query does not wait
 * for it, a second writer of the same part succeeds at once, and the first is not left hanging.
 */
async function stallAndTakeOver(session: Session, scene: Scene): Promise<void> {
  const upload = await openUpload(session, { scene, lane: "parts" });
  const stalled = await begin(session, { upload, start: 0, length: PART_BYTES });
  await stalled.write(contentAt({ seed: upload.seed, start: 0, length: 30_000 }));
  await delay(100);
  const asked = performance.now();
  const status = await session.client.getUpload(upload.id ?? "");
  report(asked, `status while a writer stalls (${describeOutcome(status)})`);
  const began = performance.now();
  const taken = await sendParts(session, { upload, first: 0, count: 1, withDigest: true });
  report(began, `takeover of a stalled part (${describeOutcome(taken)})`);
  if (taken.kind !== "ok") {
    scene.report(wrong("takeover of a stalled part", { found: describeOutcome(taken) }));
  }
  const reply = await stalled.reply(PATIENCE_MS);
  const isTold = reply === null || [408, 409].includes(reply.status);
  if (!isTold) scene.report(wrong("the stalled writer", { found: describeReply(reply) }));
  stalled.close();

  function report(since: number, what: string): void {
    const ms = performance.now() - since;
    // Generous against a busy machine, and still far below the time-out that ends a stall.
    if (ms > 1_000) scene.report(wrong(what, { found: `took ${Math.round(ms)} ms` }));
  }
}

async function openUpload(
  session: Session,
  wish: { scene: Scene; lane: UploadModel["lane"]; size?: number },
): Promise<UploadModel> {
  const { upload } = await createUpload(session, {
    ...wish.scene.names.file(wish.size ?? 2 * PART_BYTES),
    partSize: PART_BYTES,
    isSizeDeclared: true,
    lane: wish.lane,
  });
  return upload;
}

/** Sends the head of a request for a part or an append, and no byte of its body. */
async function begin(
  session: Session,
  { upload, start, length }: { upload: UploadModel; start: number; length: number },
): Promise<RawConnection> {
  const { endpoint } = session.client.http;
  const headers = {
    "content-type": "application/octet-stream",
    "content-length": String(length),
    ...(upload.lane === "append" ? { "upload-offset": String(start) } : {}),
  };
  const path = `/uploads/${upload.id}${upload.lane === "parts" ? "/parts/0" : ""}`;
  const method = upload.lane === "parts" ? "PUT" : "PATCH";
  const raw = await openRaw(endpoint);
  await raw.write(requestHead(endpoint, { method, path, headers }));
  return raw;
}

/** One byte a second until the server has enough of it. */
async function crawl(
  raw: RawConnection,
  bytes: Buffer,
): Promise<{ reply: RawReply | null; sent: number }> {
  let reply: RawReply | null = null;
  let sent = 0;
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline;) {
    if (!(await raw.write(bytes.subarray(sent, sent + 1)))) break;
    sent++;
    reply = await raw.reply(1_000);
    if (reply !== null) break;
  }
  reply ??= await raw.reply(50);
  raw.close();
  return { reply, sent };
}

function expect408(scene: Scene, { what, reply }: { what: string; reply: RawReply | null }): void {
  if (reply?.status === 408) return;
  scene.report(wrong(what, { promise: "408", found: describeReply(reply) }));
}

function describeReply(reply: RawReply | null): string {
  return reply === null ? "no answer" : `${reply.status} ${reply.code}`;
}
