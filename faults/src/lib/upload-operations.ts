import type { UploadView } from "./client.ts";
import { contentAt, contentDigest, sha256Hex } from "./content.ts";
import type { FileWish } from "./file-operations.ts";
import {
  fileModel,
  isReadyToComplete,
  partCount,
  partLength,
  tell,
  type Session,
  type UploadModel,
} from "./ledger.ts";
import { isSurelyUndone, type Outcome } from "./outcome.ts";

export interface UploadWish extends FileWish {
  partSize: number;
  isSizeDeclared: boolean;
  lane: UploadModel["lane"];
}

interface Created {
  id: string;
  partSize: number;
}

export async function createUpload(
  session: Session,
  wish: UploadWish,
): Promise<{ upload: UploadModel; outcome: Outcome<Created> }> {
  const upload: UploadModel = {
    ...wish,
    id: null,
    state: "open",
    pending: "create",
    ackedParts: new Set(),
    sentParts: new Set(),
    ackedEnd: 0,
    sentEnd: 0,
    busy: true,
  };
  session.ledger.uploads.set(wish.name, upload);
  const outcome = await askToCreate(session, wish);
  tell(session, { op: "create", target: wish.name, outcome });
  if (outcome.kind === "ok") {
    const { id, partSize } = outcome.value;
    const { name, seed, size } = wish;
    await session.ledger.acknowledge({ op: "create", name, id, seed, size, partSize });
    Object.assign(upload, { id, partSize, pending: null });
  } else if (isSurelyUndone(outcome)) {
    session.ledger.uploads.delete(wish.name);
  }
  upload.busy = false;
  return { upload, outcome };
}

async function askToCreate(session: Session, wish: UploadWish): Promise<Outcome<Created>> {
  const { name, size, partSize, isSizeDeclared } = wish;
  if (wish.lane !== "tus") {
    return session.client.create({ name, size: isSizeDeclared ? size : null, partSize });
  }
  const outcome = await session.client.tusCreate({ name, size });
  return outcome.kind === "ok" ? { kind: "ok", value: { id: outcome.value, partSize } } : outcome;
}

/** Sends `count` consecutive parts in one request. */
export async function sendParts(
  session: Session,
  { upload, first, count, withDigest }: PartsWish,
): Promise<Outcome<unknown>> {
  const numbers = Array.from({ length: count }, (_, index) => first + index);
  for (const number of numbers) upload.sentParts.add(number);
  const start = first * upload.partSize;
  const length = numbers.reduce((sum, number) => sum + partLength(upload, number), 0);
  const bytes = contentAt({ seed: upload.seed, start, length });
  const outcome = await session.client.putParts(idOf(upload), { first, bytes, withDigest });
  tell(session, { op: "part", target: `${upload.name}#${first}+${count}`, outcome });
  if (outcome.kind === "ok") {
    const isNew = numbers.some((number) => !upload.ackedParts.has(number));
    await session.ledger.acknowledge({
      op: "part",
      id: upload.id,
      first,
      count,
      bytes: isNew ? length : 0,
      sha256: sha256Hex(bytes),
    });
    for (const number of numbers) upload.ackedParts.add(number);
  }
  return outcome;
}

export interface PartsWish {
  upload: UploadModel;
  first: number;
  count: number;
  withDigest: boolean;
}

/**
 * Sends the next `length` bytes. The last piece of an undeclared upload also declares the end; the
 * last piece of a tus upload also completes it.
 */
export async function appendBytes(
  session: Session,
  wish: { upload: UploadModel; length: number },
): Promise<Outcome<number>> {
  const { upload } = wish;
  const offset = upload.ackedEnd;
  const length = Math.min(wish.length, upload.size - offset);
  const end = offset + length;
  const completes = upload.lane === "tus" && end === upload.size;
  upload.sentEnd = Math.max(upload.sentEnd, end);
  if (completes) upload.pending = "complete";
  const bytes = contentAt({ seed: upload.seed, start: offset, length });
  const isLast = end === upload.size && !upload.isSizeDeclared;
  const outcome =
    upload.lane === "tus"
      ? await session.client.tusAppend(idOf(upload), { offset, bytes })
      : await session.client.append(idOf(upload), { offset, bytes, isLast });
  tell(session, { op: "append", target: `${upload.name}@${offset}+${length}`, outcome });
  if (outcome.kind === "ok") {
    const sha256 = sha256Hex(bytes);
    const op = completes ? "append-complete" : "append";
    await session.ledger.acknowledge({ op, id: upload.id, offset, bytes: length, sha256 });
    upload.ackedEnd = end;
    if (completes) await adoptFile(session, upload);
  } else if (isSurelyUndone(outcome)) {
    upload.pending = null;
  }
  return outcome;
}

