import type { UploadView } from "./client.ts";
import { ackedBytes, ackedOffset, partCount, type Session, type UploadModel } from "./ledger.ts";
import { answered, lost, wrong, type Finding } from "./findings.ts";
import { describeOutcome } from "./outcome.ts";
import { becomeFile, completeUpload } from "./upload-operations.ts";

interface Check {
  upload: UploadModel;
  report: (finding: Finding) => void;
}

/** Compares one upload in progress with its status, and takes over what the server reports. */
export async function verifyUpload(session: Session, check: Check): Promise<void> {
  const { upload, report } = check;
  const id = upload.id ?? "";
  const outcome = await answered(session.client.getUpload(id));
  const promise = describeUpload(upload);
  if (outcome.kind !== "ok") {
    const isAbort = upload.pending === "abort" && [404, 410].includes(outcome.status);
    if (!isAbort) report(lost(upload.name, { promise, found: describeOutcome(outcome) }));
    session.ledger.uploads.delete(upload.name);
    return;
  }
  const view = outcome.value;
  if (view.state === "receiving" || view.state === "paused") {
    reconcileBytes(view, check);
    reconcileState(view, check);
    upload.pending = null;
    return;
  }
  if (upload.pending === "complete" && view.state === "completing") {
    const again = await completeUpload(session, upload);
    await answered(Promise.resolve(again));
    if (again.kind === "ok") return;
    report(lost(upload.name, { promise, found: `completing, then ${describeOutcome(again)}` }));
  } else if (upload.pending === "complete" && view.state === "complete" && view.file !== null) {
    becomeFile(session, { upload, fileId: view.file.id });
  } else if (!(upload.pending === "abort" && view.state === "aborted")) {
    report(lost(upload.name, { promise, found: `state ${view.state}` }));
  }
  session.ledger.uploads.delete(upload.name);
}

function reconcileBytes(view: UploadView, { upload, report }: Check): void {
  const promise = describeUpload(upload);
  const claims =
    `offset ${view.offset}, ${view.receivedBytes} bytes` +
    (view.missing === null ? "" : `, missing parts [${view.missing.join(" ")}]`);
  if (view.offset < ackedOffset(upload) || view.receivedBytes < ackedBytes(upload)) {
    report(lost(upload.name, { promise, found: claims }));
  }
  if (upload.lane !== "parts") {
    if (view.offset > upload.sentEnd) {
      report(wrong(`${upload.name} holds bytes that were never sent`, { promise, found: claims }));
    }
    upload.ackedEnd = view.offset;
    return;
  }
  const missing = new Set(view.missing ?? []);
  const lostParts = [...upload.ackedParts].filter((number) => missing.has(number));
  if (lostParts.length > 0) {
    report(lost(`parts [${lostParts.join(" ")}] of ${upload.name}`, { promise, found: claims }));
  }
  if (view.missing === null) return;
  for (let number = 0; number < partCount(upload); number++) {
    if (missing.has(number)) {
      upload.ackedParts.delete(number);
      continue;
    }
    if (!upload.sentParts.has(number) && upload.size > 0) {
      const what = `${upload.name} holds part ${number}, which was never sent`;
      report(wrong(what, { promise, found: claims }));
    }
    upload.ackedParts.add(number);
  }
}

function reconcileState(view: UploadView, { upload, report }: Check): void {
  const state = view.state === "paused" ? "paused" : "open";
  const isUndecided = upload.pending === "pause" || upload.pending === "resume";
  if (state !== upload.state && !isUndecided) {
    const facts = { promise: `${upload.state} (acknowledged)`, found: view.state };
    report(lost(`state of ${upload.name}`, facts));
  }
  upload.state = state;
}

function describeUpload(upload: UploadModel): string {
  const held =
    upload.lane !== "parts"
      ? `offset ${upload.ackedEnd}`
      : `parts [${[...upload.ackedParts].toSorted((a, b) => a - b).join(" ")}]`;
  const pending = upload.pending === null ? "" : `, ${upload.pending} unanswered`;
  return `upload ${upload.id ?? "?"} of ${upload.size} bytes, ${upload.state}, ${held}${pending}`;
}
