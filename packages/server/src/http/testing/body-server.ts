/** A server whose one route reads its body through `createBodySource` and says what it got, for tests of that alone. */
import { createHash } from "node:crypto";
import type { AddressInfo } from "node:net";
import { pino } from "pino";
import { createSlabPool, slabAlignment, type SlabPool } from "../../core/blobs/slab-pool.ts";
import { isCoreError } from "../../core/errors.ts";
import { createApp } from "../app.ts";
import { createBodySource, type BodyOptions } from "../shared/body-source.ts";
import type { RawConnection } from "./raw.ts";
import { acceptRawBodies } from "../shared/raw-bodies.ts";

export interface BodyReport {
  readonly declaredLength: number | null;
  readonly length: number;
  readonly sha256: string;
  /** Bytes that came in shared memory. */
  readonly slabBytes: number;
  /** Chunks of at least a mebibyte's quarter in shared memory that do not stand as their place in the file does. */
  readonly misaligned: number;
  /** The code of the refusal that ended it. */
  readonly error?: string;
  readonly receivedBytes?: number;
}

export interface BodyServer extends AsyncDisposable {
  readonly port: number;
  readonly pool: SlabPool;
  readonly slabs: number;
  /** Reports of the bodies that have ended, whether or not anybody heard the answer. */
  readonly reports: BodyReport[];
  /** Awaited before each chunk is given back; replace it to hold the reader up. */
  onChunk: (soFar: number) => Promise<void> | void;
  /** Aborts the reading of bodies that begin from now on. */
  abort: AbortController;
}

export async function startBodyServer({
  slabs = 8,
  rate = { minBytesPerSecond: 0, windowMs: 60_000 },
  takeSockets = true,
}: Partial<BodyOptions> & { slabs?: number } = {}): Promise<BodyServer> {
  const pool = createSlabPool({ slabs });
  const server: Omit<BodyServer, "port" | typeof Symbol.asyncDispose> = {
    pool,
    slabs,
    reports: [],
    onChunk: () => undefined,
    abort: new AbortController(),
  };
  const app = await createApp({
    logger: pino({ level: "silent" }),
    version: "0.0.0",
    registerDialects(http) {
      void http.register(async (raw) => {
        acceptRawBodies(raw);
        raw.put("/body/:position", async (request) => {
          const { position } = request.params as { position: string };
          const source = createBodySource(request.raw, { pool, rate, takeSockets });
          const report = await read(source, { position: Number(position), server });
          server.reports.push(report);
          return report;
        });
      });
    },
  });
  await app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = app.server.address() as AddressInfo;
  return Object.assign(server, { port, [Symbol.asyncDispose]: () => app.close() });
}

async function read(
  source: ReturnType<typeof createBodySource>,
  { position, server }: { position: number; server: Pick<BodyServer, "onChunk" | "abort"> },
): Promise<BodyReport> {
  const hash = createHash("sha256");
  const { declaredLength } = source;
  let length = 0;
  let slabBytes = 0;
  let misaligned = 0;
  const report = () => ({
    declaredLength,
    length,
    slabBytes,
    misaligned,
    sha256: hash.digest("hex"),
  });
  try {
    for await (const { bytes, release } of source.chunks({
      position,
      signal: server.abort.signal,
    })) {
      const isShared = bytes.buffer instanceof SharedArrayBuffer;
      if (isShared) slabBytes += bytes.length;
      const place = (position + length) % slabAlignment;
      if (isShared && bytes.byteOffset % slabAlignment !== place) misaligned++;
      hash.update(bytes);
      length += bytes.length;
      await server.onChunk(length);
      // Whoever still looks at it sees that it is no longer theirs.
      bytes.fill(0xdb);
      release();
    }
    return report();
  } catch (error) {
    if (!isCoreError(error)) throw error;
    const receivedBytes = "receivedBytes" in error.facts ? error.facts.receivedBytes : -1;
    return { ...report(), error: error.code, receivedBytes };
  }
}

export interface SentBody {
  readonly bytes: Uint8Array;
  readonly position?: number;
  readonly headers?: string;
}

/** The whole of a request, with its length. */
export function formatBody({ bytes, position = 0, headers = "" }: SentBody): Buffer {
  const head = `PUT /body/${position} HTTP/1.1\r\nhost: a\r\n${headers}content-length: ${bytes.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), bytes]);
}

export function formatChunked({ bytes, pieces }: { bytes: Uint8Array; pieces: number[] }): Buffer {
  const parts = [
    Buffer.from("PUT /body/0 HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n"),
  ];
  let at = 0;
  for (let turn = 0; at < bytes.length; turn++) {
    const piece = bytes.subarray(at, at + Math.max(1, pieces[turn % pieces.length] ?? 1));
    parts.push(Buffer.from(`${piece.length.toString(16)}\r\n`), Buffer.from(piece));
    parts.push(Buffer.from("\r\n"));
    at += piece.length;
  }
  return Buffer.concat([...parts, Buffer.from("0\r\n\r\n")]);
}

export async function reportOf(connection: RawConnection): Promise<BodyReport> {
  const answer = await connection.answer();
  if (answer?.status !== 200) throw new Error(`the answer is ${answer?.status}: ${answer?.text}`);
  return answer.json() as unknown as BodyReport;
}

/** How many slabs are in the pool, once what was lent had a while to come back. */
export async function takeBackSlabs({ pool, slabs }: BodyServer): Promise<number> {
  const limit = AbortSignal.timeout(5_000);
  const acquired = [];
  for (let i = 0; i < slabs; i++) acquired.push(await pool.acquire(limit));
  const back = acquired.filter((slab) => slab !== undefined);
  for (const slab of back) slab.release();
  return back.length;
}