/** A tus client is not told which file its upload became; its status says so. */
async function adoptFile(session: Session, upload: UploadModel): Promise<void> {
  const status = await session.client.getUpload(idOf(upload));
  if (status.kind !== "ok" || status.value.file === null) return;
  becomeFile(session, { upload, fileId: status.value.file.id });
}

/** The ledger's side of a completion. */
export function becomeFile(
  session: Session,
  { upload, fileId }: { upload: UploadModel; fileId: string },
): void {
  const { name, seed, size } = upload;
  const sha256 = contentDigest(upload);
  session.ledger.uploads.delete(name);
  session.ledger.files.set(name, fileModel({ name, seed, size, sha256, id: fileId }));
}

export async function completeUpload(
  session: Session,
  upload: UploadModel,
): Promise<Outcome<UploadView>> {
  const { name, size } = upload;
  const sha256 = contentDigest(upload);
  upload.busy = true;
  upload.pending = "complete";
  const outcome = await session.client.complete(idOf(upload), { size, digests: { sha256 } });
  tell(session, { op: "complete", target: name, outcome });
  if (outcome.kind === "ok" && outcome.value.file !== null) {
    const { id } = outcome.value.file;
    await session.ledger.acknowledge({ op: "complete", upload: upload.id, name, id, size, sha256 });
    becomeFile(session, { upload, fileId: id });
  } else if (isSurelyUndone(outcome)) {
    upload.pending = null;
  }
  upload.busy = false;
  return outcome;
}

export async function abortUpload(session: Session, upload: UploadModel): Promise<Outcome<null>> {
  const id = idOf(upload);
  upload.busy = true;
  upload.pending = "abort";
  const outcome = await session.client.abort(id);
  tell(session, { op: "abort", target: upload.name, outcome });
  if (outcome.kind === "ok") {
    await session.ledger.acknowledge({ op: "abort", id });
    session.ledger.uploads.delete(upload.name);
    session.ledger.abortedIds.push(id);
    if (session.ledger.abortedIds.length > 20) session.ledger.abortedIds.shift();
  } else if (isSurelyUndone(outcome)) {
    upload.pending = null;
  }
  upload.busy = false;
  return outcome;
}

export async function setPaused(
  session: Session,
  { upload, isPaused }: { upload: UploadModel; isPaused: boolean },
): Promise<Outcome<UploadView>> {
  const op = isPaused ? "pause" : "resume";
  upload.busy = true;
  upload.pending = op;
  const outcome = await session.client[op](idOf(upload));
  tell(session, { op, target: upload.name, outcome });
  if (outcome.kind === "ok") {
    await session.ledger.acknowledge({ op, id: upload.id });
    upload.state = isPaused ? "paused" : "open";
    upload.pending = null;
  } else if (isSurelyUndone(outcome)) {
    upload.pending = null;
  }
  upload.busy = false;
  return outcome;
}

/** Sends whatever is still missing and completes. Stops at the first answer that is not 2xx. */
export async function finishUpload(
  session: Session,
  upload: UploadModel,
): Promise<Outcome<unknown>> {
  upload.busy = true;
  let outcome: Outcome<unknown> = { kind: "ok", value: null };
  if (upload.state === "paused") outcome = await setPaused(session, { upload, isPaused: false });
  upload.busy = true;
  for (let part = 0; upload.lane === "parts" && part < partCount(upload); part++) {
    if (outcome.kind !== "ok") break;
    if (upload.ackedParts.has(part)) continue;
    outcome = await sendParts(session, { upload, first: part, count: 1, withDigest: true });
  }
  if (upload.lane !== "parts" && outcome.kind === "ok" && !isReadyToComplete(upload)) {
    outcome = await appendBytes(session, { upload, length: upload.size });
  }
  upload.busy = false;
  const isOver = outcome.kind !== "ok" || !session.ledger.uploads.has(upload.name);
  return isOver ? outcome : completeUpload(session, upload);
}

function idOf(upload: UploadModel): string {
  if (upload.id === null) throw new Error(`${upload.name} has no id yet`);
  return upload.id;
}
