import { deleteFile } from "./file-operations.ts";
import { answered, lost, wrong, type Finding } from "./findings.ts";
import type { FileModel, Session, UploadModel } from "./ledger.ts";
import { describeOutcome, type Outcome } from "./outcome.ts";
import { inParallel } from "./parallel.ts";
import type { Random } from "./random.ts";
import { finishUpload } from "./upload-operations.ts";
import { verify, verifyContent } from "./verify.ts";

/** Keeps the data folder bounded: files already compared are deleted, oldest first. */
export async function tidyUp(
  session: Session,
  plan: { random: Random; keepFiles: number; keepUploads: number },
): Promise<void> {
  const { files, uploads } = session.ledger;
  const checked = [...files.values()].filter(({ timesChecked }) => timesChecked > 0);
  await inParallel(checked.slice(0, Math.max(0, files.size - plan.keepFiles)), 6, async (file) => {
    await answered(deleteFile(session, file));
  });
  const surplus = [...uploads.values()].slice(0, Math.max(0, uploads.size - plan.keepUploads));
  await inParallel(surplus, 4, async (upload) => {
    await answered(finishUpload(session, upload));
  });
}

/**
 * What a run of faults left: everything acknowledged is there, and what was refused works now. Leaves
 * a handful of files, so that the next run begins like this one.
 */
export async function settleAll(session: Session, random: Random): Promise<Finding[]> {
  const findings = await verify(session, { random, sample: 3 });
  findings.push(...(await finishEverything(session)));
  await tidyUp(session, { random, keepFiles: 6, keepUploads: 0 });
  return findings;
}

/** Resumes every open upload to its end and compares the file that comes out. */
export async function finishEverything(session: Session): Promise<Finding[]> {
  const findings: Finding[] = [];
  const report = (finding: Finding): void => void findings.push(finding);
  await inParallel([...session.ledger.uploads.values()], 4, async (upload: UploadModel) => {
    const promise = `upload ${upload.id ?? ""} can be resumed to its ${upload.size} bytes`;
    const outcome = await answered(finishUpload(session, upload));
    const file: FileModel | undefined = session.ledger.files.get(upload.name);
    if (file !== undefined) await verifyContent(session, { file, report });
    else report(unfinished(outcome)(upload.name, { promise, found: describeOutcome(outcome) }));
  });
  return findings;
}

/** "No room" and "not now" leave the bytes where they are; any other refusal means they are gone. */
function unfinished(outcome: Outcome<unknown>): typeof lost {
  const isForLater = outcome.kind === "refused" && [503, 507].includes(outcome.status);
  return isForLater ? wrong : lost;
}
