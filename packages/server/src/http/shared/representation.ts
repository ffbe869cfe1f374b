/**
 * Sends something that has bytes, a size and a strong ETag: whole, one range or a few, by the rules of RFC 9110 §13 and §14, with the
 * headers that keep user content harmless. Nothing that a user stored is ever a page of this origin.
 */
import { create as contentDisposition } from "content-disposition";
import type { FastifyReply, FastifyRequest } from "fastify";
import { planBody, type BodyPlan } from "./byte-ranges.ts";
import { contentAddress, passOf } from "./content-host.ts";
import { evaluatePreconditions, rangeApplies, type Validators } from "./conditionals.ts";
import { HttpRefusal } from "./http-refusal.ts";
import { parseRange, type ByteRange } from "./ranges.ts";
import { sendBytes } from "./send-bytes.ts";
import { whileAllowed } from "./still-allowed.ts";

export interface Representation {
  /** For the log. */
  readonly id: string;
  /** What to save it as. */
  readonly name: string;
  readonly mediaType: string;
  readonly size: number;
  readonly validators: Validators;
  readonly disposition: "inline" | "attachment";
  /** RFC 9530, of the whole. */
  readonly digest?: string | undefined;
  /** Asked before the first byte of an answer with content, and of no other: what it throws is the answer. */
  readonly begin?: (() => Promise<void>) | undefined;
  /** A family that reads by POST as well means ranges there too. */
  readonly isPostRead?: boolean;
  /** What a GET for the same asks for, where that is not what this request did. */
  readonly path?: string | undefined;
  /** Buffers that are valid until the next but one is asked for. The signal is aborted when nobody will read any more. */
  read(range: ByteRange, signal: AbortSignal): AsyncGenerator<Uint8Array>;
}

export async function sendRepresentation(
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  representation: Representation,
): Promise<FastifyReply | void> {
  const { validators, size, mediaType } = representation;
  const header = (name: string) => request.headers[name] as string | undefined;
  const verdict = evaluatePreconditions(
    {
      ifMatch: header("if-match"),
      ifNoneMatch: header("if-none-match"),
      ifModifiedSince: header("if-modified-since"),
      ifUnmodifiedSince: header("if-unmodified-since"),
    },
    validators,
  );
  if (verdict === 412) throw new HttpRefusal(412, { code: "precondition-failed" });
  if (verdict === 304) {
    setHeaders({ request, reply }, representation);
    return reply.code(304).removeHeader("content-type").removeHeader("content-disposition").send();
  }

  const isRead =
    request.method === "GET" || (request.method === "POST" && representation.isPostRead === true);
  const wanted =
    isRead && rangeApplies(header("if-range"), validators) ? header("range") : undefined;
  const answer = parseRange(wanted, size);
  if (answer.kind === "unsatisfiable") {
    reply.header("content-range", `bytes */${size}`);
    throw new HttpRefusal(416, { code: "range-not-satisfiable", sizeBytes: size });
  }
  if (request.method === "GET") await representation.begin?.();
  const elsewhere = isRead ? contentAddress({ request, reply }, representation.path) : undefined;
  if (elsewhere !== undefined) {
    reply.headers({ "cache-control": "no-store", "referrer-policy": "no-referrer" });
    return reply.redirect(elsewhere, request.method === "GET" ? 302 : 303);
  }
  const ranges = answer.kind === "ranges" ? answer.ranges : undefined;
  await sendPlan(
    { request, reply },
    { plan: planBody(ranges, { size, mediaType }), representation },
  );
}

function setHeaders(
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  { name, mediaType, validators, disposition, digest }: Representation,
): void {
  const { etag, modifiedAt } = validators;
  void reply.headers({
    "accept-ranges": "bytes",
    etag,
    ...(modifiedAt === null ? {} : { "last-modified": new Date(modifiedAt).toUTCString() }),
    "content-type": mediaType,
    "content-disposition": contentDisposition(name, { type: disposition }),
    "cache-control": "private, no-cache",
    "content-security-policy": "sandbox; default-src 'none'",
    "x-content-type-options": "nosniff",
    // The app's pages show it, and are another origin to the content host.
    "cross-origin-resource-policy": passOf(request.raw) ? "cross-origin" : "same-origin",
    ...(digest === undefined ? {} : { "repr-digest": digest }),
  });
}

async function sendPlan(
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  { plan, representation }: { plan: BodyPlan; representation: Representation },
): Promise<void> {
  const { raw } = reply;
  const { socket } = request.raw;
  const gone = new AbortController();
  const onClose = (): void => gone.abort();
  socket.once("close", onClose);
  if (socket.destroyed) onClose();
  const source = readPieces(plan, (range) => representation.read(range, gone.signal));
  // A file that cannot be opened is answered as any failure: once the head is out, nothing can be said any more.
  const first =
    request.method === "HEAD"
      ? undefined
      : await source.next().catch((error: unknown) => {
          socket.off("close", onClose);
          throw error;
        });
  setHeaders({ request, reply }, representation);
  reply.hijack();
  for (const [name, value] of Object.entries(reply.getHeaders()))
    if (value !== undefined) raw.setHeader(name, value);
  raw.writeHead(plan.status, plan.headers);
  const stopAsking = whileAllowed(request.raw, (refusal) => {
    request.log.info({ err: refusal, id: representation.id }, "a download was cut");
    gone.abort();
    socket.destroy();
  });
  try {
    if (first) await sendBytes({ response: raw, socket }, resume(first, source));
    raw.end();
  } catch (error) {
    // The head has gone out: a broken connection is the only honest sign left.
    if (!raw.destroyed && !gone.signal.aborted)
      request.log.error({ err: error, id: representation.id }, "download failed");
    raw.destroy();
  } finally {
    stopAsking();
    socket.off("close", onClose);
  }
}

async function* readPieces(
  plan: BodyPlan,
  read: (range: ByteRange) => AsyncGenerator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  for (const { text, range } of plan.pieces) {
    if (text !== undefined) yield Buffer.from(text);
    if (range) yield* read(range);
  }
}

async function* resume(
  first: IteratorResult<Uint8Array>,
  rest: AsyncGenerator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    if (!first.done) yield first.value;
    yield* rest;
  } finally {
    // Where the reader left at the first bytes, nobody else would close what is open.
    await rest.return(undefined);
  }
}
