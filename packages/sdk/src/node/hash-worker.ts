/**
 * Hashes files on its own thread. Messages in: `start` a job, `advance` how far the file may be
 * read, `cancel` it. Messages out: how much is `hashed`, then `done` or `failed`.
 */
import { createHash } from "node:crypto";
import { open, type FileHandle } from "node:fs/promises";
import { parentPort } from "node:worker_threads";

export type HashRequest =
  | { type: "start"; id: number; path: string; size: number }
  | { type: "advance"; id: number; end: number }
  | { type: "cancel"; id: number };

export type HashReply =
  | { type: "hashed"; id: number; bytes: number }
  | { type: "done"; id: number; sha256: string }
  | { type: "failed"; id: number; error: unknown };

interface Job {
  end: number;
  isCancelled: boolean;
  wake(): void;
}

const READ_BYTES = 1024 ** 2;
const REPORT_BYTES = 8 * 1024 ** 2;

const jobs = new Map<number, Job>();

parentPort?.on("message", (request: HashRequest) => {
  if (request.type === "start") void runJob(request);
  const job = jobs.get(request.id);
  if (job === undefined) return;
  if (request.type === "advance") job.end = Math.max(job.end, request.end);
  if (request.type === "cancel") job.isCancelled = true;
  job.wake();
});

async function runJob({ id, path, size }: { id: number; path: string; size: number }) {
  const job: Job = { end: 0, isCancelled: false, wake: () => undefined };
  jobs.set(id, job);
  try {
    await using file = await open(path);
    const sha256 = await hashFile(file, { id, size, job });
    if (sha256 !== null) reply({ type: "done", id, sha256 });
  } catch (error) {
    reply({ type: "failed", id, error });
  } finally {
    jobs.delete(id);
  }
}

/** While one buffer is hashed, the next is being read. Null when cancelled. */
async function hashFile(
  file: FileHandle,
  { id, size, job }: { id: number; size: number; job: Job },
): Promise<string | null> {
  const hash = createHash("sha256");
  let spare = Buffer.allocUnsafeSlow(READ_BYTES);
  let buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  let hashed = 0;
  let reported = 0;
  let reading = readAt(file, { buffer, position: 0, size, job });
  while (hashed < size) {
    const length = await reading;
    if (job.isCancelled) return null;
    if (length === 0) throw new Error(`the file ended at ${hashed} of ${size} bytes`);
    const full = buffer.subarray(0, length);
    [buffer, spare] = [spare, buffer];
    const position = hashed + length;
    if (position < size) {
      reading = readAt(file, { buffer, position, size, job });
      // Awaited in the next round; failing while this buffer is hashed is not unhandled.
      reading.catch(() => null);
    }
    hash.update(full);
    hashed = position;
    if (hashed - reported >= REPORT_BYTES || hashed === size) {
      reported = hashed;
      reply({ type: "hashed", id, bytes: hashed });
    }
  }
  return hash.digest("hex");
}

async function readAt(
  file: FileHandle,
  { buffer, position, size, job }: { buffer: Buffer; position: number; size: number; job: Job },
): Promise<number> {
  while (position >= Math.min(job.end, size) && !job.isCancelled) {
    await new Promise<void>((resolve) => {
      job.wake = resolve;
    });
  }
  if (job.isCancelled) return 0;
  const length = Math.min(buffer.length, Math.min(job.end, size) - position);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  return bytesRead;
}

function reply(message: HashReply): void {
  parentPort?.postMessage(message);
}
