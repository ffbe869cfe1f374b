import type { FileView, UploadView } from "./client.ts";
import { contentAt, describeDifference, sha256Hex } from "./content.ts";
import { answered, lost, wrong, type Finding } from "./findings.ts";
import type { FileModel, Session } from "./ledger.ts";
import { describeOutcome } from "./outcome.ts";
import { inParallel } from "./parallel.ts";
import type { Random } from "./random.ts";
import { verifyUpload } from "./verify-upload.ts";

export interface VerifyPlan {
  random: Random;
  /** How many files that were already compared once are compared again; new ones always are. */
  sample: number;
}

/**
 * Compares everything the ledger holds with what the server now says and serves, and resolves what
 * was pending. Throws ConnectionLost when the server goes away on the way; calling it again on the
 * next process is then the right thing to do.
 */
export async function verify(session: Session, plan: VerifyPlan): Promise<Finding[]> {
  const findings: Finding[] = [];
  const report = (finding: Finding): void => void findings.push(finding);

  const listed = await answered(session.client.listUploads());
  if (listed.kind !== "ok") {
    report(wrong("list of uploads", { found: describeOutcome(listed) }));
    return findings;
  }
  await adoptUnansweredCreates(session, new Map(listed.value.map((view) => [view.name, view.id])));
  const underWay = await endStrays(session, listed.value);
  await inParallel([...session.ledger.uploads.values()], 6, async (upload) => {
    await verifyUpload(session, { upload, report });
  });
  await verifyAborted(session, { openIds: new Set(listed.value.map(({ id }) => id)), report });
  await verifyFiles(session, { plan, report, underWay });
  return findings;
}

/** Fetches one file and compares every byte. */
export async function verifyContent(
  session: Session,
  { file, report }: { file: FileModel; report: (finding: Finding) => void },
): Promise<void> {
  if (file.isReported) return;
  const outcome = await answered(session.client.download(file.id ?? ""));
  const promise = `${file.name} (${file.id ?? "no id"}), ${file.size} bytes, sha256 ${file.sha256}`;
  if (outcome.kind !== "ok") {
    file.isReported = true;
    report(lost(`content of ${file.name}`, { promise, found: describeOutcome(outcome) }));
  } else if (sha256Hex(outcome.value) !== file.sha256) {
    const expected = contentAt({ seed: file.seed, start: 0, length: file.size });
    const found = describeDifference(expected, outcome.value);
    file.isReported = true;
    report(lost(`content of ${file.name}`, { promise, found }));
  }
  file.timesChecked++;
}

/**
 * Uploads that no client created by itself: one-request puts that were cut off by the end of the
 * process. One that was already completing may still become its file, so its name stays open; the
 * others would only wait for their expiry, and are aborted.
 */
async function endStrays(session: Session, listed: readonly UploadView[]): Promise<Set<string>> {
  const known = new Set([...session.ledger.uploads.values()].map(({ id }) => id));
  const underWay = new Set<string>();
  for (const { id, name, state } of listed) {
    if (known.has(id)) continue;
    if (state === "completing") underWay.add(name);
    else if (!session.ledger.abortedIds.includes(id)) await answered(session.client.abort(id));
  }
  return underWay;
}

async function verifyFiles(
  session: Session,
  seen: {
    plan: VerifyPlan;
    report: (finding: Finding) => void;
    /** Names that a completion in the background may still bring. */
    underWay: ReadonlySet<string>;
  },
): Promise<void> {
  const { plan, report } = seen;
  const listed = await answered(session.client.listFiles());
  if (listed.kind !== "ok") {
    report(wrong("list of files", { found: describeOutcome(listed) }));
    return;
  }
  const found = new Map(listed.value.map((view) => [view.name, view]));
  for (const file of session.ledger.files.values()) {
    const view = found.get(file.name);
    found.delete(file.name);
    const isUndecided = view === undefined && seen.underWay.has(file.name);
    if (!isUndecided) reconcileFile(session, { file, view, report });
  }
  for (const view of found.values()) {
    const wasDeleted = session.ledger.deletedNames.has(view.name);
    const what = `${view.name} is listed`;
    if (wasDeleted) report(lost(what, { promise: "it was deleted", found: view.id }));
    else report(wrong(what, { found: `${view.id}, which nobody completed` }));
  }

  const present = [...session.ledger.files.values()].filter(({ id }) => id !== null);
  const old = plan.random.shuffle(present.filter((file) => file.timesChecked > 0));
  const fresh = present.filter((file) => file.timesChecked === 0);
  await inParallel([...fresh, ...old.slice(0, plan.sample)], 6, (file) =>
    verifyContent(session, { file, report }),
  );
}

function reconcileFile(
  session: Session,
  seen: { file: FileModel; view: FileView | undefined; report: (finding: Finding) => void },
): void {
  const { file, view, report } = seen;
  const { pending } = file;
  file.pending = null;
  if (view === undefined) {
    session.ledger.files.delete(file.name);
    if (pending === "delete") session.ledger.deletedNames.add(file.name);
    if (pending === null) {
      const promise = `complete file ${file.id ?? ""}, ${file.size} bytes, sha256 ${file.sha256}`;
      report(lost(file.name, { promise, found: "not listed" }));
    }
    return;
  }
  file.id ??= view.id;
  const claims = `${view.id}, ${view.size} bytes, sha256 ${view.sha256 ?? "(not yet known)"}`;
  const matches =
    view.id === file.id &&
    view.size === file.size &&
    (view.sha256 === null || view.sha256 === file.sha256);
  if (matches || file.isReported) return;
  file.isReported = true;
  const promise = `${file.id}, ${file.size} bytes, sha256 ${file.sha256}`;
  report(lost(`record of ${file.name}`, { promise, found: claims }));
}

/** A create without an answer may have worked: find it by its name, or forget it. */
async function adoptUnansweredCreates(
  session: Session,
  openByName: Map<string, string>,
): Promise<void> {
  for (const upload of session.ledger.uploads.values()) {
    if (upload.id !== null) continue;
    const id = openByName.get(upload.name);
    const outcome = id === undefined ? null : await answered(session.client.getUpload(id));
    if (id === undefined || outcome?.kind !== "ok") {
      session.ledger.uploads.delete(upload.name);
      continue;
    }
    upload.id = id;
    upload.partSize = outcome.value.partSize;
    upload.pending = null;
  }
}

async function verifyAborted(
  session: Session,
  seen: { openIds: Set<string>; report: (finding: Finding) => void },
): Promise<void> {
  for (const id of session.ledger.abortedIds) {
    if (seen.openIds.has(id)) {
      seen.report(lost(`upload ${id}`, { promise: "aborted", found: "listed as open" }));
    }
  }
  const newest = session.ledger.abortedIds.at(-1);
  if (newest === undefined) return;
  const outcome = await answered(session.client.getUpload(newest));
  const isOpen = outcome.kind === "ok" && outcome.value.state !== "aborted";
  if (isOpen) seen.report(lost(`upload ${newest}`, { promise: "aborted", found: "open" }));
}
