/**
 * The hashing thread. Each stream is a queue of work done in order; streams take turns slice by slice, so that one that catches up on
 * gigabytes from disk does not hold up the others.
 */
import { flushCompileCache } from "node:module";
import { parentPort } from "node:worker_threads";
import type { DigestAlgorithm, Digests } from "../core/blobs/digest.ts";
import { openDirectReader } from "./direct-reader.ts";
import { openHash, type RunningHash } from "./running-hash.ts";

export type HashRequest =
  | { op: "open"; stream: number; algorithms: readonly DigestAlgorithm[]; path: string | null }
  | { op: "append"; stream: number; ticket: number; bytes: Uint8Array }
  | { op: "file"; stream: number; ticket: number; start: number; end: number }
  | { op: "mark" | "rewind" | "close"; stream: number }
  | { op: "digest"; stream: number; ticket: number };

export type HashReply = { ticket: number; digests?: Digests; error?: Error };

type Work = Exclude<HashRequest, { op: "open" }>;
type Hashes = Map<DigestAlgorithm, RunningHash>;

interface Stream {
  readonly queue: Work[];
  readonly path: string | null;
  hashes: Hashes;
  marked: Hashes;
  busy: boolean;
}

const port = parentPort!;
const streams = new Map<number, Stream>();
const reply = (message: HashReply) => port.postMessage(message);

const copyOf = (hashes: Hashes): Hashes =>
  new Map([...hashes].map(([name, hash]) => [name, hash.copy()]));

async function update({ hashes }: Stream, bytes: Uint8Array): Promise<void> {
  for (const hash of hashes.values()) await hash.append(bytes);
}

function digestsOf(hashes: Hashes): Digests {
  return Object.fromEntries([...hashes].map(([name, hash]) => [name, hash.digest()]));
}

/** Reads ahead one slice while the last is hashed; the turn of other streams comes with each await. */
async function appendFromFile(
  stream: Stream,
  { start, end }: { start: number; end: number },
): Promise<void> {
  if (stream.path === null) throw new Error("the hash stream has no file to read from");
  await using reader = await openDirectReader(stream.path);
  let pending: Promise<Uint8Array> | undefined = start < end ? reader.read(start, end) : undefined;
  let position = start;
  while (pending) {
    const bytes = await pending;
    position += bytes.length;
    pending = position < end ? reader.read(position, end) : undefined;
    await update(stream, bytes);
  }
}

async function perform(id: number, work: Work): Promise<void> {
  const stream = streams.get(id)!;
  switch (work.op) {
    case "append":
      await update(stream, work.bytes);
      return reply({ ticket: work.ticket });
    case "file":
      await appendFromFile(stream, work);
      return reply({ ticket: work.ticket });
    case "mark":
      stream.marked = copyOf(stream.hashes);
      return;
    case "rewind":
      stream.hashes = copyOf(stream.marked);
      return;
    case "digest":
      return reply({ ticket: work.ticket, digests: digestsOf(stream.hashes) });
    case "close":
      streams.delete(id);
  }
}

async function drain(id: number, stream: Stream): Promise<void> {
  if (stream.busy) return;
  stream.busy = true;
  for (let work = stream.queue.shift(); work; work = stream.queue.shift()) {
    try {
      await perform(id, work);
    } catch (error) {
      if (!("ticket" in work)) throw error;
      reply({ ticket: work.ticket, error: error as Error });
    }
  }
  stream.busy = false;
}

port.on("message", (request: HashRequest) => {
  if (request.op === "open") {
    const fresh = (): Hashes => new Map(request.algorithms.map((name) => [name, openHash(name)]));
    streams.set(request.stream, {
      queue: [],
      path: request.path,
      hashes: fresh(),
      marked: fresh(),
      busy: false,
    });
    return;
  }
  const stream = streams.get(request.stream);
  if (!stream) throw new Error(`hash stream ${request.stream} is not open`);
  stream.queue.push(request);
  void drain(request.stream, stream);
});

// A thread that is terminated keeps nothing: without this every start compiles its sources anew, at twice the memory.
flushCompileCache();
