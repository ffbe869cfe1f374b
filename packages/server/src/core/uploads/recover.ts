/**
 * Start-up: brings rows and bytes back into agreement after whatever ended the last run. A row without bytes is an alarm and is
 * lowered to what is there; bytes without a row are harmless and are put away.
 *
 *   1. staging shorter than its rows (or gone)   → rows past its end dropped, alarm
 *   2. balanced uploads                          → each range's CRC read again; a range that differs is dropped
 *   3. uploads of one request each              → aborted: that request is gone, and nobody else knows of them
 *   4. completing uploads                        → redone (in the background: hashing may take long)
 *   5. staging without an open upload, > 24 h    → removed; younger is left, its creation may have been cut
 *   6. stored files without a row                → quarantined
 */
import { crc32 } from "node:zlib";
import type { BlobIndex } from "../blobs/blob-index.ts";
import type { BlobStore } from "../blobs/blob-store.ts";
import type { Capacity } from "../blobs/capacity.ts";
import type { Clock } from "../clock.ts";
import { systemActor } from "../events.ts";
import type { CompleteUpload } from "./complete.ts";
import type { UploadStore } from "./upload-store.ts";
import { awaitedBytes, type HeldRange, type Upload } from "./upload.ts";

export interface RecoverReport {
  openUploads: number;
  /** Uploads whose acknowledged bytes were not there: must be 0; anything else is an alarm. */
  ackLost: number;
  /** Ranges of `balanced` uploads that did not verify: expected after a power cut. */
  unverifiedRanges: number;
  /** Uploads of one request each, whose request did not survive the process. */
  abandoned: number;
  redone: number;
  removedStaging: number;
  quarantined: number;
}

export interface RecoverDependencies {
  readonly uploads: UploadStore;
  readonly index: BlobIndex;
  readonly blobs: BlobStore;
  readonly capacity: Capacity;
  readonly completeUpload: CompleteUpload;
  readonly clock: Clock;
  readonly onAckLost: (facts: {
    uploadId: string;
    claimedBytes: number;
    foundBytes: number;
  }) => void;
  /** A redone completion failed: the upload is open again, and its client will hear why when it asks. */
  readonly onRedoFailed: (facts: { uploadId: string; error: unknown }) => void;
}

const staleStagingMs = 24 * 60 * 60 * 1000;

/** Resolves when requests may be served; `settled` resolves when the background part is done too. */
export async function recover(
  dependencies: RecoverDependencies,
): Promise<{ report: RecoverReport; settled: Promise<void> }> {
  const report: RecoverReport = {
    openUploads: 0,
    ackLost: 0,
    unverifiedRanges: 0,
    abandoned: 0,
    redone: 0,
    removedStaging: 0,
    quarantined: 0,
  };
  await abandon(dependencies, report);
  await matchStaging(dependencies, report);
  const unsettled = await dependencies.uploads.unsettled();
  for (const upload of unsettled) {
    if (upload.durability === "balanced") await verifyRanges(dependencies, { upload, report });
  }
  await putOrphansAway(dependencies, report);
  return { report, settled: redo(dependencies, { unsettled, report }) };
}

async function abandon(
  { uploads, blobs, clock }: RecoverDependencies,
  report: RecoverReport,
): Promise<void> {
  for (;;) {
    const page = await uploads.requestBound({ limit: 500 });
    if (page.length === 0) return;
    for (const { id, state } of page) {
      const end = { from: [state], to: "aborted", actor: systemActor, now: clock.now() } as const;
      if (!(await uploads.transition({ id, ...end }))) throw new Error(`${id} moved by itself`);
      await blobs.staging.remove(id);
      report.abandoned++;
    }
  }
}

async function matchStaging(
  { uploads, blobs, capacity, clock, onAckLost }: RecoverDependencies,
  report: RecoverReport,
) {
  const found = new Map<string, { length: number; modifiedAt: number }>();
  for await (const file of blobs.staging.list()) found.set(file.id, file);
  let after = "";
  for (;;) {
    const page = await uploads.openExtents({ after, limit: 1_000 });
    const last = page.at(-1);
    if (!last) break;
    after = last.id;
    for (const { id, highestByte, reservedBytes } of page) {
      report.openUploads++;
      const held = highestByte === 0 ? 0 : ((await uploads.find(id))?.receivedBytes ?? 0);
      capacity.promise(id, reservedBytes - held);
      const length = found.get(id)?.length;
      found.delete(id);
      if (length === undefined) await blobs.staging.create(id);
      if ((length ?? 0) >= highestByte) continue;
      const ranges = await uploads.ranges(id);
      const keep = clipRanges(ranges, length ?? 0);
      if ((await uploads.find(id))?.durability === "strict") {
        report.ackLost++;
        onAckLost({ uploadId: id, claimedBytes: highestByte, foundBytes: length ?? 0 });
      } else {
        // Nothing was flushed, and nothing more was promised.
        report.unverifiedRanges += ranges.length - keep.length || 1;
      }
      capacity.promise(id, awaitedBytes(await uploads.dropRanges({ id, keep, now: clock.now() })));
    }
  }
  for (const [id, { modifiedAt }] of found) {
    const upload = await uploads.find(id);
    if (!upload && clock.now() - modifiedAt < staleStagingMs) continue;
    await blobs.staging.remove(id);
    report.removedStaging++;
  }
}

/** A range with a CRC is whole or nothing. */
function clipRanges(ranges: readonly HeldRange[], length: number): HeldRange[] {
  return ranges
    .filter(({ start, end, crc32 }) => (crc32 === null ? start : end) <= length)
    .map((range) => ({ ...range, end: Math.min(range.end, length) }));
}

async function verifyRanges(
  { uploads, blobs, capacity, clock }: RecoverDependencies,
  { upload, report }: { upload: Upload; report: RecoverReport },
): Promise<void> {
  const ranges = await uploads.ranges(upload.id);
  const keep: HeldRange[] = [];
  await using file = await blobs.staging.open(upload.id);
  for (const range of ranges) {
    const bytes = Buffer.allocUnsafe(range.end - range.start);
    const count = await file.read(bytes, range.start);
    if (range.crc32 === null || (count === bytes.length && crc32(bytes) === range.crc32))
      keep.push(range);
  }
  if (keep.length === ranges.length) return;
  report.unverifiedRanges += ranges.length - keep.length;
  const lowered = await uploads.dropRanges({ id: upload.id, keep, now: clock.now() });
  capacity.promise(upload.id, awaitedBytes(lowered));
}

async function putOrphansAway(
  { index, blobs }: RecoverDependencies,
  report: RecoverReport,
): Promise<void> {
  let page: { stored: string; kind: "blob" | "pack" }[] = [];
  const check = async (): Promise<void> => {
    const known = await index.known(page.map(({ stored }) => stored));
    for (const file of page) {
      if (known.has(file.stored)) continue;
      await blobs.quarantine(file);
      report.quarantined++;
    }
    page = [];
  };
  for await (const { stored, kind } of blobs.list()) {
    page.push({ stored, kind });
    if (page.length === 500) await check();
  }
  await check();
}

async function redo(
  { completeUpload, onRedoFailed }: RecoverDependencies,
  { unsettled, report }: { unsettled: Upload[]; report: RecoverReport },
): Promise<void> {
  for (const { id, state } of unsettled) {
    if (state !== "completing") continue;
    try {
      await completeUpload({ id, actor: systemActor });
      report.redone++;
    } catch (error) {
      onRedoFailed({ uploadId: id, error });
    }
  }
}
