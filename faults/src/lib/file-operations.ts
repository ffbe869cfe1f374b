import type { BatchResult, FileView, NamedBytes } from "./client.ts";
import { contentAt, sha256Hex } from "./content.ts";
import { fileModel, tell, type FileModel, type Session } from "./ledger.ts";
import { isSurelyUndone, type Outcome } from "./outcome.ts";

/**
 * Every operation follows the same order: note the intent in the ledger, send, and on a 2xx log the
 * acknowledgement durably before the model counts it. Anything else leaves the intent pending.
 */
export interface FileWish {
  name: string;
  seed: string;
  size: number;
}

export async function putFile(
  session: Session,
  wish: FileWish & { withDigest: boolean },
): Promise<Outcome<unknown>> {
  const { file, bytes } = intendFile(session, wish);
  const outcome = await session.client.putFile({
    name: wish.name,
    bytes,
    withDigest: wish.withDigest,
  });
  tell(session, { op: "put", target: wish.name, outcome });
  if (outcome.kind === "ok") await ownFile(session, { file, id: outcome.value.id, op: "put" });
  else if (isSurelyUndone(outcome)) session.ledger.files.delete(wish.name);
  file.busy = false;
  return outcome;
}

/** Each file of a batch has an outcome of its own; returned is the first refusal, or the whole's. */
export async function putBatch(session: Session, wishes: FileWish[]): Promise<Outcome<unknown>> {
  const intended = wishes.map((wish) => intendFile(session, wish));
  const entries: NamedBytes[] = intended.map(({ file, bytes }) => ({ name: file.name, bytes }));
  const outcome = await session.client.putBatch(entries);
  const refusals: Outcome<unknown>[] = [];
  for (const [index, { file }] of intended.entries()) {
    const mine = outcomeOfEntry(outcome, index);
    tell(session, { op: "batch", target: file.name, outcome: mine });
    if (mine.kind === "ok") await ownFile(session, { file, id: mine.value.id, op: "batch" });
    else refusals.push(mine);
    if (isSurelyUndone(mine)) session.ledger.files.delete(file.name);
    file.busy = false;
  }
  return refusals[0] ?? outcome;
}

function outcomeOfEntry(whole: Outcome<BatchResult[]>, index: number): Outcome<FileView> {
  if (whole.kind !== "ok") return whole;
  const result = whole.value[index];
  if (result === undefined) return { kind: "unknown", reason: `no result ${index} in the answer` };
  const { status, code, file } = result;
  if (status === 201 && file !== null) return { kind: "ok", value: file };
  return { kind: "refused", status, code, isProblem: code !== "" };
}

export async function deleteFile(session: Session, file: FileModel): Promise<Outcome<unknown>> {
  if (file.id === null) throw new Error(`${file.name} has no id yet`);
  file.busy = true;
  file.pending = "delete";
  const outcome = await session.client.deleteFile(file.id);
  tell(session, { op: "delete", target: file.name, outcome });
  if (outcome.kind === "ok") {
    await session.ledger.acknowledge({ op: "delete", name: file.name, id: file.id });
    session.ledger.files.delete(file.name);
    session.ledger.deletedNames.add(file.name);
  } else if (isSurelyUndone(outcome)) {
    file.pending = null;
  }
  file.busy = false;
  return outcome;
}

/** Puts a file into the ledger as "perhaps there", and makes its bytes. */
export function intendFile(session: Session, wish: FileWish): { file: FileModel; bytes: Buffer } {
  const bytes = contentAt({ seed: wish.seed, start: 0, length: wish.size });
  const file = fileModel({ ...wish, sha256: sha256Hex(bytes), id: null });
  file.pending = "create";
  file.busy = true;
  session.ledger.files.set(wish.name, file);
  return { file, bytes };
}

async function ownFile(
  session: Session,
  owned: { file: FileModel; id: string; op: string },
): Promise<void> {
  const { name, seed, size, sha256 } = owned.file;
  const { id, op } = owned;
  await session.ledger.acknowledge({ op, name, id, seed, bytes: size, sha256 });
  owned.file.id = id;
  owned.file.pending = null;
}
