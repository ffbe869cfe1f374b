import { putBatch, putFile, deleteFile } from "./file-operations.ts";
import type { Finding } from "./findings.ts";
import type { Session, UploadModel } from "./ledger.ts";
import type { Names } from "./names.ts";
import type { Outcome } from "./outcome.ts";
import {
  abortUpload,
  appendBytes,
  completeUpload,
  createUpload,
  sendParts,
  setPaused,
} from "./upload-operations.ts";
import { verifyUpload } from "./verify-upload.ts";

const PART_BYTES = 65_536;

/**
 * One fixed pass over the upload path, one request at a time, so that the N-th system call is the
 * same step in every run. A refused step is repeated once, after asking for the status as a client
 * would; when that is refused too, what depends on it is left for after the restart.
 */
export async function runScript(session: Session, plan: ScriptPlan): Promise<void> {
  const { names } = plan;
  const steps = createSteps(session, plan);
  const small = names.file(4_096);
  await putFile(session, { ...small, withDigest: true });
  await putFile(session, { ...names.file(1_300_000), withDigest: false });
  await putBatch(session, [names.file(100), names.file(9_000), names.file(0), names.file(31_000)]);

  const parts = await steps.create({ ...names.file(4 * PART_BYTES - 999), lane: "parts" });
  for (const first of [2, 0, 3, 1]) await steps.part(parts, first);
  await steps.complete(parts);

  const tail = await steps.create({ ...names.file(150_000), lane: "append" });
  for (const length of [70_000, 50_000, 30_000]) await steps.append(tail, length);
  await steps.complete(tail);

  const dropped = await steps.create({ ...names.file(2 * PART_BYTES), lane: "parts" });
  await steps.part(dropped, 1);
  await steps.pauseAndAbort(dropped);

  const stored = session.ledger.files.get(small.name);
  if (stored?.pending === null && stored.id !== null) await deleteFile(session, stored);

  const unfinished = await steps.create({ ...names.file(3 * PART_BYTES), lane: "parts" });
  await steps.part(unfinished, 2);
  await steps.part(unfinished, 0);
}

export interface ScriptPlan {
  names: Names;
  report: (finding: Finding) => void;
}

interface UploadWish {
  name: string;
  seed: string;
  size: number;
  lane: UploadModel["lane"];
}

function createSteps(session: Session, { report }: ScriptPlan) {
  /** Null once a step was refused twice: the rest of that upload waits for the restart. */
  const givenUp = new Set<UploadModel>();
  const attempt = async (
    upload: UploadModel,
    step: () => Promise<Outcome<unknown>>,
  ): Promise<void> => {
    if (givenUp.has(upload) || !isOpen(session, upload)) return;
    if ((await step()).kind === "ok") return;
    const isThere = await session.client.getUpload(upload.id ?? "");
    if (isThere.kind === "ok") {
      await verifyUpload(session, { upload, report });
      if (!isOpen(session, upload)) return;
      if ((await step()).kind === "ok") return;
    }
    givenUp.add(upload);
  };
  return {
    async create(wish: UploadWish): Promise<UploadModel> {
      const full = { ...wish, partSize: PART_BYTES, isSizeDeclared: wish.lane === "parts" };
      const first = await createUpload(session, full);
      if (first.outcome.kind === "ok") return first.upload;
      const name = `again-${wish.name}`;
      return (await createUpload(session, { ...full, name })).upload;
    },
    part: (upload: UploadModel, first: number) =>
      attempt(upload, async () => {
        if (upload.ackedParts.has(first)) return { kind: "ok", value: null };
        return sendParts(session, { upload, first, count: 1, withDigest: true });
      }),
    append: (upload: UploadModel, length: number) =>
      attempt(upload, () => appendBytes(session, { upload, length })),
    complete: (upload: UploadModel) => attempt(upload, () => completeUpload(session, upload)),
    async pauseAndAbort(upload: UploadModel): Promise<void> {
      await attempt(upload, () => setPaused(session, { upload, isPaused: true }));
      await attempt(upload, () => abortUpload(session, upload));
    },
  };
}

function isOpen(session: Session, upload: UploadModel): boolean {
  return upload.id !== null && session.ledger.uploads.get(upload.name) === upload;
}
